import { expect, test } from 'vitest'
import { commandById } from '../commandList'
import {
  bindingConflict,
  bindingObstacle,
  bindTo,
  commandAt,
  keysFor,
  resetKeys,
  soundKeymap,
  swapKeys,
} from './keymap'

const keys = (keymap: Record<string, readonly string[]>, id: string) => keysFor(keymap, commandById(id))

test('a free key replaces the keys of a command, and its own come back', () => {
  const keymap = bindTo({}, 'accept', '$mod+Alt+a')
  expect(keys(keymap, 'accept')).toEqual(['$mod+Alt+a'])
  expect(bindingConflict(keymap, 'skip', 'a')).toBeNull()
  expect(resetKeys(keymap, 'accept')).toEqual({})
  expect(bindTo(keymap, 'accept', 'a')).toEqual({})
})

test('a key that another command has is refused by name, or swapped', () => {
  expect(bindingConflict({}, 'accept', 'r')?.id).toBe('reject')
  expect(() => bindTo({}, 'accept', 'r')).toThrow('Reject already uses that key.')
  const keymap = swapKeys({}, 'accept', 'r')
  expect(keys(keymap, 'accept')).toEqual(['r'])
  expect(keys(keymap, 'reject')).toEqual(['a'])
  // What a reset gives back is taken from who has it.
  expect(keys(resetKeys(keymap, 'accept'), 'accept')).toEqual(['a'])
  expect(keys(resetKeys(keymap, 'accept'), 'reject')).toEqual([])
})

test('no two commands differ by a Shift that only some keyboards need', () => {
  for (const [plain, shifted] of [
    ['=', '+'],
    ['-', '_'],
  ] as const) {
    expect(commandAt({}, shifted)?.id).toBe(commandAt({}, plain)?.id)
  }
})

test('Escape, Tab and what browsers keep are given to nobody', () => {
  for (const key of ['Escape', 'Tab', 'Shift+Tab', '$mod+w', 'F5', 'Nokey']) {
    expect(bindingObstacle(key), key).not.toBeNull()
  }
  expect(bindingObstacle('x')).toBeNull()
})

test('a stored keymap counts as far as it is sound', () => {
  const swapped = swapKeys({}, 'accept', 'r')
  expect(soundKeymap(swapped)).toEqual(swapped)
  expect(
    soundKeymap({
      gone: ['x'],
      cancel: ['x'],
      accept: ['Escape'],
      skip: ['Hyper+x'],
      redo: ['$mod+Alt+Y'],
    }),
  ).toEqual({
    redo: ['$mod+Alt+y'],
  })
  // Two commands on one key: nobody knows which was meant.
  expect(soundKeymap({ accept: ['r'] })).toEqual({})
})
