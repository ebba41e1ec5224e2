import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { bytesInput } from '../raster/inputFile'
import { openRaster } from '../raster/openRaster'
import { distributionGuard } from './distributionGuard'
import { REAL_SOURCE, REAL_TARGET, rescaled, WRONG_INPUTS } from './distributionGuard.testing'
import { importPatches } from './importPatches'
import { emptyStatistics, mergeStatistics, shiftStrength, statisticsOf, statisticsShift } from './statistics'

test('the same distribution is ok, band by band', () => {
  const report = distributionGuard(REAL_SOURCE, REAL_SOURCE)
  expect(report.level).toBe('ok')
  expect(report.bands).toHaveLength(14)
  expect(report.bands[9]).toEqual({ band: 9, name: 'B10', meanShift: 0, deviationRatio: 1, level: 'ok' })
  expect(report.message).toContain('Every band')
})

test('the real target is shifted, and the message says where, in units', () => {
  const report = distributionGuard(REAL_TARGET, REAL_SOURCE)
  expect(report.level).toBe('shifted')
  expect(report.bands[9]!.meanShift).toBeCloseTo(1.56, 1)
  expect(report.bands[9]!.deviationRatio).toBeCloseTo(3.94, 1)
  expect(report.bands[13]!.meanShift).toBeCloseTo(-0.69, 1)
  expect(report.message).toContain('4 bands are shifted')
  expect(report.message).toContain(
    'B10 (cirrus): 35 ± 49 instead of 16 ± 12 (reflectance x 10000), 1.6 standard deviations higher',
  )
  expect(report.message).toContain(
    'DEM (elevation): 1458 ± 841 instead of 2060 ± 876 m, 0.7 standard deviations lower',
  )
  expect(report.message).toContain('the more images there are')
})

test.each(Object.entries(WRONG_INPUTS))('far: %s', (_, wrong) => {
  for (const right of [REAL_SOURCE, REAL_TARGET]) {
    expect(distributionGuard(wrong(right), REAL_SOURCE).level).toBe('far')
  }
})

test('the message names the likeliest cause', () => {
  const message = (name: string) => distributionGuard(WRONG_INPUTS[name]!(REAL_TARGET), REAL_SOURCE).message
  expect(message('stored values taken as raw')).toContain('not in raw units')
  expect(message('reflectance 0..1 taken as raw')).toContain('not in raw units')
  expect(message('reflectance x 1000 taken as raw')).toContain('about 0.11 times')
  expect(message('values x 1000')).toMatch(/about 1\d\d\d times/)
  expect(message('an offset of 1000')).toContain('offset of 1000')
  expect(message('terrain first')).toContain('order of the bands')
  const feet = rescaled(REAL_SOURCE, band => (band === 13 ? 3.28 : 1))
  expect(distributionGuard(feet, REAL_SOURCE).message).toContain('elevation is in metres')
  expect(message('B10 filled with zeros')).toContain('B10 is constant')
})

test('a band that is the trained mean everywhere stands for a missing one, and is no fault', () => {
  const filled = (value: number) => ({
    ...REAL_SOURCE,
    mean: REAL_SOURCE.mean.with(9, value),
    m2: REAL_SOURCE.m2.with(9, 0),
  })
  expect(distributionGuard(filled(Math.fround(REAL_SOURCE.mean[9]!)), REAL_SOURCE).level).toBe('ok')
  expect(distributionGuard(filled(REAL_SOURCE.mean[9]! + 1), REAL_SOURCE).level).toBe('far')
})

test('a wrong value scale is suspected where a factor explains the means, and only there', () => {
  const suspected = Object.entries(WRONG_INPUTS).filter(
    ([, wrong]) => distributionGuard(wrong(REAL_TARGET), REAL_SOURCE).suspectsScale,
  )
  expect(suspected.map(([name]) => name)).toEqual([
    'stored values taken as raw',
    'reflectance 0..1 taken as raw',
    'reflectance x 1000 taken as raw',
    'values x 1000',
  ])
  expect(distributionGuard(REAL_TARGET, REAL_SOURCE).suspectsScale).toBe(false)
})

test('a band that did not vary in training gives no measure; no pixel gives nothing to compare', () => {
  const flat = rescaled(REAL_SOURCE, band => (band === 3 ? 0 : 1))
  expect(distributionGuard(REAL_SOURCE, flat).bands[3]).toMatchObject({ meanShift: 0, deviationRatio: 1 })
  expect(distributionGuard(emptyStatistics(), REAL_SOURCE)).toMatchObject({ level: 'far', bands: [] })
})

test('other numbers of bands are refused', () => {
  expect(() => distributionGuard(emptyStatistics(13), REAL_SOURCE)).toThrow(/13 bands/)
})

const l4s = join(process.env.SCARP_SHARED ?? '../shared', 'data/l4s')
if (!existsSync(l4s)) console.warn(`Landslide4Sense files are not at ${l4s}: tests on them are left out.`)

describe.runIf(existsSync(l4s))('on the real sets', () => {
  async function statisticsUnder(folder: string) {
    const paths = readdirSync(folder).map(name => join(folder, name))
    const each: ReturnType<typeof statisticsOf>[] = []
    await importPatches(
      paths.map(path => bytesInput(path, new Uint8Array(readFileSync(path)))),
      { domain: 'target', open: openRaster, onPatch: async patch => void each.push(statisticsOf(patch)) },
    )
    return { each, all: each.reduce(mergeStatistics, emptyStatistics()) }
  }

  test('sets and single patches are shifted at most, wrong inputs far', async () => {
    const source = await statisticsUnder(join(l4s, 'train/img'))
    const target = await statisticsUnder(join(l4s, 'target/img'))
    expect(shiftStrength(statisticsShift(target.all, source.all))).toBeCloseTo(0.6, 1)
    expect(shiftStrength(statisticsShift(source.all, REAL_SOURCE))).toBeLessThan(0.01)
    expect(shiftStrength(statisticsShift(target.all, REAL_TARGET))).toBeLessThan(0.01)
    expect(distributionGuard(target.all, source.all).level).toBe('shifted')
    for (const patch of [...source.each, ...target.each]) {
      expect(distributionGuard(patch, source.all).level).not.toBe('far')
    }
    for (const wrong of Object.values(WRONG_INPUTS)) {
      expect(distributionGuard(wrong(target.all), source.all).level).toBe('far')
    }
  })
})
