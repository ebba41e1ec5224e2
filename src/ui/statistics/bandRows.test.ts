import { expect, test } from 'vitest'
import { BAND_COUNT } from '../../core/patches/bands'
import type { BandStatistics } from '../../core/patches/statistics'
import { bandRows, guardFindings, meanText, shiftText } from './bandRows'

const statistics = (mean: number, deviation: number): BandStatistics => ({
  count: 100,
  mean: new Array<number>(BAND_COUNT).fill(mean),
  m2: new Array<number>(BAND_COUNT).fill(deviation * deviation * 100),
})

test('a target is given in units of the source, and in its own', () => {
  const rows = bandRows(statistics(1000, 200), statistics(1300, 500))
  expect(rows).toHaveLength(14)
  expect(rows[9]).toMatchObject({
    name: 'B10',
    title: 'Cirrus',
    shift: 1.5,
    ratio: 2.5,
    unit: 'reflectance × 10000',
  })
  expect(meanText(rows[0]!.target)).toBe('1,300 ± 500')
  expect(meanText({ mean: -1.25, deviation: 0.5 })).toBe('-1.25 ± 0.50')
  expect(shiftText(-0.66)).toBe('−0.7 σ')
  expect(bandRows(statistics(0, 1), { ...statistics(0, 1), count: 0 })).toEqual([])
})

test('a model that never saw a target is compared by its source, and what holds no pixel is left out', () => {
  const model = { title: 'M', statistics: { source: statistics(0, 1), target: null } }
  const found = guardFindings({ source: statistics(0, 1), target: statistics(99, 1) }, [model])
  expect(found.map(({ title, report }) => [title, report.level])).toEqual([
    ['Source against M', 'ok'],
    ['Target against M', 'far'],
  ])
  const both = guardFindings({ source: statistics(0, 1), target: null }, [model, { ...model, title: 'N' }])
  expect(both.map(({ title }) => title)).toEqual(['Source against M, N'])
  expect(guardFindings({ source: null, target: null }, [model])).toEqual([])
})
