import { expect, test } from 'vitest'
import { randomStream } from '../foundation/random'
import { CIRRUS_BAND, SLOPE_BAND } from './bands'
import { type SetPatch, setStatistics } from './setStatistics'
import { type BandStatistics, normalise, standardDeviation } from './statistics'
import { describeTargetStatistics, joinDescriptions, targetStatistics } from './targetStatistics'

const AREA = 128 * 128
const BANDS = 14

/** Patches of a domain: their means spread by `between`, their pixels by 1, all bands moved by `shift`. */
function domainOf(count: number, shift: number, seed: number, { between = 0.7, gain = 1 } = {}) {
  const random = randomStream(seed, 'domain')
  const normal = () =>
    Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform())
  const patches = Array.from({ length: count }, (_, i): SetPatch => {
    // Bands vary together, as those of real patches do.
    const [light, green] = [normal(), normal()]
    const mean = Array.from(
      { length: BANDS },
      (_, band) => gain * between * (band % 2 === 0 ? light : green) + shift,
    )
    const statistics: BandStatistics = { count: AREA, mean, m2: mean.map(() => AREA * gain * gain) }
    return { name: `scene ${'x'.repeat(i)}`, width: 128, height: 128, georeference: null, statistics }
  })
  return setStatistics(patches)
}

const model = domainOf(200, 0, 1)

const average = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length

test('self is the paper’s plain rule, model the statistics that were learned, and both say so', () => {
  const target = domainOf(6, 3, 2)
  const self = targetStatistics(target, model, 'self')
  expect(self.statistics).toBe(target)
  expect(self.own).toBe(1)
  expect(describeTargetStatistics(self)).toBe('6 patches: their own statistics')
  const learned = targetStatistics(target, model, 'model')
  expect(learned.statistics).toBe(model)
  expect(describeTargetStatistics(learned)).toBe('6 patches: the statistics that the model learned from')
})

test('where nothing is known of the model, or there is no pixel of it, the images’ own are all there is', () => {
  const target = domainOf(6, 3, 2)
  expect(targetStatistics(target, null, 'auto').statistics).toBe(target)
  const none = { count: 0, mean: model.mean, m2: model.m2 }
  expect(targetStatistics(target, none, 'model').statistics).toBe(target)
})

test.each([2, 4, 8, 16, 48])('%i patches of the same domain are left to the model nearly always', count => {
  const shares = Array.from(
    { length: 60 },
    (_, seed) => targetStatistics(domainOf(count, 0, 100 + seed), model, 'auto').own,
  )
  // Chance is taken for a shift in about one case of twenty; then by a small share.
  expect(shares.filter(share => share > 0).length).toBeLessThanOrEqual(9)
  expect(average(shares)).toBeLessThan(0.08)
})

test('the stronger the shift and the more the patches, the more they count for', () => {
  const own = (count: number, shift: number) =>
    average(
      Array.from(
        { length: 20 },
        (_, seed) => targetStatistics(domainOf(count, shift, 300 + seed), model, 'auto').own,
      ),
    )
  expect(own(48, 1)).toBeGreaterThan(0.93)
  expect(own(200, 0.6)).toBeGreaterThan(0.93)
  expect(own(48, 0.6)).toBeGreaterThan(own(8, 0.6))
  expect(own(8, 2)).toBeGreaterThan(own(8, 1))
  expect(own(2, 0.5)).toBeLessThan(0.35)
})

test('the mean lies between the two by its share, and pixels have a mean square of 1 about it', () => {
  for (const [count, shift, gain] of [
    [8, 0.9, 1],
    [2, 0.3, 3],
    [48, 2, 0.4],
  ] as const) {
    const target = domainOf(count, shift, 7, { gain })
    const { statistics, ownMean } = targetStatistics(target, model, 'auto')
    expect(statistics.count).toBe(target.count)
    for (let band = 0; band < BANDS; band++) {
      const expected = model.mean[band]! + ownMean[band]! * (target.mean[band]! - model.mean[band]!)
      expect(statistics.mean[band]).toBeCloseTo(expected, 9)
      // By the definition, over the patches and their pixels.
      const offset = target.mean[band]! - statistics.mean[band]!
      const square = target.m2[band]! / target.count + offset * offset
      expect(standardDeviation(statistics)[band]).toBeCloseTo(Math.sqrt(square), 9)
    }
  }
})

test('a gain of the sensor is undone whatever the number of patches', () => {
  for (const count of [1, 2, 48]) {
    const target = domainOf(count, 0, 5, { gain: 3 })
    const { statistics } = targetStatistics(target, model, 'auto')
    const [own, used] = [target, statistics].map(standardDeviation)
    // By the model's deviation the pixels would come in at about two and a half.
    for (let band = 0; band < BANDS; band++) {
      expect(own![band]! / used![band]!).toBeGreaterThan(0.5)
      expect(own![band]! / used![band]!).toBeLessThanOrEqual(1)
    }
  }
})

test('even ground far from the model’s mean is not blown up', () => {
  const even = setStatistics([
    {
      name: 'lake',
      width: 128,
      height: 128,
      georeference: null,
      statistics: { count: AREA, mean: Array(BANDS).fill(-1), m2: Array(BANDS).fill(AREA * 0.01 ** 2) },
    },
  ])
  const { statistics, own } = targetStatistics(even, model, 'auto')
  expect(own).toBe(0)
  // By its own deviation it would lie at -100.
  for (const [band, deviation] of standardDeviation(statistics).entries()) {
    expect((even.mean[band]! - statistics.mean[band]!) / deviation).toBeGreaterThanOrEqual(-1)
  }
})

test('a band that the product lacks comes out as 0 by every rule, and hides no shift of the others', () => {
  const target = domainOf(8, 1.5, 11)
  // A float32 that stands for the mean, or the mean of another model: the very same in every pixel.
  const filled: BandStatistics = {
    ...target,
    mean: target.mean.with(CIRRUS_BAND, 0.1),
    m2: target.m2.with(CIRRUS_BAND, 0),
  }
  for (const rule of ['auto', 'self', 'model'] as const) {
    const used = targetStatistics(filled, model, rule).statistics
    const data = new Float32Array(BANDS).fill(0.1)
    expect(normalise({ width: 1, height: 1, data, valid: null }, used)[CIRRUS_BAND]).toBe(0)
  }
  const shareOf = (set: BandStatistics) => targetStatistics(set, model, 'auto').ownMean[0]
  expect(shareOf(filled)).toBeGreaterThan(0)
  expect(shareOf(filled)).toBeGreaterThan(shareOf({ ...filled, m2: filled.m2.with(CIRRUS_BAND, 1e-9) })!)
  // Level ground is measured: its slope is not that of the models' mean.
  const level = { ...target, mean: target.mean.with(SLOPE_BAND, -1), m2: target.m2.with(SLOPE_BAND, 0) }
  expect(targetStatistics(level, model, 'auto').statistics.m2[SLOPE_BAND]).toBeGreaterThan(0)
})

test('what was used is said in words', () => {
  const said = (own: number, patches: number | null) =>
    describeTargetStatistics({ own, patches, rule: 'auto' })
  expect(said(0.15, 6)).toBe(
    '6 patches: 15 % their own mean, 85 % the model’s, and their own spread about it',
  )
  expect(said(0, 1)).toBe('1 patch: the model’s mean, and its own spread about it')
  expect(said(0.999, 800)).toBe('800 patches: their own statistics')
  expect(said(0.5, null)).toMatch(/^The images: 50 % their own mean/)
  expect(joinDescriptions([said(0, 8), said(0, 12), said(0, 8), said(0.999, 800)])).toBe(
    '8 patches and 12 patches: the model’s mean, and their own spread about it; 800 patches: their own statistics',
  )
})

test('a model of an earlier version, which did not record how its patches spread, still draws', () => {
  const { spread: _, ...before } = model
  const shares = Array.from(
    { length: 20 },
    (_, seed) => targetStatistics(domainOf(3, 0, 500 + seed), before, 'auto').own,
  )
  expect(average(shares)).toBeLessThan(0.1)
  expect(targetStatistics(domainOf(48, 1.5, 9), before, 'auto').own).toBeGreaterThan(0.9)
})

test('a band that does not vary, here or there, harms no other', () => {
  const target = domainOf(48, 1, 11)
  const still = (set: BandStatistics) => ({ ...set, m2: set.m2.map((m2, band) => (band === 3 ? 0 : m2)) })
  for (const [own, learned] of [
    [still(target), model],
    [target, still(model)],
  ] as const) {
    const { statistics, ownMean } = targetStatistics(own, learned, 'auto')
    expect(ownMean[4]).toBeGreaterThan(0.9)
    expect([...statistics.mean, ...statistics.m2].every(Number.isFinite)).toBe(true)
  }
})
