import { expect, test } from 'vitest'
import { maskAgreement } from './maskAgreement'

test('counts what was kept, added and taken away, and nothing that either ignores', () => {
  const networks = Uint8Array.of(1, 1, 0, 0, 255, 1)
  const judged = Uint8Array.of(1, 0, 1, 0, 1, 255)
  expect(maskAgreement(networks, judged)).toEqual({ kept: 1, added: 1, removed: 1, pixels: 4 })
})

test('refuses masks of different rasters', () => {
  expect(() => maskAgreement(new Uint8Array(2), new Uint8Array(3))).toThrowError(
    expect.objectContaining({ code: 'shape-mismatch' }),
  )
})
