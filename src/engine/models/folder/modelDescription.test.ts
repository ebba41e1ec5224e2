import { expect, test } from 'vitest'
import { modelManifestSchema, parseManifest } from '../../../core/rounds/modelManifest'
import { machineLearningModelFields } from './modelDescription'

const VERSION_ONE = {
  format: 'scarp-model',
  version: 1,
  id: 'starter-1.',
  title: 'A model',
  family: 'segformer',
  preset: 'tiny',
  bands: 14,
  classes: 2,
  parameters: 62242,
  weights: { file: 'weights.safetensors', sha256: 'a'.repeat(64) },
  license: 'Apache-2.0',
}
const parse = (manifest: unknown) => parseManifest(new TextEncoder().encode(JSON.stringify(manifest)))
const statistics = { count: 4, mean: Array(14).fill(10), m2: Array(14).fill(16) }

test('a manifest from before the extension’s fields still opens, and those are not read back', () => {
  const manifest = parse(VERSION_ONE)
  expect(manifest).toMatchObject({ bandNames: null, classNames: null, normalisation: 'z-score-by-image-set' })
  const again = parse({ ...manifest, ...machineLearningModelFields(manifest) })
  expect(again).toEqual(manifest)
})

test('the fields are those of the Machine Learning Model extension', () => {
  const manifest = modelManifestSchema.parse({
    ...VERSION_ONE,
    statistics: { source: statistics, target: null },
    training: { data: ['One.', 'Two.'], seed: 3, steps: 10 },
    options: { normEpsilon: 'nvlabs' },
  })
  const { mlm, assets } = machineLearningModelFields(manifest)
  // Its patterns, schema 1.5.2.
  expect(mlm['mlm:name']).toMatch(/^[a-zA-Z][a-zA-Z0-9_.\-\s]+[a-zA-Z0-9]$/)
  expect(mlm['mlm:framework']).toMatch(/^(?=[^\s._-]).*[^\s._-]$/)
  expect(Object.keys(mlm['mlm:hyperparameters']).every(key => /^[0-9a-zA-Z_.-]+$/.test(key))).toBe(true)
  const [input] = mlm['mlm:input']
  expect(input!.bands).toEqual([
    'B1',
    'B2',
    'B3',
    'B4',
    'B5',
    'B6',
    'B7',
    'B8',
    'B9',
    'B10',
    'B11',
    'B12',
    'Slope',
    'DEM',
  ])
  expect(input!.input.dim_order).toContain('bands')
  expect(input!.value_scaling).toEqual(Array(14).fill({ type: 'z-score', mean: 10, stddev: 2 }))
  expect(mlm['mlm:output'][0]!['classification:classes'].map(({ name }) => name)).toEqual([
    'background',
    'landslide',
  ])
  expect(mlm).toMatchObject({
    'mlm:architecture': 'SegFormer',
    'mlm:pretrained': true,
    'mlm:pretrained_source': 'One. Two.',
    'mlm:hyperparameters': { preset: 'tiny', seed: 3, steps: 10, normEpsilon: 'nvlabs' },
  })
  expect(assets.weights.roles).toContain('mlm:model')
})

test('a model that learned nothing is not pretrained, and names what it can', () => {
  const manifest = modelManifestSchema.parse({
    ...VERSION_ONE,
    bands: 3,
    bandNames: ['red', 'green', 'blue'],
    classes: 3,
    classNames: ['nothing', 'old slide', 'new slide'],
  })
  const { mlm } = machineLearningModelFields(manifest)
  expect(mlm).toMatchObject({ 'mlm:pretrained': false, 'mlm:pretrained_source': null })
  expect(mlm['mlm:input'][0]).toMatchObject({ bands: ['red', 'green', 'blue'], value_scaling: null })
  const [, second] = mlm['mlm:output'][0]!['classification:classes']
  expect(second).toEqual({ value: 1, name: 'old-slide', description: 'old slide' })
})

test.each([
  ['more names than bands', { bandNames: ['a'] }],
  ['statistics of other bands', { statistics: { source: { ...statistics, mean: [1] }, target: null } }],
  ['a title of a novel', { title: 'x'.repeat(10_000) }],
  ['a million bands', { bands: 1_000_000 }],
  ['endless limits', { limits: Array(2000).fill('no') }],
  ['a path for an id', { id: '../../etc' }],
  ['a manifest of megabytes', { surplus: 'x'.repeat(2 ** 21) }],
])('%s is refused', (_, change) => {
  expect(() => parse({ ...VERSION_ONE, ...change })).toThrow(
    expect.objectContaining({ code: 'model-invalid' }),
  )
})
