import { describe, expect, test } from 'vitest'
import { randomStream } from '../foundation/random'
import { accuracyOf, type JudgedPoint, stratifiedEstimates } from './auditAccuracy'
import { AUDIT_STRATA } from './auditDesign'
import type { AuditAnswer, AuditStratum, PointAuditRecord } from './pointAudit'

/** Points of an error matrix: rows are what the map says and the strata, columns the reference. */
function pointsOf(matrix: readonly (readonly number[])[]): JudgedPoint[] {
  return matrix.flatMap((row, map) =>
    row.flatMap((count, reference) =>
      Array.from({ length: count }, () => ({ stratum: map, map, reference })),
    ),
  )
}

describe('Olofsson et al. (2014), table 8', () => {
  // Deforestation, forest gain, stable forest, stable non-forest. The paper takes the population for infinite: of its
  // 10 million pixels (0.09 ha each) the finite population's factor takes 0.1 ha from the first interval.
  const pixels = [200_000, 150_000, 3_200_000, 6_450_000].map(count => count * 1e6)
  const points = pointsOf([
    [66, 0, 5, 4],
    [0, 55, 8, 12],
    [1, 0, 153, 11],
    [2, 1, 9, 313],
  ])

  test('areas, accuracies and their intervals are those of the paper', () => {
    const hectares = (target: number) => {
      const { share } = stratifiedEstimates(pixels, points, target)
      return [share!.value * 900_000, share!.halfWidth! * 900_000].map(Math.round)
    }
    expect(hectares(0)).toEqual([21_158, 6_158])
    expect(hectares(1)).toEqual([11_686, 3_756])
    expect(hectares(2)).toEqual([285_770, 15_510])
    expect(hectares(3)).toEqual([581_386, 16_282])
    const { overall, users, producers } = stratifiedEstimates(pixels, points, 0)
    expect(overall!.value).toBeCloseTo(0.947, 3)
    expect(overall!.halfWidth).toBeCloseTo(0.018, 3)
    expect(users!.value).toBeCloseTo(0.88, 3)
    expect(users!.halfWidth).toBeCloseTo(0.074, 3)
    expect(producers!.value).toBeCloseTo(0.749, 3)
    // A sum over the row of the class itself too gives 0.218, a known mistake.
    expect(producers!.halfWidth).toBeCloseTo(0.213, 3)
  })
})

test('strata unlike classes: the example of Stehman (2014, tables 2 and 3)', () => {
  const letters = (text: string) => [...text].map(letter => 'ABCD'.indexOf(letter))
  const strata = letters('AAAAAAAAAABBBBBBBBBBCCCCCCCCCCDDDDDDDDDD')
  const map = letters('AAAAAAABBBABBBBBBBBBBBCCCCCCBBDDDDDDDDDD')
  const reference = letters('AAAAACBABCABBBBBAABBCCCCCDDBBADDDDDDDCCB')
  const points = strata.map((stratum, i) => ({ stratum, map: map[i]!, reference: reference[i]! }))
  const of = (target: number) => stratifiedEstimates([40_000, 30_000, 20_000, 10_000], points, target)
  const figure = (value: number, standardError: number) => ({
    value: expect.closeTo(value, 3),
    halfWidth: expect.closeTo(1.96 * standardError, 2),
  })
  expect(of(0).share).toEqual(figure(0.35, 0.082))
  expect(of(2).share).toEqual(figure(0.2, 0.064))
  expect(of(1).overall).toEqual(figure(0.63, 0.085))
  expect(of(1).users).toEqual(figure(0.574, 0.125))
  expect(of(1).producers).toEqual(figure(0.794, 0.114))
})

/** The estimators as Olofsson et al. (2014, eq. 4 to 11) print them, for two classes, of which the first counts. */
function olofsson(sizes: readonly number[], n: readonly (readonly number[])[]) {
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const rows = n.map(row => row.reduce((sum, count) => sum + count, 0))
  const weight = sizes.map(size => size / total)
  const p = n.map((row, i) => row.map(count => (weight[i]! * count) / rows[i]!))
  const user = (i: number) => n[i]![i]! / rows[i]!
  const column = p[0]![0]! + p[1]![0]!
  const producer = p[0]![0]! / column
  const spread = (i: number, j: number) => {
    const share = n[i]![j]! / rows[i]!
    return (share * (1 - share)) / (rows[i]! - 1)
  }
  const pixels = total * column
  const producerVariance =
    ((sizes[0]! * (1 - producer)) ** 2 * spread(0, 0) + producer ** 2 * sizes[1]! ** 2 * spread(1, 0)) /
    pixels ** 2
  const figure = (value: number, variance: number) => ({
    value: expect.closeTo(value, 9),
    halfWidth: expect.closeTo(1.96 * Math.sqrt(variance), 6),
  })
  return {
    overall: figure(p[0]![0]! + p[1]![1]!, weight[0]! ** 2 * spread(0, 0) + weight[1]! ** 2 * spread(1, 1)),
    users: figure(user(0), spread(0, 0)),
    producers: figure(producer, producerVariance),
    share: figure(column, weight[0]! ** 2 * spread(0, 0) + weight[1]! ** 2 * spread(1, 0)),
  }
}

test("where strata are the map's classes, the estimates are Olofsson's", () => {
  const random = randomStream(5, 'matrices')
  for (let i = 0; i < 200; i++) {
    const matrix = [
      [random.integer(5, 80), random.integer(1, 30)],
      [random.integer(1, 9), random.integer(50, 500)],
    ]
    // So many pixels that the finite population's factor is 1.
    const sizes = [random.integer(1, 9) * 1e12, random.integer(20, 90) * 1e12]
    expect(stratifiedEstimates(sizes, pointsOf(matrix), 0)).toEqual(olofsson(sizes, matrix))
  }
})

describe('what a sample cannot say', () => {
  const [hit, miss] = [
    { stratum: 0, map: 1, reference: 1 },
    { stratum: 1, map: 0, reference: 1 },
  ]
  const calm = { stratum: 1, map: 0, reference: 0 }

  test('nothing while a stratum has no point; an empty stratum needs none', () => {
    expect(stratifiedEstimates([10, 90], [hit, hit], 1).share).toBeNull()
    expect(stratifiedEstimates([10, 0], [hit, hit], 1).share).toEqual({ value: 1, halfWidth: null })
    expect(stratifiedEstimates([], [], 1).overall).toBeNull()
  })

  test('a spread from one point, or from points that are all alike', () => {
    const mixed = [hit, hit, calm, calm, miss]
    expect(stratifiedEstimates([100, 900], mixed, 1).share!.halfWidth).toBeGreaterThan(0)
    expect(stratifiedEstimates([100, 900], mixed.slice(1), 1).share!.halfWidth).toBeNull()
    expect(stratifiedEstimates([100, 900], [hit, hit, calm, calm], 1).share).toEqual({
      value: 0.1,
      halfWidth: null,
    })
  })

  test('0/0: no landslide on the map, none in the sample', () => {
    const estimates = stratifiedEstimates([0, 900], [calm, calm], 1)
    expect(estimates).toMatchObject({ users: null, producers: null, share: { value: 0 } })
  })

  test('a stratum read off whole leaves nothing to chance', () => {
    expect(stratifiedEstimates([2, 3], [hit, hit, calm, calm, miss], 1).share).toEqual({
      value: 0.6,
      halfWidth: 0,
    })
  })

  test('a point where the map says nothing counts for the area alone', () => {
    const silent = { stratum: 1, map: null, reference: 1 }
    const estimates = stratifiedEstimates([100, 900], [hit, hit, calm, silent], 1)
    expect(estimates.share!.value).toBeCloseTo(0.1 + 0.9 / 2, 12)
    expect(estimates.overall!.value).toBe(1)
    expect(estimates.producers!.value).toBe(1)
  })
})

describe('an audit of a map', () => {
  const answers: [AuditStratum, AuditAnswer | null][] = [
    ['landslide', 'landslide'],
    ['landslide', 'not-landslide'],
    ['not-landslide', 'not-landslide'],
    ['not-landslide', 'landslide'],
    ['not-landslide', 'cannot-tell'],
    ['disagreement', 'landslide'],
    ['disagreement', 'not-landslide'],
    ['disagreement', null],
  ]
  const record: PointAuditRecord = {
    id: 'audit-1',
    at: '2026-01-01T00:00:00Z',
    name: 'First',
    reviewer: null,
    seed: 1,
    precision: 0.02,
    disagreementFrom: 0.4,
    strata: AUDIT_STRATA.map((stratum, i) => ({ stratum, pixels: [100, 800, 100][i]!, area: 1e4 })),
    points: answers.map(([stratum], i) => ({ number: i + 1, patchId: 'p', column: i, row: 0, stratum })),
    answers: Object.fromEntries(
      answers.flatMap(([, answer], i) => (answer ? [[i + 1, { answer, at: '2026-01-01T00:00:00Z' }]] : [])),
    ),
  }
  const asDrawn = {
    classAt: ({ number }: { number: number }) => (number <= 2 ? 1 : 0),
    mappedArea: 7,
  } as const

  test('"cannot tell" is left out and counted, the rest weighted by its stratum', () => {
    const accuracy = accuracyOf(record, asDrawn)
    expect(accuracy).toMatchObject({ counted: 6, cannotTell: 1, left: 1, omissions: 2, mappedArea: 7 })
    expect(accuracy.share!.value).toBeCloseTo(0.05 + 0.4 + 0.05, 12)
    expect(accuracy.area!.value).toBeCloseTo(0.5 * 3e4, 8)
    expect(accuracy.area!.halfWidth! / accuracy.share!.halfWidth!).toBeCloseTo(3e4, 6)
    expect(accuracy.users!.value).toBe(0.5)
    expect(accuracy.producers!.value).toBeCloseTo(0.05 / 0.5, 12)
  })

  test('a correction of the map changes its accuracy, not the area', () => {
    const corrected = {
      ...asDrawn,
      classAt: ({ number }: { number: number }) => (number === 1 || number === 4 || number === 6 ? 1 : 0),
    } as const
    const [before, after] = [accuracyOf(record, asDrawn), accuracyOf(record, corrected)]
    expect(after.share).toEqual(before.share)
    expect(after.overall).toEqual({ value: 1, halfWidth: null })
  })

  test('no area without the size of every pixel, nothing at all before the first answers', () => {
    const sized = record.strata.map((stratum, i) => (i === 1 ? { ...stratum, area: null } : stratum))
    expect(accuracyOf({ ...record, strata: sized }, asDrawn).area).toBeNull()
    const untouched = accuracyOf({ ...record, answers: {} }, asDrawn)
    expect(untouched).toMatchObject({ counted: 0, left: 8, overall: null, share: null, area: null })
  })

  test('of points that nobody can tell nothing is said, and of a stratum of such points neither', () => {
    const said = (answer: AuditAnswer) => ({ answer, at: '2026-01-01T00:00:00Z' })
    const all = Object.fromEntries(record.points.map(({ number }) => [number, said('cannot-tell')]))
    expect(accuracyOf({ ...record, answers: all }, asDrawn)).toMatchObject({
      ...{ counted: 0, cannotTell: 8, left: 0, omissions: 0 },
      ...{ overall: null, users: null, producers: null, share: null, area: null },
    })
    // The third stratum has pixels, and no answer that counts: there may be anything.
    const third = Object.fromEntries(
      record.points.map(({ number, stratum }) => [
        number,
        said(stratum === 'disagreement' ? 'cannot-tell' : 'not-landslide'),
      ]),
    )
    expect(accuracyOf({ ...record, answers: third }, asDrawn)).toMatchObject({
      counted: 5,
      share: null,
      area: null,
    })
  })

  test('a stratum without pixels, and an audit without points, are no fault', () => {
    const two = {
      ...record,
      strata: record.strata.map((stratum, i) => (i === 2 ? { ...stratum, pixels: 0, area: 0 } : stratum)),
      points: record.points.filter(({ stratum }) => stratum !== 'disagreement'),
    }
    expect(accuracyOf(two, asDrawn).area!.value).toBeCloseTo(((100 / 900) * 0.5 + (800 / 900) * 0.5) * 2e4, 6)
    const none = accuracyOf({ ...record, points: [], answers: {}, strata: [] }, asDrawn)
    expect(none).toMatchObject({ counted: 0, left: 0, overall: null, share: null })
  })
})
