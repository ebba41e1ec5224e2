import { expect, test } from 'vitest'
import { compareAudits } from './auditComparison'
import type { AuditAnswer, PointAuditRecord } from './pointAudit'

const ANSWERS: Record<string, AuditAnswer> = { y: 'landslide', n: 'not-landslide', x: 'cannot-tell' }

/** @param given a letter a point: y, n, x (cannot tell), - for no answer */
function audit(id: string, given: string, seed = 1): PointAuditRecord {
  const at = '2026-01-01T00:00:00Z'
  return {
    id,
    at,
    name: id,
    reviewer: id,
    seed,
    precision: 0.02,
    disagreementFrom: null,
    strata: [],
    points: [...given].map((_, i) => ({
      number: i + 1,
      patchId: 'p',
      column: i,
      row: seed,
      stratum: 'landslide' as const,
    })),
    answers: Object.fromEntries(
      [...given].flatMap((letter, i) => (letter === '-' ? [] : [[i + 1, { answer: ANSWERS[letter]!, at }]])),
    ),
  }
}

test("agreement and kappa of Cohen's (1960) kind, over points that both can tell", () => {
  // A textbook's table: 20 both yes, 15 both no, 5 and 10 apart: agreement 0.7, by chance 0.5, kappa 0.4.
  const first = audit('a', `${'y'.repeat(20)}${'n'.repeat(15)}${'y'.repeat(5)}${'n'.repeat(10)}xy-`)
  const second = audit('b', `${'y'.repeat(20)}${'n'.repeat(15)}${'n'.repeat(5)}${'y'.repeat(10)}nxy`)
  const { pairs, differing } = compareAudits([first, second])
  expect(pairs).toEqual([
    { first: 'a', second: 'b', compared: 50, agreement: 0.7, kappa: expect.closeTo(0.4, 12), cannotTell: 2 },
  ])
  expect(differing.map(({ number }) => number)).toEqual(Array.from({ length: 17 }, (_, i) => 36 + i))
  expect(differing.at(-1)).toEqual({ number: 52, answers: { a: 'landslide', b: 'cannot-tell' } })
})

test('three reviewers make three pairs', () => {
  const { pairs, differing } = compareAudits([audit('a', 'yn'), audit('b', 'yn'), audit('c', 'yy')])
  expect(pairs.map(({ first, second, kappa }) => [first, second, kappa])).toEqual([
    ['a', 'b', 1],
    ['a', 'c', 0],
    ['b', 'c', 0],
  ])
  expect(differing).toEqual([
    { number: 2, answers: { a: 'not-landslide', b: 'not-landslide', c: 'landslide' } },
  ])
})

test('nothing to compare, or nothing but one class, has no kappa; another draw is refused', () => {
  expect(compareAudits([audit('a', '-y'), audit('b', 'y-')]).pairs[0]).toMatchObject({
    compared: 0,
    agreement: null,
    kappa: null,
  })
  expect(compareAudits([audit('a', 'nn'), audit('b', 'nn')]).pairs[0]).toMatchObject({
    agreement: 1,
    kappa: null,
  })
  expect(compareAudits([]).pairs).toEqual([])
  expect(() => compareAudits([audit('a', 'n'), audit('b', 'n', 2)])).toThrow('"b" has other points than "a"')
})
