import { expect, test } from 'vitest'
import { declareNetwork } from '../createNetwork'
import type { NetworkFamily } from '../network'
import { reportLines, summarise } from './checkpointReport'
import { countingCheckpoint } from './countingCheckpoint.testing'
import type { DialectName } from './dialect'
import { dialectNamed } from './dialects/dialects'
import { fitCheckpoint } from './fitCheckpoint'
import { identifyNetwork } from './identifyNetwork'
import type { StoredTensor } from './safetensors'
import { toPeer } from './translate'

const tensor = (...shape: number[]): StoredTensor => ({
  shape,
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1),
})

const AFTER_ENCODER = /^(decode_head|decoder|segmentation_head|conv3x3_ocr|ocr_\w+|cls_head|aux_head)\./

const wantedOf = (family: NetworkFamily) =>
  declareNetwork(family, 'tiny', { seed: null }).registry.parameters.map(({ spec }) => spec)

/** An image classifier of three bands: the encoder under a peer's names, and the keys that only a classifier has. */
function classifier(family: NetworkFamily, dialect: DialectName, others: readonly string[]) {
  const encoder = [...countingCheckpoint(family, 'tiny', { bands: 3 })].filter(
    ([name]) => !AFTER_ENCODER.test(name),
  )
  const peer = toPeer(new Map(encoder), dialectNamed(family, dialect))
  for (const key of others) peer.set(key, tensor(2, 2))
  return peer
}

test.each<[NetworkFamily, DialectName, string[]]>([
  ['segformer', 'transformers', ['classifier.weight']],
  ['segformer', 'nvlabs', ['head.weight', 'head.bias']],
  ['swin-unet', 'timm', ['norm.weight', 'head.fc.weight', 'layers.0.blocks.1.attn.relative_position_index']],
  ['swin-unet', 'swin-original', ['norm.weight', 'head.weight', 'layers.0.blocks.1.attn_mask']],
  ['efficientnetv2-unet', 'timm', ['conv_head.weight', 'bn2.running_mean', 'classifier.weight']],
  ['resnet-unet', 'torchvision', ['fc.weight', 'bn1.num_batches_tracked']],
  ['hrnet-ocr', 'hrnet', ['incre_modules.0.0.conv1.weight', 'final_layer.0.bias', 'classifier.weight']],
])(
  'an ImageNet %s under the names of %s fills the encoder, from 3 bands to 14',
  (family, dialect, others) => {
    const checkpoint = classifier(family, dialect, others)
    expect(identifyNetwork(checkpoint).identity).toMatchObject({
      family,
      dialect,
      bands: 3,
      encoderOnly: true,
    })
    const { report, values } = fitCheckpoint(wantedOf(family), checkpoint, { adaptBands: true })
    expect(report.dialect).toBe(dialect)
    expect(report.unexpected).toEqual([])
    expect(report.misshaped).toEqual([])
    expect(report.ignored.map(({ key }) => key)).toEqual(others)
    expect(report.adapted).toMatchObject([{ from: 3, to: 14 }])
    expect(report.missing.length).toBeGreaterThan(5)
    expect(report.missing.filter(name => !AFTER_ENCODER.test(name))).toEqual([])
    expect(values.size).toBe(report.loaded.length + report.copiedToTarget.length)
  },
)

test('without adapting, another number of bands is a wrong shape', () => {
  const { report } = fitCheckpoint(wantedOf('resnet-unet'), classifier('resnet-unet', 'torchvision', []))
  expect(report.misshaped).toMatchObject([
    { name: 'encoder.conv1.weight', expected: [expect.anything(), 14, 7, 7] },
  ])
})

test('every prefix that trainers leave is seen through, encoders’ own too', () => {
  const ours = countingCheckpoint('segformer')
  const nvlabs = toPeer(ours, dialectNamed('segformer', 'nvlabs'))
  for (const prefix of ['module.', 'state_dict.model.', '_orig_mod.module.', 'net.', 'model_state_dict.']) {
    const wrapped = new Map([...nvlabs].map(([key, value]) => [prefix + key, value]))
    expect(fitCheckpoint(wantedOf('segformer'), wrapped).report).toMatchObject({
      missing: [],
      unexpected: [],
    })
  }
  const model = new Map([...ours].map(([key, value]) => [key.replace(/^segformer\./, ''), value]))
  expect(fitCheckpoint(wantedOf('segformer'), model).report).toMatchObject({ missing: [], unexpected: [] })
})

test('a key that comes twice, by its name and by a peer’s, is unexpected the second time', () => {
  const checkpoint = countingCheckpoint('resnet-unet')
  checkpoint.set('module.encoder.bn1.weight', checkpoint.get('encoder.bn1.weight')!)
  const { report } = fitCheckpoint(wantedOf('resnet-unet'), checkpoint)
  expect(report.unexpected).toEqual(['module.encoder.bn1.weight'])
})

test('a joined tensor whose rows do not part evenly is unexpected, and its halves missing', () => {
  const checkpoint = toPeer(countingCheckpoint('segformer'), dialectNamed('segformer', 'nvlabs'))
  checkpoint.set('backbone.block1.0.attn.kv.bias', tensor(15))
  const { report } = fitCheckpoint(wantedOf('segformer'), checkpoint)
  expect(report.unexpected).toEqual(['backbone.block1.0.attn.kv.bias'])
  expect(report.missing).toHaveLength(2)
})

test('names that a table cannot hold do no harm', () => {
  const checkpoint = countingCheckpoint('segformer')
  for (const key of [
    '__proto__',
    'constructor',
    '',
    '.',
    'x'.repeat(10_000),
    'backbone.patch_embed0.proj.weight',
  ]) {
    checkpoint.set(key, tensor(1))
  }
  const { report } = fitCheckpoint(wantedOf('segformer'), checkpoint)
  expect(report.unexpected).toHaveLength(6)
  expect(report.missing).toEqual([])
})

test('the table groups what may be left out and counts the rest', () => {
  const { report } = fitCheckpoint(
    wantedOf('swin-unet'),
    classifier('swin-unet', 'timm', ['norm.weight', 'norm.bias', 'head.fc.weight']),
    { adaptBands: true },
  )
  const lines = reportLines(report)
  expect(lines.at(-1)).toBe('  ignored     norm.weight and 2 more: the head of an image classifier')
  expect(lines).toContain('  adapted     encoder.model.patch_embed.proj.weight: 3 bands to 14')
  expect(reportLines(report, 3)).toHaveLength(4)
  expect(summarise(report)).toMatch(/^\d+ loaded, 1 adapted in bands, \d+ missing, 3 ignored$/)
})
