import { AppError } from '../foundation/appError'
import type { AuditAnswer, PointAuditRecord } from './pointAudit'

/** How two reviewers of the same points agree. */
export interface ReviewerPair {
  /** Ids of their records. */
  first: string
  second: string
  /** Points on which both said landslide or not. */
  compared: number
  /** Share of those on which they said the same, 0..1; null: there are none. */
  agreement: number | null
  /**
   * Cohen's kappa (1960), agreement beyond chance: 1 the same, 0 as by chance. Of the sample, not of the event: strata are
   * not weighted. Null where both said the same of every point, or nothing was compared.
   */
  kappa: number | null
  /** Points that one or both cannot tell. */
  cannotTell: number
}

export interface AuditComparison {
  pairs: ReviewerPair[]
  /** Points with answers that differ, "cannot tell" counting as one, in the order of the draw. */
  differing: { number: number; answers: Record<string, AuditAnswer> }[]
}

/** Whether two audits are of the same draw, so that their answers can be compared point by point. */
export function isSameDraw(first: PointAuditRecord, second: PointAuditRecord): boolean {
  return (
    first.seed === second.seed &&
    first.points.length === second.points.length &&
    first.points.every((point, index) => {
      const other = second.points[index]!
      return (
        point.number === other.number &&
        point.patchId === other.patchId &&
        point.column === other.column &&
        point.row === other.row
      )
    })
  )
}

/**
 * Compares several reviewers' audits of the same draw. A point that only one of them answered is not compared.
 *
 * @throws AppError `bad-argument` where two of them are of different draws.
 */
export function compareAudits(records: readonly PointAuditRecord[]): AuditComparison {
  const [first] = records
  const odd = records.find(record => !isSameDraw(record, first!))
  if (odd) {
    throw new AppError(
      'bad-argument',
      `"${odd.name}" has other points than "${first!.name}": compare audits of the same draw.`,
    )
  }
  const pairs = records.flatMap((record, index) =>
    records.slice(index + 1).map(other => comparePair(record, other)),
  )
  const differing = (first?.points ?? []).flatMap(({ number }) => {
    const given = records.flatMap(({ id, answers }) =>
      answers[number] ? [[id, answers[number].answer] as const] : [],
    )
    const differ = new Set(given.map(([, answer]) => answer)).size > 1
    return differ ? [{ number, answers: Object.fromEntries(given) }] : []
  })
  return { pairs, differing }
}

function comparePair(first: PointAuditRecord, second: PointAuditRecord): ReviewerPair {
  let [both, onlyFirst, onlySecond, neither, cannotTell] = [0, 0, 0, 0, 0]
  for (const { number } of first.points) {
    const [one, other] = [first.answers[number]?.answer, second.answers[number]?.answer]
    if (one === undefined || other === undefined) continue
    if (one === 'cannot-tell' || other === 'cannot-tell') cannotTell++
    else if (one === 'landslide') other === 'landslide' ? both++ : onlyFirst++
    else other === 'landslide' ? onlySecond++ : neither++
  }
  const compared = both + onlyFirst + onlySecond + neither
  const agreement = compared > 0 ? (both + neither) / compared : null
  const [p, q] = [(both + onlyFirst) / compared, (both + onlySecond) / compared]
  const chance = p * q + (1 - p) * (1 - q)
  return {
    first: first.id,
    second: second.id,
    compared,
    agreement,
    kappa: agreement === null || chance === 1 ? null : (agreement - chance) / (1 - chance),
    cannotTell,
  }
}
