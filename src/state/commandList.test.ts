import { expect, test } from 'vitest'
import type { Command } from './command'
import { COMMAND_GROUPS, COMMANDS, commandById, commandsOf, MENUS, pressable } from './commandList'
import { normaliseBinding } from './shell/keys'
import { searchStudio } from './shell/palette'
import { initialStudioState } from './studioState'

const keysOf = (commands: readonly Command[]) =>
  commands.flatMap(command => [...new Set(command.keys.map(key => normaliseBinding(key)))])

test('no two commands share a key where both act, nor an id or a name', () => {
  for (const list of [
    keysOf(COMMANDS.filter(({ where }) => where !== 'audit')),
    keysOf(COMMANDS.filter(({ where }) => where !== undefined)),
    COMMANDS.map(command => command.id),
    COMMANDS.map(command => command.title),
  ]) {
    expect(list.length).toBeGreaterThan(20)
    expect(new Set(list).size).toBe(list.length)
  }
})

test('every key is one that a keyboard can give', () => {
  const odd = COMMANDS.flatMap(({ keys }) => keys.filter(key => normaliseBinding(key) === null))
  expect(odd).toEqual([])
})

test('every command is in the palette and the cheat sheet, but for those that act while a key is held', () => {
  const inSheet = new Set(COMMAND_GROUPS.flatMap(commandsOf))
  const found = searchStudio(initialStudioState, '')
  const inPalette = new Set(found.map(entry => (entry.kind === 'command' ? entry.command : null)))
  for (const command of COMMANDS) {
    expect(inSheet, command.id).toContain(command)
    if (command.release) expect(command.keys.length, command.id).toBeGreaterThan(0)
    else {
      if (command.id !== 'palette') expect(inPalette, command.id).toContain(command)
    }
  }
})

test('menus are short, in sections, and name each command once', () => {
  const ids = MENUS.flatMap(({ sections }) => sections.flat())
  expect(new Set(ids).size).toBe(ids.length)
  for (const { title, sections } of MENUS) {
    expect(sections.flat().length, title).toBeLessThanOrEqual(12)
    for (const id of sections.flat()) expect(pressable(commandById(id)), id).toBe(true)
  }
})

test('the keys that analysts know from the conventions do what they expect', () => {
  const studio = COMMANDS.filter(({ where }) => where !== 'audit')
  const keyOf = Object.fromEntries(studio.flatMap(({ id, keys }) => keys.map(key => [key, id])))
  expect(keyOf).toMatchObject({
    a: 'accept',
    r: 'reject',
    u: 'unsure',
    s: 'skip',
    b: 'brush',
    e: 'erase',
    '[': 'brush-smaller',
    ']': 'brush-larger',
    j: 'next-patch',
    k: 'previous-patch',
    h: 'peek',
    ',': 'opacity-down',
    '.': 'opacity-up',
    '-': 'threshold-down',
    '=': 'threshold-up',
    Space: 'hold-pan',
    Escape: 'cancel',
    '$mod+z': 'undo',
    '$mod+Shift+z': 'redo',
    '$mod+y': 'redo',
  })
})
