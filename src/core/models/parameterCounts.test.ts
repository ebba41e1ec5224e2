import { expect, test } from 'vitest'
import { countParameters } from '../nn/parameterRegistry'
import { declareNetwork, PRESETS } from './createNetwork'
import type { NetworkFamily } from './network'

const trainable = (
  family: NetworkFamily,
  preset: string,
  { bands = 14, classes = 2, ...options }: { bands?: number; classes?: number; nominalSize?: number } = {},
) =>
  countParameters(declareNetwork(family, preset, { bands, classes, seed: null, options }).registry).trainable

test('networks with 14 bands and 2 classes have as many parameters as their peers in PyTorch', () => {
  expect(trainable('segformer', 'segformer-b0')).toBe(3_731_906)
  expect(trainable('segformer', 'segformer-b2')).toBe(27_382_658)
  // Built for 128 pixels, timm clamps the last stage's window to 4, and with it the position tables.
  expect(trainable('swin-unet', 'swin-tiny', { nominalSize: 128 })).toBe(31_639_260)
  expect(trainable('swin-unet', 'swin-tiny')).toBe(31_639_260 + 2 * 24 * (13 ** 2 - 7 ** 2))
  expect(trainable('efficientnetv2-unet', 'efficientnetv2-b0')).toBe(7_571_922)
  expect(trainable('efficientnetv2-unet', 'efficientnetv2-s')).toBe(22_095_994)
})

test('Swin-S is as much larger than Swin-T as the published classifiers: 49,606,258 and 28,288,354', () => {
  const difference = trainable('swin-unet', 'swin-small') - trainable('swin-unet', 'swin-tiny')
  expect(difference).toBe(49_606_258 - 28_288_354)
})

test.each([
  ['segformer-b0', 3.8],
  ['segformer-b1', 13.7],
  ['segformer-b2', 27.5],
  ['segformer-b3', 47.3],
  ['segformer-b4', 64.1],
  ['segformer-b5', 84.7],
])('%s with 3 bands and 150 classes has the millions of the paper, table 1', (preset, millions) => {
  const count = trainable('segformer', preset, { bands: 3, classes: 150 })
  expect(Math.abs(count / 1e6 - millions)).toBeLessThan(0.15)
})

test('every preset declares its parameters once, and unknown ones name the choices', () => {
  for (const [family, presets] of Object.entries(PRESETS) as [NetworkFamily, string[]][]) {
    expect(presets[0]).toBe('tiny')
    for (const preset of presets) expect(trainable(family, preset)).toBeGreaterThan(50_000)
    expect(() => trainable(family, 'toString')).toThrow(/Choose one of: tiny/)
  }
})
