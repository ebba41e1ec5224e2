import { expect, test } from 'vitest'
import { AppError } from '../../core/foundation/appError'
import { ablationRows, BASELINE, changesUpTo, roundIndexOf, selectRows } from './ablationRows'

const rows = ablationRows({ promoted: 2.5, rounds: 4 })
const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id)

test('every row changes something of the row before it, and keeps the rest', () => {
  const [first, ...later] = rows.filter(({ optional, parent }) => !optional && parent === null)
  expect(changesUpTo(rows, first!.id)).toEqual(BASELINE)
  let before = BASELINE
  for (const row of later) {
    const now = changesUpTo(rows, row.id)
    expect(now).toEqual({ ...before, ...row.changes })
    if (row.families[0] === 'resnet-unet') expect(now).not.toEqual(before)
    before = now
  }
  expect(before).toEqual({
    targetStatistics: 'self',
    crossSensor: true,
    ohem: { threshold: 0.7, minKeptShare: 0.1 },
    lovaszWeight: 1,
    labelSmoothing: 0.1,
    softPseudoLabels: true,
    scale: 2.5,
  })
})

test('what an optional row changes does not reach the rows after it', () => {
  const odd = [...rows]
  odd.splice(1, 0, { ...rows[1]!, id: 'odd', optional: true, changes: { lovaszWeight: 9 } })
  expect(changesUpTo(odd, 'sn').lovaszWeight).toBe(0)
  expect(changesUpTo(odd, 'odd').lovaszWeight).toBe(9)
})

test('rounds continue from the round before, and named rows bring their parents', () => {
  expect(roundIndexOf(rows, rows.find(({ id }) => id === 'round-3')!)).toBe(3)
  expect(changesUpTo(rows, 'round-3').scale).toBe(4)
  expect(ids(selectRows(rows, ['round-3', 'sn']))).toEqual(['sn', 'round-1', 'round-2', 'round-3'])
  expect(ids(selectRows(rows, null))).not.toContain('round-2-source-only')
  expect(ids(selectRows(rows, ['round-2-source-only']))).toEqual(['round-1', 'round-2-source-only'])
  expect(() => selectRows(rows, ['slo'])).toThrow(AppError)
})
