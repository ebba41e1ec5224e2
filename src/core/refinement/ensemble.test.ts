import { expect, test } from 'vitest'
import { ensembleMean } from './ensemble'

test('the mean of three networks, pixel by pixel', () => {
  const mean = ensembleMean(
    [
      [0, 1],
      [0.5, 1],
      [1, 0.25],
    ].map(p => new Float32Array(p)),
  )
  expect(Array.from(mean)).toEqual([0.5, 0.75])
})

test('one network is its own ensemble; none or unequal sizes are refused', () => {
  expect(Array.from(ensembleMean([new Float32Array([0.25])]))).toEqual([0.25])
  expect(() => ensembleMean([])).toThrow(RangeError)
  expect(() => ensembleMean([new Float32Array(2), new Float32Array(3)])).toThrow(RangeError)
})
