import { describe, expect, test } from 'vitest'
import { mapBands, readBandNames } from '../../../core/patches/bandSets'
import type { DialectName } from '../../../core/rounds/modelManifest'
import type { NetworkFamily } from '../../../core/rounds/networks'
import { declareNetwork } from '../createNetwork'
import { countingCheckpoint } from './countingCheckpoint.testing'
import { dialectNamed } from './dialects'
import {
  adaptBands,
  adaptBandsByName,
  fitCheckpoint,
  fitsWholly,
  isFirstLayer,
  reportLines,
  summarise,
} from './fitCheckpoint'
import { identifyNetwork } from './identifyNetwork'
import { publishedCheckpoint, STEP } from './publishedCheckpoint.testing'
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
      const { report, values } = fitCheckpoint(wantedOf(family), checkpoint, { adaptBands: 'by-position' })
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
      { adaptBands: 'by-position' },
    )
    const lines = reportLines(report)
    expect(lines.at(-1)).toBe('  ignored     norm.weight and 2 more: the head of an image classifier')
    expect(lines).toContain('  adapted     encoder.model.patch_embed.proj.weight: 3 bands to 14, by position')
    expect(reportLines(report, 3)).toHaveLength(4)
    expect(summarise(report)).toMatch(/^\d+ loaded, 1 adapted in bands, \d+ missing, 3 ignored$/)
  })
})

describe('bands by name', () => {
  const mapping = (text: string) => mapBands(readBandNames(text))
  /** Two outputs, three bands, a kernel of one row and two columns. */
  const KERNEL = { shape: [2, 3, 1, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60) }

  test('each band takes its namesake’s weights as they are, whatever the order; the others are zero', () => {
    const { shape, data } = adaptBandsByName(KERNEL, mapping('slope,B8A,B02'))
    expect(shape).toEqual([2, 14, 1, 2])
    const rows = Array.from({ length: 28 }, (_, row) => [...data.slice(2 * row, 2 * row + 2)])
    const at = (output: number, band: number) => rows[14 * output + band]
    expect([at(0, 1), at(0, 12), at(1, 1), at(1, 12)]).toEqual([
      [5, 6],
      [1, 2],
      [50, 60],
      [10, 20],
    ])
    expect(rows.flat().filter(value => value !== 0)).toHaveLength(8)
  })

  test('a list of another length is refused, with the sets that would fit', () => {
    expect(() => adaptBandsByName(KERNEL, mapping('B2,B3'))).toThrow(
      "The checkpoint's first layer takes 3 bands, but 2 are named (B2, B3). Known sets of 3: rgb.",
    )
  })

  test.each([
    ['bigearthnet', 10, 'bigearthnet-s2-v0.2', [-1, 0, 1, 2, 3, 4, 5, 6, -1, -1, 8, 9, -1, -1]],
    ['bigearthnet', 10, 'bigearthnet-s2-v0.1', [-1, 0, 1, 2, 4, 5, 6, 3, -1, -1, 7, 8, -1, -1]],
    ['torchgeo', 13, 'sentinel2-l1c', [0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, -1, -1]],
    ['torchgeo', 3, 'rgb', [-1, 2, 1, 0, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1]],
    ['moco', 13, 'sentinel2-l1c', [0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, -1, -1]],
  ] as const)(
    'the ResNet-50 of %s with %i bands as %s fills the encoder',
    (origin, bands, set, places) => {
      const checkpoint = publishedCheckpoint(origin, bands)
      const identity = { family: 'resnet-unet', preset: 'resnet50', bands, encoderOnly: true }
      expect(identifyNetwork(checkpoint).identity).toMatchObject(identity)
      const { registry } = declareNetwork('resnet-unet', 'resnet50', { seed: null })
      const { values, report } = fitCheckpoint(
        registry.parameters.map(({ spec }) => spec),
        checkpoint,
        { adaptBands: mapping(set) },
      )
      expect(report).toMatchObject({ unexpected: [], misshaped: [], unusable: [] })
      expect(report.missing.filter(name => name.startsWith('encoder.'))).toEqual([])
      expect(report.adapted).toEqual([
        { name: 'encoder.conv1.weight', from: bands, to: 14, bands: mapping(set) },
      ])

      const kernel = values.get('encoder.conv1.weight')!
      expect(kernel.shape).toEqual([64, 14, 7, 7])
      const expected = Array.from({ length: 64 }, (_, output) =>
        places.map(place =>
          Array.from({ length: 49 }, (_, i) =>
            place < 0 ? 0 : STEP * (1 + (output * bands + place) * 49 + i),
          ),
        ),
      ).flat(2)
      expect([...kernel.data]).toEqual(expected)
    },
    60_000,
  )

  test('of MoCo the encoder that learns is taken, and everything else left out with the reason', () => {
    const checkpoint = publishedCheckpoint('moco', 13, 'tiny')
    expect([...checkpoint.keys()][0]).toMatch(/^module\.encoder_k\./)
    const { values, report } = fitCheckpoint(
      declareNetwork('resnet-unet', 'tiny', { seed: null }).registry.parameters.map(({ spec }) => spec),
      checkpoint,
      { adaptBands: mapping('sentinel2-l1c') },
    )
    expect(values.get('encoder.layer4.0.conv1.weight')!.data[0]).toBeGreaterThan(0)
    const reasons = new Map(report.ignored.map(({ key, reason }) => [key, reason]))
    expect(reasons.get('module.encoder_k.conv1.weight')).toContain('moving average')
    expect(reasons.get('module.encoder_q.fc.2.weight')).toContain('projection')
    expect(reasons.get('module.queue_ptr')).toContain('samples to contrast with')
    expect(fitsWholly({ ...report, missing: [] })).toBe(true)
  })

  test('the report says which band is which, and what became of it', () => {
    const { report } = fitCheckpoint(
      declareNetwork('resnet-unet', 'tiny', { seed: null }).registry.parameters.map(({ spec }) => spec),
      publishedCheckpoint('bigearthnet', 10, 'tiny'),
      { adaptBands: mapping('bigearthnet-s2-v0.1') },
    )
    const lines = reportLines(report)
    const first = lines.indexOf('  adapted     encoder.conv1.weight: 10 bands to 14, by name')
    expect(lines.slice(first + 1)).toEqual([
      '  bands       1 B2, 2 B3, 3 B4, 4 B8, 5 B5, 6 B6, 7 B7, 8 B11, 9 B12, 10 B8A',
      '              B2 to B8, B11 and B12 keep their weights. B8A is dropped. B1, B9, B10, slope and elevation start from zero.',
      expect.stringContaining('num_batches_tracked'),
      '  ignored     model.vision_encoder.fc.bias and 1 more: the head of an image classifier',
    ])
  })

  test('fourteen bands in another order are put into ours', () => {
    const names = 'DEM,slope,B12,B11,B10,B9,B8,B7,B6,B5,B4,B3,B2,B1'
    const { values } = fitCheckpoint(
      declareNetwork('resnet-unet', 'tiny', { seed: null }).registry.parameters.map(({ spec }) => spec),
      publishedCheckpoint('torchgeo', 14, 'tiny'),
      { adaptBands: mapping(names) },
    )
    const first = (band: number) => values.get('encoder.conv1.weight')!.data[band * 49]
    expect([first(0), first(13)]).toEqual([STEP * (1 + 13 * 49), STEP])
  })
})
