import { describe, expect, test } from 'vitest'
import type { DialectName } from '../../../core/rounds/modelManifest'
import type { NetworkFamily } from '../../../core/rounds/networks'
import { declareNetwork } from '../createNetwork'
import { countingCheckpoint } from './countingCheckpoint.testing'
import { dialectNamed } from './dialects'
import { adaptBands, fitCheckpoint, isFirstLayer, reportLines, summarise } from './fitCheckpoint'
import { identifyNetwork } from './identifyNetwork'
import type { StoredTensor } from './safetensors'
import { toPeer } from './translate'

describe('adapt bands', () => {
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
})

describe('fit checkpoint', () => {
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
    [
      'swin-unet',
      'timm',
      ['norm.weight', 'head.fc.weight', 'layers.0.blocks.1.attn.relative_position_index'],
    ],
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
})
