import { expect, test } from 'vitest'
import { chartRows } from './LineChart'

const line = (name: string, points: [number, number][]) => ({ name, look: 0, points })

test('every step of a short chart, with what each line last had', () => {
  const a = line('a', [
    [1, 3],
    [3, 1],
  ])
  const b = line('b', [[2, 5]])
  expect(chartRows([a, b], value => value.toFixed(1))).toEqual([
    ['1', '3.0', '–'],
    ['2', '3.0', '5.0'],
    ['3', '1.0', '5.0'],
  ])
})

test('a long chart is thinned, its ends are kept', () => {
  const long = line(
    'long',
    Array.from({ length: 500 }, (_, step) => [step + 1, step]),
  )
  const rows = chartRows([long], String)
  expect(rows).toHaveLength(10)
  expect([rows[0]?.[0], rows.at(-1)?.[0]]).toEqual(['1', '500'])
})
