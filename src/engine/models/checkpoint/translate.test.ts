import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from '../../../core/foundation/schema'
import { FAMILIES } from '../../../core/rounds/networks'
import { detectDialect } from './checkpointKeys'
import { countingCheckpoint } from './countingCheckpoint.testing'
import { dialectNamed, dialectsOf, unfoldOrder } from './dialects'
import { readSafetensors, type StoredTensor, writeSafetensors } from './safetensors'
import { toOurs, toPeer } from './translate'

function back(peer: ReadonlyMap<string, StoredTensor>): Map<string, StoredTensor> {
  const { dialect, stem } = detectDialect(peer)!
  const translate = toOurs(dialect, stem)
  return new Map(
    [...peer].flatMap(([key, tensor]) =>
      translate(key, tensor).map(part => [part.name, part.tensor] as const),
    ),
  )
}

describe.each(FAMILIES.flatMap(family => dialectsOf(family).map(({ name }) => [family, name] as const)))(
  '%s as %s',
  (family, name) => {
    const norms = name === 'swin-original' || name === 'mmseg-swin'
    const ours = countingCheckpoint(family, 'tiny', norms ? { options: { outputNorms: true } } : {})
    const dialect = dialectNamed(family, name)

    test('comes back with the same bytes under the same names', () => {
      const peer = toPeer(ours, dialect)
      expect(detectDialect(peer)!.dialect.name).toBe(name)
      const returned = back(peer)
      expect(new Set(returned.keys())).toEqual(new Set(ours.keys()))
      const ordered = new Map([...ours.keys()].map(key => [key, returned.get(key)!]))
      // Not toEqual, which takes seconds for megabytes.
      expect(Buffer.compare(writeSafetensors(ordered), writeSafetensors(ours))).toBe(0)
    })

    test('is not ours under another name, unless it is ours', () => {
      const same = [...toPeer(ours, dialect).keys()].filter(key => ours.has(key)).length
      if (dialectsOf(family)[0] === dialect) expect(same).toBe(ours.size)
      else expect(same).toBeLessThan(ours.size / 2)
    })
  },
)

test('NVlabs joins key over value', () => {
  const ours = countingCheckpoint('segformer')
  const at = 'segformer.encoder.block.1.0.attention.self'
  const peer = toPeer(ours, dialectNamed('segformer', 'nvlabs'))
  const joined = peer.get('backbone.block2.0.attn.kv.bias')!
  expect(joined.shape).toEqual([32])
  expect([...joined.data]).toEqual([
    ...ours.get(`${at}.key.bias`)!.data,
    ...ours.get(`${at}.value.bias`)!.data,
  ])
  const { [`${at}.value.bias`]: _, ...without } = Object.fromEntries(ours)
  expect(() => toPeer(new Map(Object.entries(without)), dialectNamed('segformer', 'nvlabs'))).toThrow(
    expect.objectContaining({ code: 'weights-mismatch' }),
  )
})

test('a downsample at the start of a stage is timm’s, at its end the authors’', () => {
  const ours = countingCheckpoint('swin-unet')
  const timm = toPeer(ours, dialectNamed('swin-unet', 'timm'))
  const authors = toPeer(ours, dialectNamed('swin-unet', 'swin-original'))
  const merging = ours.get('encoder.model.layers_2.downsample.reduction.weight')
  expect(timm.get('layers.2.downsample.reduction.weight')).toEqual(merging)
  expect(authors.get('layers.1.downsample.reduction.weight')).toEqual(merging)
  expect(timm.has('layers.0.downsample.norm.weight')).toBe(false)
  expect(authors.has('layers.3.downsample.norm.weight')).toBe(false)
})

test('nn.Unfold lays channel c of the neighbour in row y and column x at 4 c + 2 y + x', () => {
  const channels = 3
  // Ours: neighbours (0,0), (1,0), (0,1), (1,1), each with its channels; the value names (y, x, c).
  const neighbours = [
    [0, 0],
    [1, 0],
    [0, 1],
    [1, 1],
  ] as const
  const ours = {
    shape: [4 * channels],
    data: Float32Array.from(neighbours.flatMap(([y, x]) => [0, 1, 2].map(c => 100 * y + 10 * x + c))),
  }
  const unfold = unfoldOrder.toPeer(ours)
  for (const [y, x] of neighbours) {
    for (let c = 0; c < channels; c++) expect(unfold.data[4 * c + 2 * y + x]).toBe(100 * y + 10 * x + c)
  }
  expect(unfoldOrder.toOurs(unfold)).toEqual(ours)
  const scalar = { shape: [], data: Float32Array.of(5) }
  expect(unfoldOrder.toOurs(scalar)).toBe(scalar)
})

const PARITY = `${process.env.SCARP_SHARED ?? '../shared'}/parity`
const keymap = z.array(z.tuple([z.string(), z.string().nullable()]).rest(z.enum(['k', 'v']).nullable()))

describe.runIf(existsSync(PARITY))(
  'the fixtures’ key maps (shared/parity; skipped where it is absent)',
  () => {
    const read = (name: string) =>
      keymap.parse(JSON.parse(readFileSync(`${PARITY}/${name}/keymap.json`, 'utf8')))
    const one: StoredTensor = { shape: [2], data: Float32Array.of(1, 2) }

    test.each(['segformer-tiny-nvlabs', 'segformer-mitb0-nvlabs'])('%s', name => {
      const translate = toOurs(dialectNamed('segformer', 'nvlabs'), 'backbone.')
      const rows = read(name)
      expect(rows.length).toBeGreaterThan(100)
      for (const [transformers, nvlabs, part] of rows) {
        const parts = translate(nvlabs!, one)
        const index = part === 'v' ? 1 : 0
        expect(parts[index]!.name).toBe(transformers)
        expect([...parts[index]!.tensor.data]).toEqual(part ? [index + 1] : [1, 2])
      }
    })

    test.each(['swin-tiny-original', 'swin-t-256-original'])('%s', name => {
      const translate = toOurs(dialectNamed('swin-unet', 'swin-original'), '')
      const rows = read(name)
      expect(rows.length).toBeGreaterThan(100)
      // timm has no norm of the outputs: its names stay the authors'.
      for (const [authors, timm] of rows)
        expect(translate(authors, one)[0]!.name).toBe(`encoder.model.${timm ?? authors}`)
    })

    test('weights in the peers’ files are recognised', () => {
      const dialects = Object.fromEntries(
        [
          'segformer-tiny',
          'segformer-tiny-nvlabs',
          'swin-tiny',
          'swin-tiny-original',
          'effnetv2-tiny',
          'hrnet-tiny-ocr',
          'unet-swin-tiny',
        ].map(name => [
          name,
          detectDialect(readSafetensors(readFileSync(`${PARITY}/${name}/weights.safetensors`)).tensors)
            ?.dialect.name,
        ]),
      )
      expect(dialects).toEqual({
        'segformer-tiny': 'transformers',
        'segformer-tiny-nvlabs': 'nvlabs',
        'swin-tiny': 'timm-features',
        'swin-tiny-original': 'swin-original',
        'effnetv2-tiny': 'timm',
        'hrnet-tiny-ocr': 'hrnet',
        'unet-swin-tiny': 'smp',
      })
    })
  },
)
