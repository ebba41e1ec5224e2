import { expect, test } from 'vitest'
import { adaptBands, isFirstLayer } from './adaptBands'

/** Two outputs, three bands, a kernel of one row and two columns. */
const RGB = { shape: [2, 3, 1, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60) }

test('more bands take red, green, blue in turn, scaled by three over their number', () => {
  const five = adaptBands(RGB, 5)
  expect(five.shape).toEqual([2, 5, 1, 2])
  const expected = [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 10, 20, 30, 40, 50, 60, 10, 20, 30, 40]
  expect([...five.data]).toEqual(expected.map(value => Math.fround(value * 0.6)))
})

test('two bands are the first two, scaled by three halves; one band is the sum', () => {
  expect([...adaptBands(RGB, 2).data]).toEqual([1.5, 3, 4.5, 6, 15, 30, 45, 60])
  expect(adaptBands(RGB, 1)).toEqual({ shape: [2, 1, 1, 2], data: Float32Array.of(9, 12, 90, 120) })
})

test('one band is shared by three', () => {
  const three = adaptBands({ shape: [1, 1, 1, 2], data: Float32Array.of(3, 6) }, 3)
  expect([...three.data]).toEqual([1, 2, 1, 2, 1, 2])
})

test('a multiple of three keeps what equal bands gave', () => {
  const fifteen = adaptBands(RGB, 15)
  const sum = (values: Iterable<number | bigint>) => [...values].map(Number).reduce((a, b) => a + b, 0)
  expect(sum(fifteen.data.subarray(0, 30))).toBeCloseTo(sum(RGB.data.subarray(0, 6)), 5)
})

test('only the layers that see the image are first', () => {
  const names = [
    'segformer.encoder.patch_embeddings.0.proj.weight',
    'encoder.model.patch_embed.proj.weight',
    'encoder.model.conv_stem.weight',
    'encoder.conv1.weight',
    'conv1.weight',
  ]
  expect(names.every(isFirstLayer)).toBe(true)
  expect(isFirstLayer('segformer.encoder.patch_embeddings.1.proj.weight')).toBe(false)
  expect(isFirstLayer('encoder.layer1.0.conv1.weight')).toBe(false)
})
