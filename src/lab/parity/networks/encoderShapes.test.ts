import { expect, test } from 'vitest'
import type { NetworkFamily } from '../../../core/rounds/networks'
import type { StoredTensor } from '../../../engine/models/checkpoint/safetensors'
import { declareNetwork } from '../../../engine/models/createNetwork'
import { EFFICIENTNETV2_PRESETS } from '../../../engine/models/efficientnetv2/config'
import { RESNET_PRESETS } from '../../../engine/models/resnet/config'
import { pairOf, SWIN_PRESETS } from '../../../engine/models/swin/config'
import { imageSize, weightTable } from './caseNetwork'
import { efficientNetV2Shape, resnetShape, swinShape } from './encoderShapes'

/** Names and shapes of a published network, which is all that a case of a U-Net tells about its encoder. */
function tableOf(family: NetworkFamily, preset: string, below: string) {
  const { registry } = declareNetwork(family, preset, { seed: null })
  const data = new Float32Array(0)
  const weights = new Map<string, StoredTensor>()
  for (const { spec } of registry.parameters) weights.set(spec.name, { shape: [...spec.shape], data })
  return weightTable(weights, below)
}

test.each(Object.entries(EFFICIENTNETV2_PRESETS))(
  'the weights of EfficientNetV2 %s tell its blocks',
  (name, config) => {
    const table = tableOf('efficientnetv2-unet', name, 'encoder.model.')
    expect(efficientNetV2Shape(table)).toEqual({ stem: config.stem, stages: config.stages })
  },
)

test('strides other than the published follow from the channels of the maps, and impossible ones are refused', () => {
  const table = tableOf('efficientnetv2-unet', 'efficientnetv2-b0', 'encoder.model.')
  const strides = (channels: number[]) =>
    efficientNetV2Shape(table, channels).stages.map(stage => stage[0]!.stride)
  expect(strides([16, 32, 48, 112, 192])).toEqual([1, 2, 2, 2, 1, 2])
  expect(strides([16, 32, 96, 112, 192])).toEqual([1, 2, 2, 1, 2, 2])
  expect(() => strides([16, 32, 48, 96, 112])).toThrow('No strides')
})

test.each(Object.entries(SWIN_PRESETS))('the weights of Swin %s tell its shape', (name, config) => {
  const { decoderChannels: _, mlpRatio, ...shape } = config
  const found = swinShape(tableOf('swin-unet', name, 'encoder.model.'), pairOf(config.nominalSize))
  expect(found).toMatchObject({ ...shape, nominalSize: pairOf(shape.nominalSize) })
  expect(found.mlpRatio).toBeCloseTo(mlpRatio, 5)
})

test.each(Object.entries(RESNET_PRESETS))('the weights of ResNet %s tell its shape', (name, config) => {
  const found = resnetShape(tableOf('resnet-unet', name, 'encoder.'))
  expect(found).toEqual({ ...config, decoderChannels: [] })
})

test('an image size is read in each of the ways in which cases write it', () => {
  expect(['128', '(96, 160)', '96x160', 64, [32, 48]].map(value => imageSize.parse(value))).toEqual([
    [128, 128],
    [96, 160],
    [96, 160],
    [64, 64],
    [32, 48],
  ])
  expect(imageSize.safeParse('large').success).toBe(false)
})
