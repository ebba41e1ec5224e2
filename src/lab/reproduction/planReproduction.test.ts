import { expect, test } from 'vitest'
import { FAMILIES } from '../../core/rounds/networks'
import { paperF1, planReproduction, type ReproductionSettings, unitsNamed } from './planReproduction'

const settings: ReproductionSettings = {
  scales: { promoted: 2.5, rounds: 4 },
  rounds: { validation: 4, test: 3 },
  families: FAMILIES,
  config: { preset: 'tiny', steps: 20, softPseudoLabels: false, cropSize: 128 },
}
const plan = (
  change: Partial<ReproductionSettings> = {},
  tracks: ('validation' | 'test')[] = ['validation', 'test'],
) => planReproduction('out', tracks, { ...settings, ...change })
const unit = (id: string) => plan().find(each => each.id === id)!

test('the plan is both tables, what a unit needs coming before it', () => {
  const units = plan()
  expect(units.map(({ id, row, network, track }) => [id, paperF1({ row, network, track })])).toEqual([
    ['validation/baseline/resnet-unet', 63.52],
    ['validation/sn/resnet-unet', 72.71],
    ['validation/csn/resnet-unet', 73.2],
    ['validation/soft-ce/resnet-unet', 75.29],
    ['validation/scale/resnet-unet', 75.98],
    ['validation/round-1/efficientnetv2-unet', 76.24],
    ['validation/round-1/segformer', 76.57],
    ['validation/round-1/swin-unet', 76.78],
    ['validation/round-1/ensemble', null],
    ['validation/round-2/efficientnetv2-unet', 79.37],
    ['validation/round-2/segformer', 78.38],
    ['validation/round-2/swin-unet', 77.98],
    ['validation/round-2/ensemble', null],
    ['validation/round-3/segformer', 79.91],
    ['validation/round-3/efficientnetv2-unet', 80.06],
    ['validation/round-3/hrnet-ocr', 80.17],
    ['validation/round-3/ensemble', null],
    ['validation/round-4/segformer', 80.11],
    ['validation/round-4/swin-unet', 80.34],
    ['validation/round-4/efficientnetv2-unet', null],
    ['validation/round-4/ensemble', 80.41],
    ['test/round-1/efficientnetv2-unet', null],
    ['test/round-1/segformer', null],
    ['test/round-1/swin-unet', null],
    ['test/round-1/ensemble', 73.62],
    ['test/round-2/efficientnetv2-unet', null],
    ['test/round-2/segformer', null],
    ['test/round-2/swin-unet', null],
    ['test/round-2/ensemble', 74.03],
    ['test/round-3/segformer', null],
    ['test/round-3/efficientnetv2-unet', null],
    ['test/round-3/hrnet-ocr', null],
    ['test/round-3/ensemble', 74.54],
  ])
  const seen = new Set<string>()
  for (const { id, needs } of units) {
    expect(needs.every(need => seen.has(need))).toBe(true)
    seen.add(id)
  }
})

test('a round learns from the ensemble before it and continues from the latest network of its family', () => {
  expect(unit('validation/round-1/swin-unet')).toMatchObject({
    needs: [],
    labels: null,
    parent: null,
    index: 1,
  })
  expect(unit('validation/round-4/swin-unet')).toMatchObject({
    needs: ['validation/round-3/ensemble', 'validation/round-2/swin-unet'],
    labels: 'out/validation/round-3',
    parent: { id: 'validation/round-2/swin-unet' },
    index: 4,
  })
  expect(unit('test/round-3/hrnet-ocr')).toMatchObject({ needs: ['test/round-2/ensemble'], parent: null })
})

test('rows keep their differences, the paper’s scales and its pseudo-labels', () => {
  expect(unit('validation/baseline/resnet-unet').config).toMatchObject({
    scale: 1,
    crossSensor: false,
    ohem: null,
  })
  expect(unit('validation/csn/resnet-unet').config).toMatchObject({ scale: 1, crossSensor: true, ohem: null })
  expect(unit('validation/soft-ce/resnet-unet').config).toMatchObject({
    ...{ scale: 1, lovaszWeight: 1, labelSmoothing: 0.1, ohem: { threshold: 0.7 } },
    ...{ softPseudoLabels: false, stopWhenChangedBelow: 0, steps: 20, families: ['resnet-unet'] },
  })
  const rule = (id: string) => unit(id).config.targetStatistics
  expect(
    ['validation/baseline/resnet-unet', 'validation/sn/resnet-unet', 'test/round-2/segformer'].map(rule),
  ).toEqual(['model', 'self', 'self'])
  expect(unit('test/round-1/segformer').config.scale).toBe(2.5)
  expect(unit('test/round-2/segformer').config.scale).toBe(4)
})

test('fewer networks, rounds and splits leave rows out', () => {
  const ids = (units: { id: string }[]) => units.map(({ id }) => id)
  // Round 3 has no Swin, so there is no round 4 either.
  expect(ids(plan({ families: ['swin-unet'], rounds: { validation: 4, test: 1 } }))).toEqual([
    'validation/round-1/swin-unet',
    'validation/round-1/ensemble',
    'validation/round-2/swin-unet',
    'validation/round-2/ensemble',
    'test/round-1/swin-unet',
    'test/round-1/ensemble',
  ])
  expect(plan({}, ['test']).every(({ track }) => track === 'test')).toBe(true)
  expect(() => plan({ families: ['resnet-unet'] }, ['test'])).toThrow(/No row is left/)
})

test('a machine may take a track, a row, a network or a unit, and always ensembles', () => {
  const networks = (names: string[]) =>
    unitsNamed(plan(), names).flatMap(({ id, network }) => (network === 'ensemble' ? [] : [id]))
  expect(networks(['hrnet-ocr'])).toEqual(['validation/round-3/hrnet-ocr', 'test/round-3/hrnet-ocr'])
  expect(networks(['baseline', 'test/round-1'])).toHaveLength(4)
  expect(networks(['validation/round-2/segformer'])).toEqual(['validation/round-2/segformer'])
  expect(unitsNamed(plan(), ['baseline']).filter(({ network }) => network === 'ensemble')).toHaveLength(7)
  expect(unitsNamed(plan(), null)).toHaveLength(plan().length)
  expect(() => unitsNamed(plan(), ['round-7'])).toThrow(/nothing here is "round-7"/)
})
