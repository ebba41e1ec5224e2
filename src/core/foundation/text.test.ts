import { expect, test } from 'vitest'
import { plural, printable } from './text'

test('one is one, and large numbers are grouped', () => {
  expect(plural(1, 'patch', 'patches')).toBe('1 patch')
  expect(plural(0, 'step')).toBe('0 steps')
  expect(plural(1204, 'pixel')).toBe('1,204 pixels')
})

test('control characters and those that turn the order of letters are shown, not done', () => {
  expect(printable('a\u001b[31mb\u0007\u009b2J\u007f\n')).toBe('a\\u001b[31mb\\u0007\\u009b2J\\u007f\\u000a')
  expect(printable('exe.\u202eh5\u2066')).toBe('exe.\\u202eh5\\u2066')
  expect(printable('Größe\tä\n', '\n\t')).toBe('Größe\tä\n')
  expect(printable('\r\u2028', '\n\t')).toBe('\\u000d\\u2028')
})
