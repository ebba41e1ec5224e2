import { describe, expect, test } from 'vitest'
import { commandById } from '../commandList'
import {
  bindingConflict,
  bindingObstacle,
  bindingsOf,
  bindTo,
  keysFor,
  normaliseBinding,
  type PressedKey,
  resetKeys,
  soundKeymap,
  swapKeys,
} from './keys'

describe('key binding', () => {
  const press = (key: string, code: string, held: string[] = []): PressedKey => ({
    key,
    code,
    ctrlKey: held.includes('Ctrl'),
    metaKey: held.includes('Meta'),
    altKey: held.includes('Alt'),
    shiftKey: held.includes('Shift'),
    getModifierState: name => held.includes(name),
  })

  test('a binding has one spelling', () => {
    expect(normaliseBinding('Shift+?')).toBe('?')
    expect(normaliseBinding('Shift+$mod+Z')).toBe('$mod+Shift+z')
    expect(normaliseBinding('B')).toBe('b')
    expect(normaliseBinding('+')).toBe('+')
    expect(normaliseBinding('$mod++')).toBe('$mod++')
    expect(normaliseBinding('Shift+Digit1')).toBe('Shift+Digit1')
    for (const nonsense of ['', 'Hyper+a', 'Nokey', 'a+b', '<script>']) {
      expect(normaliseBinding(nonsense), nonsense).toBeNull()
    }
  })

  test('letters go by what the key types, on any Latin layout', () => {
    expect(bindingsOf(press('a', 'KeyA'))).toEqual(['a'])
    // AZERTY: the key at the place of Q types A.
    expect(bindingsOf(press('a', 'KeyQ'))).toEqual(['a'])
    expect(bindingsOf(press('A', 'KeyA', ['Shift']))).toEqual(['Shift+a'])
    // Caps lock is no Shift.
    expect(bindingsOf(press('A', 'KeyA'))).toEqual(['a'])
    expect(bindingsOf(press('z', 'KeyZ', ['Meta', 'Shift']))).toEqual(['$mod+Shift+z'])
  })

  test('on a layout of another script letters go by place', () => {
    expect(bindingsOf(press('ф', 'KeyA'))).toEqual(['a'])
  })

  test('characters count as typed, however a layout makes them', () => {
    expect(bindingsOf(press('?', 'Slash', ['Shift']))).toEqual(['?'])
    // German: Shift+ß, and AltGr+8, which some systems report as Ctrl+Alt.
    expect(bindingsOf(press('?', 'Minus', ['Shift']))).toEqual(['?'])
    expect(bindingsOf(press('[', 'Digit8', ['AltGraph', 'Ctrl', 'Alt']))).toEqual(['['])
    expect(bindingsOf(press('-', 'Digit6'))).toEqual(['-', '6'])
  })

  test('shifted digits go by place first, then by what they type', () => {
    expect(bindingsOf(press('!', 'Digit1', ['Shift']))).toEqual(['Shift+Digit1', '!'])
    expect(bindingsOf(press('1', 'Digit1', ['Shift']))).toEqual(['Shift+Digit1', '1'])
    expect(bindingsOf(press('=', 'Digit0', ['Shift']))).toEqual(['Shift+Digit0', '='])
  })

  test('modifiers and dead keys alone are no press', () => {
    expect(bindingsOf(press('Shift', 'ShiftLeft', ['Shift']))).toEqual([])
    expect(bindingsOf(press('Dead', 'Equal'))).toEqual([])
    expect(bindingsOf(press(' ', 'Space'))).toEqual(['Space'])
  })
})

describe('rebind keys', () => {
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
    expect(() => bindTo({}, 'accept', 'r')).toThrow('Reject has that key.')
    const keymap = swapKeys({}, 'accept', 'r')
    expect(keys(keymap, 'accept')).toEqual(['r'])
    expect(keys(keymap, 'reject')).toEqual(['a'])
    // What a reset gives back is taken from who has it.
    expect(keys(resetKeys(keymap, 'accept'), 'accept')).toEqual(['a'])
    expect(keys(resetKeys(keymap, 'accept'), 'reject')).toEqual([])
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
})
