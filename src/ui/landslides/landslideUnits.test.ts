import { expect, test } from 'vitest'
import type { Landslide } from '../../core/masks/landslideAttributes'
import { describeLandslide, landslideColumns } from './landslideUnits'

const landslide = (change: Partial<Landslide>): Landslide => ({
  number: 3,
  window: { column: 0, row: 0, width: 1, height: 1 },
  pixels: 1450,
  area: null,
  relief: 34.4,
  meanSlope: 23.6,
  meanProbability: 0.834,
  uncertainty: 0.61,
  downslope: { length: 41.2, drop: 31 },
  ...change,
})
const row = (one: Landslide, order: 'area' | 'uncertainty' = 'area') =>
  landslideColumns([one], order).map(column => `${column.title}: ${column.value(one)}`)

test('in pixels where their size is not known, in metres and hectares where it is', () => {
  expect(row(landslide({}))).toEqual([
    'Area px: 1,450',
    'Relief m: 34',
    'Slope °: 24',
    'Way px: 41.2',
    'Prob.: 0.83',
  ])
  expect(row(landslide({ area: 9999 }))[0]).toBe('Area m²: 9,999')
  expect(row(landslide({ area: 145_000, downslope: { length: 412.4, drop: 31 } }))).toMatchObject({
    0: 'Area ha: 14.50',
    3: 'Way m: 412',
  })
  expect(row(landslide({}), 'uncertainty')[4]).toBe('Unsure: 0.61')
})

test('read out with units, and what is missing is said to be', () => {
  const one = landslide({ meanSlope: null, downslope: null, meanProbability: null })
  expect(describeLandslide(one, landslideColumns([one], 'area'))).toBe(
    'Landslide 3: 1,450 pixels, highest less lowest elevation 34, mean slope not known, mean probability of the ensemble not known, no way down: the elevation is missing',
  )
  expect(describeLandslide(landslide({ area: 1e4 }), [])).toContain(
    '1,450 pixels, 10,000 square metres, , longest way down 41 metres, falling 31 metres',
  )
})
