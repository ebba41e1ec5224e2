import { expect, test } from 'vitest'
import type { PatchRecord } from '../../core/review/records'
import { initialStudioState, withChange } from '../studioState'
import { matchText, searchStudio } from './palette'

const patches = ['image_3', 'Lantau north'].map(name => ({ id: name, name }) as PatchRecord)

function titles(query: string, recentCommands: string[] = []): string[] {
  return searchStudio(
    withChange(initialStudioState, { patches: { list: patches }, shell: { recentCommands } }),
    query,
  ).map(found => (found.kind === 'command' ? found.command.title : found.patch.name))
}

test('words, beginnings and initials find a title; letters strewn about do not', () => {
  expect(matchText('accept', 'Accept')).toBe(1)
  expect(matchText('run', 'Run ensemble')).toBeGreaterThan(matchText('un', 'Run ensemble'))
  expect(matchText('re', 'Run ensemble')).toBeGreaterThan(0)
  expect(matchText('nsmbl', 'Run ensemble')).toBe(0)
  expect(matchText('ensemble run', 'Run ensemble')).toBeGreaterThan(0.5)
  expect(matchText('hugel', 'Hügel')).toBe(1)
})

test('the best match stands first, groups and descriptions count less than titles', () => {
  expect(titles('accept')[0]).toBe('Accept')
  expect(titles('dark')[0]).toBe('Dark theme')
  expect(titles('dim rooms')).toContain('Dark theme')
  expect(titles('zzzz')).toEqual([])
})

test('patches are found by name', () => {
  expect(titles('lantau')).toEqual(['Lantau north'])
})

test('without a query what was used last stands first, and every command that can be pressed is there', () => {
  const all = titles('', ['skip', 'undo'])
  expect(all.slice(0, 2)).toEqual(['Skip', 'Undo'])
  expect(all).not.toContain('Pan while held')
  expect(all).not.toContain('Lantau north')
})
