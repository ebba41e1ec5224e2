import { expect, test } from 'vitest'
import type { PatchRecord } from '../../core/review/records'
import type { SceneRecord } from '../../core/scenes/sceneRecord'
import { HEADING_HEIGHT, listRows, ROW_HEIGHT } from './listRows'

const patch = (id: string, sceneId?: string) =>
  ({ id, ...(sceneId && { cell: { sceneId } }) }) as unknown as PatchRecord

const scenes = ['a', 'b'].map(id => ({ id }) as SceneRecord)

const namesOf = ({ rows }: ReturnType<typeof listRows>) =>
  rows.map(row => (row.kind === 'scene' ? `[${row.scene.id}]` : row.patch.id))

test('cells stand under their scene, folded ones not at all', () => {
  const patches = [patch('p'), patch('a1', 'a'), patch('a2', 'a'), patch('b1', 'b'), patch('q')]
  const open = listRows(patches, scenes, [])
  expect(namesOf(open)).toEqual(['p', '[a]', 'a1', 'a2', '[b]', 'b1', 'q'])
  expect(open.rows.map(({ top }) => top)).toEqual([0, 60, 104, 164, 224, 268, 328])
  expect(open).toMatchObject({ count: 5, height: 5 * ROW_HEIGHT + 2 * HEADING_HEIGHT })
  const folded = listRows(patches, scenes, ['a'])
  expect(namesOf(folded)).toEqual(['p', '[a]', '[b]', 'b1', 'q'])
  expect(folded.rows.at(-1)).toMatchObject({ index: 2 })
  expect(folded.count).toBe(3)
})

test('an order that mixes scenes is kept, with all headings before it', () => {
  const patches = [patch('a1', 'a'), patch('b1', 'b'), patch('p'), patch('a2', 'a')]
  expect(namesOf(listRows(patches, scenes, []))).toEqual(['[a]', '[b]', 'a1', 'b1', 'p', 'a2'])
  expect(namesOf(listRows(patches, scenes, ['a']))).toEqual(['[a]', '[b]', 'b1', 'p'])
})

test('patches by themselves have no heading, nor has a cell whose scene is not known', () => {
  expect(namesOf(listRows([patch('p'), patch('x1', 'x')], scenes, []))).toEqual(['p', 'x1'])
})
