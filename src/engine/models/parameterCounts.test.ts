import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { NetworkFamily, NetworkOptions } from '../../core/rounds/networks'
import { FAMILIES, PRESETS } from '../../core/rounds/networks'
import { declareNetwork } from './createNetwork'

interface Counted {
  bands?: number
  classes?: number
  options?: NetworkOptions
  /** Counts the parameters whose keys begin so: "encoder." leaves out the decoder. */
  part?: string
}

/** Trainable values, as PyTorch counts `parameters()`. Nothing is allocated. */
function trainable(
  family: NetworkFamily,
  preset: string,
  { bands = 14, classes = 2, options = {}, part = '' }: Counted = {},
): number {
  const { registry } = declareNetwork(family, preset, { bands, classes, seed: null, options })
  return registry.parameters
    .filter(({ spec }) => spec.trainable && spec.name.startsWith(part))
    .reduce((sum, { spec }) => sum + spec.shape.reduce((product, extent) => product * extent, 1), 0)
}

const linear = (input: number, out: number) => input * out + out

// transformers' SegformerForSemanticSegmentation with 3 bands and the 150 classes of ADE20K: the numbers of values in
// the released checkpoints nvidia/segformer-b*-finetuned-ade (paper, table 1: 3.8, 13.7, 27.5, 47.3, 64.1, 84.7 M).
test.each([
  ['segformer-b0', 3_752_694],
  ['segformer-b1', 13_715_798],
  ['segformer-b2', 27_461_974],
  ['segformer-b3', 47_337_814],
  ['segformer-b4', 64_108_374],
  ['segformer-b5', 84_708_694],
])('%s with 150 classes has as many parameters as its released checkpoint', (preset, published) => {
  expect(trainable('segformer', preset, { bands: 3, classes: 150 })).toBe(published)
})

// torchvision's `num_params` of swin_t, swin_s and swin_b: the encoder, its last norm and a layer to 1000 classes.
test.each([
  ['swin-tiny', 768, 28_288_354],
  ['swin-small', 768, 49_606_258],
  ['swin-base', 1024, 87_768_224],
])(
  'the encoder of %s with a classifier has as many parameters as torchvision’s',
  (preset, width, published) => {
    const encoder = trainable('swin-unet', preset, { bands: 3, part: 'encoder.' })
    expect(encoder + 2 * width + linear(width, 1000)).toBe(published)
  },
)

// torchvision's `num_params` of efficientnet_v2_s and _m, and Keras' trainable parameters of EfficientNetV2B0: the
// encoder, a 1 x 1 convolution with its norm, and a layer to 1000 classes. timm's blocks are the same.
test.each([
  ['efficientnetv2-b0', 192, 7_139_704],
  ['efficientnetv2-s', 256, 21_458_488],
  ['tf-efficientnetv2-s', 256, 21_458_488],
  ['efficientnetv2-m', 512, 54_139_356],
  ['tf-efficientnetv2-m', 512, 54_139_356],
])('the encoder of %s with a classifier has as many parameters as published', (preset, width, published) => {
  const encoder = trainable('efficientnetv2-unet', preset, { bands: 3, part: 'encoder.' })
  expect(encoder + width * 1280 + 2 * 1280 + linear(1280, 1000)).toBe(published)
})

// timm's results-imagenet.csv gives tf_efficientnetv2_b1 to b3 in millions; their last convolution is scaled too.
test.each([
  ['efficientnetv2-b1', 192, 1280, 8.14],
  ['efficientnetv2-b2', 208, 1408, 10.1],
  ['efficientnetv2-b3', 232, 1536, 14.36],
])(
  'the encoder of %s with a classifier has the millions that timm lists',
  (preset, width, features, millions) => {
    const encoder = trainable('efficientnetv2-unet', preset, { bands: 3, part: 'encoder.' })
    const total = encoder + width * features + 2 * features + linear(features, 1000)
    expect(Math.round(total / 1e4) / 100).toBe(millions)
  },
)

// torchvision's `num_params`: the encoder and a layer to 1000 classes.
test.each([
  ['resnet18', 512, 11_689_512],
  ['resnet34', 512, 21_797_672],
  ['resnet50', 2048, 25_557_032],
  ['resnet101', 2048, 44_549_160],
])(
  'the encoder of %s with a classifier has as many parameters as torchvision’s',
  (preset, width, published) => {
    const encoder = trainable('resnet-unet', preset, { bands: 3, part: 'encoder.' })
    expect(encoder + linear(width, 1000)).toBe(published)
  },
)

// Counted by the peers themselves when the parity fixtures were timed: 14 bands, 2 classes.
test.each<[NetworkFamily, string, number, NetworkOptions?]>([
  ['segformer', 'segformer-b0', 3_731_906],
  ['segformer', 'segformer-b2', 27_382_658],
  // Built for 128 pixels, timm clamps the last stage's window to 4, and with it the position tables.
  ['swin-unet', 'swin-tiny', 31_639_260, { nominalSize: 128 }],
  ['efficientnetv2-unet', 'efficientnetv2-s', 22_095_994],
  ['efficientnetv2-unet', 'efficientnetv2-b0', 7_571_922],
  ['resnet-unet', 'resnet50', 32_555_746],
])('%s %s with 14 bands has as many parameters as its peer', (family, preset, published, options) => {
  expect(trainable(family, preset, { options })).toBe(published)
})

const PARITY = join(process.env.SCARP_SHARED ?? resolve('..', 'shared'), 'parity')
const present = existsSync(PARITY)
if (!present) console.warn(`Parity fixtures are absent (${PARITY}): their weights are not counted.`)

const encoder = 'encoder.'
const original: NetworkOptions = { windowPadding: 'original', outputNorms: true }
const CASES: [string, NetworkFamily, string, Counted?][] = [
  ['segformer-tiny', 'segformer', 'tiny'],
  ['segformer-mitb0', 'segformer', 'segformer-b0'],
  ['swin-tiny', 'swin-unet', 'tiny', { part: encoder }],
  ['swin-tiny-eps', 'swin-unet', 'tiny', { part: encoder, options: { nominalSize: 64 } }],
  ['swin-tiny-original', 'swin-unet', 'tiny', { part: encoder, options: original }],
  ['swin-t-224', 'swin-unet', 'swin-tiny', { part: encoder }],
  ['swin-t-256-original', 'swin-unet', 'swin-tiny', { part: encoder, options: original }],
  ['effnetv2-tiny', 'efficientnetv2-unet', 'tiny', { part: encoder }],
  ['effnetv2-b0', 'efficientnetv2-unet', 'efficientnetv2-b0', { part: encoder }],
  ['effnetv2-s', 'efficientnetv2-unet', 'efficientnetv2-s', { part: encoder }],
  ['unet-effnetv2-tiny', 'efficientnetv2-unet', 'tiny'],
  ['unet-effnetv2-b0', 'efficientnetv2-unet', 'efficientnetv2-b0'],
  ['unet-swin-tiny', 'swin-unet', 'tiny'],
  ['unet-swin-t', 'swin-unet', 'swin-tiny'],
  ['unet-resnet50', 'resnet-unet', 'resnet50'],
]

describe.runIf(present)('parity fixtures', () => {
  test.each(CASES)(
    '%s has as many weights beside its running statistics',
    (name, family, preset, counted) => {
      const { weights } = JSON.parse(readFileSync(join(PARITY, name, 'case.json'), 'utf8')) as {
        weights: { tensors: [string, number[], number, number][] }
      }
      const listed = weights.tensors
        .filter(([key]) => !/\.running_(mean|var)$/.test(key))
        .reduce((sum, [, shape]) => sum + shape.reduce((product, extent) => product * extent, 1), 0)
      expect(trainable(family, preset, counted)).toBe(listed)
    },
  )
})

test('every preset declares its parameters once, and unknown ones name the choices', () => {
  for (const family of FAMILIES) {
    for (const preset of PRESETS[family]) expect(trainable(family, preset)).toBeGreaterThan(50_000)
    expect(() => trainable(family, 'toString')).toThrow(/Choose one of: tiny/)
  }
})
