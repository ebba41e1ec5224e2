import { expect, test } from 'vitest'
import { verdictMask } from './verdictMask'

const mask = Uint8Array.of(0, 1, 255)

test('an accepted or corrected mask trains as shown', () => {
  expect(verdictMask('accepted', mask)).toEqual(mask)
  expect(verdictMask('corrected', mask)).toEqual(mask)
  expect(verdictMask('accepted', mask)).not.toBe(mask)
})

test('unsure is ignored everywhere, rejected is left out', () => {
  expect(verdictMask('unsure', mask)).toEqual(Uint8Array.of(255, 255, 255))
  expect(verdictMask('rejected', mask)).toBeNull()
})
