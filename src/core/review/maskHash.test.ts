import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { maskHash } from './maskHash'

test('equals SHA-256 of the bytes, also of a view into a larger buffer', async () => {
  const view = Uint8Array.of(9, 0, 1, 255, 9).subarray(1, 4)
  expect(await maskHash(view)).toBe(createHash('sha256').update(view).digest('hex'))
  expect(await maskHash(view)).not.toBe(await maskHash(Uint8Array.of(0, 0, 255)))
})
