import { expect, test } from 'vitest'
import { demoProject } from '../synthetic/demoProject'
import { BAND_COUNT, CIRRUS_BAND } from './bands'
import { farPatches } from './farPatches'
import { setStatistics } from './setStatistics'
import { type BandStatistics, statisticsOf } from './statistics'
import { impossiblePixels } from './valueScale'

const demo = [...demoProject(7, { size: 64 })]
const target = demo.filter(({ domain }) => domain === 'target').slice(0, 7)
const records = target.map(patch => ({ ...patch, statistics: statisticsOf(patch) }))

function changed(at: number, change: (statistics: BandStatistics) => void) {
  const statistics = structuredClone(records[at]!.statistics)
  change(statistics)
  return records.map((record, index) => (index === at ? { ...record, statistics } : record))
}

test('a patch whose bands are like those of no other moves nothing of the others', () => {
  const offset = changed(3, ({ mean }) => {
    for (let band = 0; band < 12; band++) mean[band]! += 1000
  })
  const tenfold = changed(3, ({ mean, m2 }) => {
    for (let band = 0; band < 12; band++) {
      mean[band]! *= 10
      m2[band]! *= 100
    }
  })
  const spiked = changed(3, ({ m2, count }) => (m2[CIRRUS_BAND]! += count * 2000 ** 2))
  const others = setStatistics(records.filter((_, index) => index !== 3))
  for (const set of [offset, tenfold, spiked]) {
    expect(farPatches(set)).toEqual([3])
    expect(setStatistics(set)).toEqual(others)
  }
})

test('none of the demo is far from the others, nor one of a few or one of two kinds', () => {
  expect(farPatches(records)).toEqual([])
  expect(farPatches(demo.map(patch => ({ statistics: statisticsOf(patch) })))).toEqual([])
  const tenfold = (statistics: BandStatistics) => {
    statistics.mean = statistics.mean.map(value => 10 * value)
  }
  expect(farPatches(changed(0, tenfold).slice(0, 4))).toEqual([])
  const twice = changed(0, tenfold)
  expect(farPatches([...twice, twice[0]!])).toEqual([])
})

test('a sample that nothing measures makes its pixel invalid, and moves the statistics by no more than that pixel', () => {
  const { data, width, height } = target[2]!
  const area = width * height
  const sound = setStatistics(records)
  for (const [band, value] of [
    [3, 1e30],
    [13, -9999],
    [12, -9999],
    [0, 70_000],
    [5, -40_000],
  ] as const) {
    const damaged = data.slice()
    damaged[band * area + 100] = value
    const found = impossiblePixels(damaged, null, area)!
    expect([...found.valid.keys()].filter(pixel => found.valid[pixel] === 0)).toEqual([100])
    expect(found.message).toContain('1 of 4096 pixels')
    const statistics = statisticsOf({ data: damaged, valid: found.valid, width, height })
    const set = setStatistics(records.map((record, i) => (i === 2 ? { ...record, statistics } : record)))
    for (let of = 0; of < BAND_COUNT; of++) expect(set.mean[of]! / sound.mean[of]!).toBeCloseTo(1, 3)
  }
  expect(impossiblePixels(data, null, area)).toBeNull()
  // All of them: the scale is another.
  expect(
    impossiblePixels(
      data.map(value => value * 1000),
      null,
      area,
    ),
  ).toBeNull()
})
