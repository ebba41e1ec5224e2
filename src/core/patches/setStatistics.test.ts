import { expect, test } from 'vitest'
import { randomStream } from '../foundation/random'
import { type SetPatch, setStatistics } from './setStatistics'
import { type BandStatistics, mergeStatistics } from './statistics'

const AREA = 128 * 128

const moments = (mean: number, deviation = 1, count = AREA): BandStatistics => ({
  count,
  mean: [mean, 10 * mean],
  m2: [count * deviation ** 2, count * (10 * deviation) ** 2],
})

const patch = (name: string, mean: number, more: Partial<SetPatch> = {}): SetPatch => ({
  name,
  width: 128,
  height: 128,
  georeference: null,
  statistics: moments(mean),
  ...more,
})

/** Standard normal deviates. */
function* normals(seed: number) {
  const random = randomStream(seed, 'set statistics')
  for (;;) {
    const radius = Math.sqrt(-2 * Math.log(1 - random.uniform()))
    yield radius * Math.cos(2 * Math.PI * random.uniform())
  }
}

const take = (count: number, seed: number) => {
  const stream = normals(seed)
  return Array.from({ length: count }, () => stream.next().value as number)
}

test('pixels are pooled as in merging, and patches without data say nothing', () => {
  const patches = [patch('a', 1), patch('b', 3), patch('c', 5, { statistics: moments(7, 1, 0) })]
  const { spread, ...whole } = setStatistics(patches)
  expect(whole).toEqual(mergeStatistics(moments(1), moments(3)))
  expect(spread!.patches).toBe(2)
  expect(setStatistics([patch('c', 5, { statistics: moments(7, 1, 0) })], 2).spread).toBeUndefined()
})

test('patches that lie nowhere count as independent, and their variance is the sample variance', () => {
  const means = take(40, 1)
  const { spread } = setStatistics(means.map((mean, i) => patch(`scene ${'x'.repeat(i)}`, mean)))
  expect(spread!.independent).toBeCloseTo(40, 6)
  const mean = means.reduce((a, b) => a + b) / 40
  const sample = means.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 39
  expect(spread!.meanVariance[0]).toBeCloseTo(sample, 9)
  expect(spread!.meanVariance[1]).toBeCloseTo(100 * sample, 7)
})

test('a strip of alike neighbours counts for few patches, numbered draws that differ for many', () => {
  const noise = take(60, 2)
  let level = 0
  const walk = noise.map(step => {
    level = 0.95 * level + Math.sqrt(1 - 0.95 ** 2) * step
    return level
  })
  const strip = setStatistics(walk.map((mean, i) => patch(`image_${i + 1}`, mean))).spread!
  const drawn = setStatistics(noise.map((mean, i) => patch(`image_${i + 1}`, mean))).spread!
  expect(strip.independent).toBeLessThan(8)
  expect(drawn.independent).toBeGreaterThan(40)
  const apart = setStatistics(walk.map((mean, i) => patch(`image_${1000 * i}`, mean))).spread!
  expect(apart.independent).toBeCloseTo(60, 0)
})

test('three neighbours of the competition count for little more than one', () => {
  const { spread } = setStatistics([patch('image_1', 0), patch('image_2', 0.1), patch('image_3', 0.5)])
  expect(spread!.independent).toBeGreaterThan(1)
  expect(spread!.independent).toBeLessThan(2)
})

test('what rounding makes of a band with one value everywhere is no likeness of neighbours', () => {
  const values = take(7, 4)
  // Seven times this value over seven is another number.
  const filled = 877.1234567891
  expect(new Array(7).fill(filled).reduce((sum, value) => sum + value, 0) / 7).not.toBe(filled)
  const of = (second: number) =>
    values.map((mean, i) => {
      const statistics = { count: AREA, mean: [mean, second], m2: [AREA, 0] }
      return patch(`image_${i + 1}`, 0, { statistics })
    })
  const independent = (second: number) => setStatistics(of(second)).spread!.independent
  expect(independent(filled)).toBe(independent(Math.fround(filled)))
})

test('georeferenced patches are near by their places, whatever their names', () => {
  const at = (x: number) => ({
    crs: 'EPSG:32633',
    transform: [x, 10, 0, 0, 0, -10] as const,
    geoKeys: null,
  })
  const touching = [0, 1280, 2560].map((x, i) => patch(`p${i * 5000}`, i / 10, { georeference: at(x) }))
  const apart = [0, 1e6, 2e6].map((x, i) => patch(`p${i}`, i / 10, { georeference: at(x) }))
  expect(setStatistics(touching).spread!.independent).toBeLessThan(2)
  expect(setStatistics(apart).spread!.independent).toBeCloseTo(3, 6)
})

test('a large raster counts for more than a patch and for far fewer than its area', () => {
  const scene = setStatistics([patch('scene', 1, { statistics: moments(1, 1, 400 * AREA) })]).spread!
  expect(scene.independent).toBeGreaterThan(1.5)
  expect(scene.independent).toBeLessThan(10)
  const single = setStatistics([patch('scene', 1)]).spread!
  expect(single.independent).toBe(1)
  expect(single.meanVariance).toEqual([0, 0])
})

test('thousands of numbered draws that differ count nearly all', () => {
  const patches = take(3800, 3).map((mean, i) => patch(`image_${i + 1}`, mean))
  expect(setStatistics(patches).spread!.independent).toBeGreaterThan(3000)
})
