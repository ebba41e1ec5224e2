import { AUDIT_STRATA, Z_95 } from './auditDesign'
import type { Accuracy, AuditFigure, AuditPoint, PointAuditRecord } from './pointAudit'

/** A point that somebody judged: what the map and the reviewer say of it. Classes are any numbers, the same for both. */
export interface JudgedPoint {
  stratum: number
  /** null: the map says nothing there. Such a point counts for the area alone. */
  map: number | null
  reference: number
}

/** What a stratified sample of points says of a map and of one of its classes. */
export interface StratifiedEstimates {
  overall: AuditFigure | null
  users: AuditFigure | null
  producers: AuditFigure | null
  /** Share of the whole that is the class, 0..1. */
  share: AuditFigure | null
}

/**
 * Accuracies and area of a class from a stratified random sample, each with half the width of its 95 % interval (1.96
 * standard errors): the estimators of Stehman (2014, eq. 1 to 29), ratios of stratified totals R = Y / X with
 * V(R) = sum N_h^2 (1 - n_h / N_h) (s_y^2 + R^2 s_x^2 - 2 R s_xy) / n_h / X^2. Strata need not be classes of the map; where
 * they are, these are the estimators of Olofsson et al. (2014, eq. 1 to 11), apart from the finite population's factor
 * 1 - n_h / N_h, which is next to 1 unless a stratum is nearly read off whole.
 *
 * All figures are null while a stratum that has pixels has no point. A half width is null where a stratum rests on one
 * point, and where no point differs from what the ratio says: such a sample shows no spread, which is not a spread of 0.
 *
 * @param sizes pixels of each stratum, in the order of `JudgedPoint.stratum`
 * @param target the class that user's and producer's accuracy and share are of
 */
export function stratifiedEstimates(
  sizes: readonly number[],
  points: readonly JudgedPoint[],
  target: number,
): StratifiedEstimates {
  const strata = sizes.map((size, stratum) => ({
    size,
    points: points.filter(point => point.stratum === stratum),
  }))
  const counted = strata.filter(({ size }) => size > 0)
  if (counted.length === 0 || counted.some(stratum => stratum.points.length === 0)) {
    return { overall: null, users: null, producers: null, share: null }
  }
  const hit = ({ map, reference }: JudgedPoint) => map === reference && reference === target
  const judged = (point: JudgedPoint) => point.reference === target
  return {
    overall: ratio(
      counted,
      ({ map, reference }) => map === reference,
      ({ map }) => map !== null,
    ),
    users: ratio(counted, hit, ({ map }) => map === target),
    producers: ratio(counted, hit, point => judged(point) && point.map !== null),
    share: ratio(counted, judged, () => true),
  }
}

type Indicator = (point: JudgedPoint) => boolean

function ratio(
  strata: readonly { size: number; points: readonly JudgedPoint[] }[],
  top: Indicator,
  bottom: Indicator,
): AuditFigure | null {
  const tallied = strata.map(({ size, points }) => {
    const y = points.filter(top).length
    const x = points.filter(bottom).length
    return { size, n: points.length, y, x, xy: points.filter(point => top(point) && bottom(point)).length }
  })
  const bottomTotal = tallied.reduce((sum, { size, n, x }) => sum + (size * x) / n, 0)
  if (bottomTotal === 0) return null
  const value = tallied.reduce((sum, { size, n, y }) => sum + (size * y) / n, 0) / bottomTotal
  let variance = 0
  let unknown = false
  for (const { size, n, y, x, xy } of tallied) {
    // Read off whole: nothing is left to chance.
    if (n >= size) continue
    if (n === 1) {
      unknown = true
      continue
    }
    // Of 0 and 1 the sum of squared deviations is the count minus its square over n.
    const spread = y - (y * y) / n + value ** 2 * (x - (x * x) / n) - 2 * value * (xy - (x * y) / n)
    variance += (size ** 2 * (1 - n / size) * Math.max(0, spread)) / (n - 1) / n
  }
  const whole = tallied.every(({ size, n }) => n >= size)
  const halfWidth = (Z_95 * Math.sqrt(variance)) / bottomTotal
  // Rounding leaves a trace of a spread of 0.
  return { value, halfWidth: whole ? 0 : unknown || halfWidth < 1e-9 ? null : halfWidth }
}

/** The map that an audit's answers are held against. */
export interface AuditedMap {
  /** The class that the map has at a point now: 1 landslide, 0 not, null: nothing (ignored, or its patch is gone). */
  classAt(point: AuditPoint): 0 | 1 | null
  /** Square metres of landslides on the map now; null: not known. */
  mappedArea: number | null
}

/**
 * What an audit says of the map as it is now. The strata stay as they were drawn, whatever was corrected since, so that
 * the estimates stay unbiased. A point that nobody can tell is left out: that takes it to be like the other points of its
 * stratum. The area is the share times the area of all strata, every pixel being as large as the others.
 */
export function accuracyOf(record: PointAuditRecord, { classAt, mappedArea }: AuditedMap): Accuracy {
  const judged: JudgedPoint[] = []
  let cannotTell = 0
  for (const point of record.points) {
    const answer = record.answers[point.number]?.answer
    if (answer === 'cannot-tell') cannotTell++
    if (answer === undefined || answer === 'cannot-tell') continue
    const stratum = AUDIT_STRATA.indexOf(point.stratum)
    judged.push({ stratum, map: classAt(point), reference: answer === 'landslide' ? 1 : 0 })
  }
  const drawn = AUDIT_STRATA.map(stratum => record.strata.find(other => other.stratum === stratum))
  const estimates = stratifiedEstimates(
    drawn.map(stratum => stratum?.pixels ?? 0),
    judged,
    1,
  )
  const total = record.strata.reduce<number | null>(
    (sum, { area }) => (sum === null || area === null ? null : sum + area),
    0,
  )
  return {
    counted: judged.length,
    cannotTell,
    left: record.points.length - judged.length - cannotTell,
    omissions: judged.filter(({ map, reference }) => reference === 1 && map === 0).length,
    ...estimates,
    area: total === null ? null : scaled(estimates.share, total),
    mappedArea,
  }
}

function scaled(figure: AuditFigure | null, by: number): AuditFigure | null {
  if (!figure) return null
  return { value: figure.value * by, halfWidth: figure.halfWidth === null ? null : figure.halfWidth * by }
}
