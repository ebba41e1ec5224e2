import { expect, test } from 'vitest'
import { bindingsOf, keyLabel, normaliseBinding, type PressedKey } from './keys'

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

test('keys read as they are written on the keyboard', () => {
  expect(keyLabel('$mod+Shift+z')).toBe('Ctrl+Shift+Z')
  expect(keyLabel('$mod+Shift+z', true)).toBe('⌘⇧Z')
  expect(keyLabel('Shift+?')).toBe('?')
  expect(keyLabel('Shift+Digit3')).toBe('Shift+3')
})
