import { describe, expect, test } from 'vitest'
import { ensembleMean, pseudoLabel } from './ensemble'

describe('ensemble', () => {
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

  test('a pixel that one network has no data for has none', () => {
    const mean = ensembleMean([Float32Array.of(0.5, Number.NaN), Float32Array.of(0.5, 0.5)])
    expect(Array.from(mean)).toEqual([0.5, Number.NaN])
  })

  test('one network is its own ensemble; none or unequal sizes are refused', () => {
    expect(Array.from(ensembleMean([new Float32Array([0.25])]))).toEqual([0.25])
    expect(() => ensembleMean([])).toThrow(expect.objectContaining({ code: 'bad-argument' }))
    expect(() => ensembleMean([new Float32Array(2), new Float32Array(3)])).toThrow(
      expect.objectContaining({ code: 'shape-mismatch' }),
    )
  })
})

describe('pseudo label', () => {
  const probability = new Float32Array([0, 0.3, 0.31, 0.5, 0.69, 0.7, 1, Number.NaN])

  test('0.7 and above is landslide, 0.3 and below background, between ignored', () => {
    expect(Array.from(pseudoLabel(probability))).toEqual([0, 0, 255, 255, 255, 1, 1, 255])
  })

  test('the paper binary reading ignores nothing but missing data', () => {
    const rule = { high: 0.7, low: 0.3, binary: true }
    expect(Array.from(pseudoLabel(probability, rule))).toEqual([0, 0, 0, 0, 0, 1, 1, 255])
  })

  test('pixels without data are ignored whatever the network says', () => {
    const valid = new Uint8Array([1, 0, 1, 1, 1, 0, 1, 1])
    expect(Array.from(pseudoLabel(probability, undefined, valid))).toEqual([
      0, 255, 255, 255, 255, 255, 1, 255,
    ])
  })
})
