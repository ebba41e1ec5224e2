import { expect, test } from 'vitest'
import { plural } from './text'

test('one is one, and large numbers are grouped', () => {
  expect(plural(1, 'patch', 'patches')).toBe('1 patch')
  expect(plural(0, 'step')).toBe('0 steps')
  expect(plural(1204, 'pixel')).toBe('1,204 pixels')
})
