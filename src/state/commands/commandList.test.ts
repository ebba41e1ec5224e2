import { expect, test } from 'vitest'
import { COMMANDS } from './commandList'
import { keyLabel } from './keyLabel'

test('no two commands share a key, an id or a name', () => {
  for (const list of [
    COMMANDS.flatMap(command => command.keys.map(key => key.toLowerCase())),
    COMMANDS.map(command => command.id),
    COMMANDS.map(command => command.title),
  ]) {
    expect(list.length).toBeGreaterThan(20)
    expect(new Set(list).size).toBe(list.length)
  }
})

test('the keys that analysts know from the conventions do what they expect', () => {
  const keyOf = Object.fromEntries(COMMANDS.flatMap(({ id, keys }) => keys.map(key => [key, id])))
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

test('keys read as they are written on the keyboard', () => {
  expect(keyLabel('$mod+Shift+z')).toBe('Ctrl+Shift+Z')
  expect(keyLabel('$mod+Shift+z', true)).toBe('⌘⇧Z')
  expect(keyLabel('Shift+?')).toBe('?')
  expect(keyLabel('Shift+Digit3')).toBe('Shift+3')
})
