import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { FAMILIES } from '../../../core/rounds/networks'
import { countingCheckpoint } from './countingCheckpoint.testing'
import { dialectNamed, dialectsOf } from './dialects'
import { identifyNetwork } from './identifyNetwork'
import { readSafetensors, type StoredTensor } from './safetensors'
import { toPeer } from './translate'

test.each(FAMILIES.flatMap(family => dialectsOf(family).map(dialect => [family, dialect.name] as const)))(
  '%s as %s is known by its names and shapes',
  (family, name) => {
    const ours = countingCheckpoint(family, 'tiny', { bands: 5, classes: 3 })
    const peer = toPeer(ours, dialectNamed(family, name))
    const wrapped = new Map([...peer].map(([key, tensor]) => [`module.model.${key}`, tensor]))
    for (const tensors of [peer, wrapped]) {
      expect(identifyNetwork(tensors).identity).toMatchObject({
        family,
        preset: 'tiny',
        bands: 5,
        classes: 3,
        dialect: name,
        encoderOnly: false,
        options: dialectNamed(family, name).options,
      })
    }
  },
)

test('an image classifier is an encoder without a decoder', () => {
  const encoder = [...countingCheckpoint('resnet-unet', 'resnet50', { bands: 3 })].filter(([name]) =>
    name.startsWith('encoder.'),
  )
  const torchvision = toPeer(new Map(encoder), dialectNamed('resnet-unet', 'torchvision'))
  torchvision.set('fc.weight', { shape: [1000, 2048], data: new Float32Array(0) })
  torchvision.set('bn1.num_batches_tracked', { shape: [], data: BigInt64Array.of(3n) })
  expect(identifyNetwork(torchvision).identity).toMatchObject({
    family: 'resnet-unet',
    preset: 'resnet50',
    bands: 3,
    classes: 2,
    encoderOnly: true,
  })
})

test('clamped windows, output norms and separate affine parameters are options', () => {
  const options = { nominalSize: 64, outputNorms: true, affine: 'separate' as const }
  const tensors = countingCheckpoint('swin-unet', 'tiny', { options })
  const scale = tensors.get('decoder.blocks.0.conv1.1.weight')!
  tensors.set('decoder.blocks.0.conv1.1.weight_target', scale)
  expect(identifyNetwork(tensors).identity?.options).toEqual(options)
})

test('LoveCS’s target affine is unused, so it does not ask for separate ones', () => {
  const tensors = new Map<string, StoredTensor>()
  for (const [name, tensor] of countingCheckpoint('segformer')) {
    tensors.set(name.startsWith('decode_head.batch_norm.') ? `${name}_source` : name, tensor)
  }
  tensors.set('decode_head.batch_norm.weight_target', tensors.get('decode_head.batch_norm.weight_source')!)
  expect(identifyNetwork(tensors).identity?.options).toEqual({})
})

test('what is of no known size names the nearest; what is nothing says so', () => {
  const tensors = countingCheckpoint('segformer')
  tensors.set('decode_head.classifier.extra', { shape: [1], data: Float32Array.of(1) })
  const near = identifyNetwork(tensors)
  expect(near.identity).toBeNull()
  expect(near).toMatchObject({
    candidates: [{ preset: 'tiny', differences: 1, encoderFits: true }, {}, {}, {}, {}, {}, {}],
  })
  const nothing = identifyNetwork(new Map([['a', { shape: [1], data: Float32Array.of(1) }]]))
  expect(nothing).toMatchObject({ identity: null, candidates: [] })
  const huge = new Map(tensors).set('segformer.encoder.patch_embeddings.0.proj.weight', {
    shape: [8, 2 ** 31, 7, 7],
    data: new Float32Array(0),
  })
  expect(identifyNetwork(huge)).toMatchObject({ identity: null, candidates: [] })
})

const PARITY = `${process.env.SCARP_SHARED ?? '../shared'}/parity`

describe.runIf(existsSync(PARITY))(
  'the fixtures’ weights (shared/parity; skipped where it is absent)',
  () => {
    test.each([
      ['segformer-tiny', { family: 'segformer', options: {}, encoderOnly: false }],
      ['segformer-tiny-nvlabs', { family: 'segformer', options: { normEpsilon: 'nvlabs' } }],
      ['swin-tiny', { family: 'swin-unet', encoderOnly: true, options: {} }],
      ['swin-tiny-original', { options: { windowPadding: 'original', outputNorms: true } }],
      ['unet-swin-tiny', { family: 'swin-unet', encoderOnly: false }],
      ['unet-effnetv2-tiny', { family: 'efficientnetv2-unet', encoderOnly: false }],
      ['hrnet-tiny-ocr', { family: 'hrnet-ocr', encoderOnly: false }],
    ])('%s is a tiny network of 14 bands', (name, expected) => {
      const { tensors } = readSafetensors(readFileSync(`${PARITY}/${name}/weights.safetensors`))
      expect(identifyNetwork(tensors)).toMatchObject({
        identity: { preset: 'tiny', bands: 14, classes: 2, ...expected },
      })
    })
  },
)
