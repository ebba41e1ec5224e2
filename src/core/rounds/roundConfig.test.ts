import { expect, test } from 'vitest'
import {
  checkRoundConfig,
  completeRoundConfig,
  defaultRoundConfig,
  presetOf,
  type RoundConfig,
  roundConfigFor,
} from './roundConfig'

const valid: RoundConfig = {
  ...defaultRoundConfig,
  families: ['hrnet-ocr', 'segformer', 'resnet-unet'],
  preset: 'tiny',
  presets: { segformer: 'segformer-b2' },
}

test('a family has the size named for it, the others the round’s', () => {
  expect(presetOf(valid, 'segformer')).toBe('segformer-b2')
  expect(presetOf(valid, 'hrnet-ocr')).toBe('tiny')
  expect(() => checkRoundConfig(valid)).not.toThrow()
})

test.each<[string, Partial<RoundConfig>, RegExp]>([
  ['no network', { families: [] }, /at least one/],
  ['a network twice', { families: ['segformer', 'segformer'] }, /named twice/],
  ['an unknown network', { families: ['deeplab' as 'segformer'] }, /no network family "deeplab"/],
  ['an unknown size', { presets: { 'resnet-unet': 'resnet7' } }, /resnet-unet has no preset "resnet7"/],
  ['a scale that makes smaller', { scale: 0.5 }, /makes smaller/],
  ['a scale that is NaN', { scale: Number.NaN }, /makes smaller/],
])('%s is refused', (_, change, message) => {
  expect(() => checkRoundConfig({ ...valid, ...change })).toThrow(message)
})

test('a network that continues from a model needs no size of its own', () => {
  const config = { ...valid, presets: { 'resnet-unet': 'of its own' } }
  expect(() => checkRoundConfig(config, { 'resnet-unet': {} })).not.toThrow()
  expect(() => checkRoundConfig(config)).toThrow(/no preset "of its own"/)
})

test('a configuration from before a field existed gets its default; what it holds is kept', () => {
  const stored: Partial<RoundConfig> = { ...defaultRoundConfig, preset: 'segformer-b2', microBatch: 3 }
  for (const field of ['auxiliaryWeight', 'scale', 'softPseudoLabels', 'stopWhenChangedBelow'] as const) {
    delete stored[field]
  }
  const whole = completeRoundConfig({ ...stored, targetStatistics: undefined })
  expect(whole).toEqual({ ...roundConfigFor('segformer-b2'), microBatch: 3 })
  expect(Object.values(whole)).not.toContain(undefined)
})
