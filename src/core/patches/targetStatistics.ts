import { plural } from '../foundation/text'
import { type BandStatistics, standardDeviation } from './statistics'

/**
 * By what a target is z-scored. `self`: by its own mean and deviation, the paper's separated normalisation. `model`: by
 * those that the networks learned from. `auto`: by its own, drawn towards the model's as far as they are not known.
 */
export const STATISTICS_RULES = ['auto', 'self', 'model'] as const

export type StatisticsRule = (typeof STATISTICS_RULES)[number]

/** How what a target is z-scored by came about. */
export interface TargetShares {
  rule: StatisticsRule
  /** Share of the target's own mean, 0 (the model's) to 1 (its own), a mean over the bands. */
  own: number
  /** [14] the same, band by band. */
  ownMean: number[]
  /** [14] share of the target's own deviation. */
  ownDeviation: number[]
  /** Patches of the target that hold data; null: unknown. */
  patches: number | null
  /** As how many independent ones they count. */
  independent: number | null
}

/** What a target is z-scored by. */
export interface TargetStatistics extends TargetShares {
  /** Raw units. Its `count` is the target's. */
  statistics: BandStatistics
}

/** Probability, where nothing shifted, of taking chance for a shift. */
const CHANCE = 0.05

/**
 * A shift counts from this many times what chance gives. The 14 bands vary together, as about two independent ones (1.9
 * over the 15 labelled patches of Landslide4Sense, 1.7 over 9 of its target, by the participation ratio of their
 * correlation's eigenvalues); the mean of two squared normal variables is above -ln(p) times its expectation with
 * probability p.
 */
const SURE = -Math.log(CHANCE)

/**
 * Variance between patches over a band's variance, where it was not measured: 0.53 over those 15 patches (mean of the
 * bands, 0.1 to 1.0). Of squares over the squared variance it is about as much (0.3 to 0.7; B10 has 10).
 */
const ASSUMED_SHARE = 0.5

/** What is assumed counts for as many independent patches. */
const ASSUMED_PATCHES = 4

/**
 * Separated normalisation that is safe at any number of patches: the target's mean and deviation, band by band, are
 * drawn towards those that the networks learned from, by how well the target's own are known.
 *
 * Positive-part empirical Bayes (Efron and Morris, JASA 68, 1973). In units of the model's deviation, d = (target's
 * mean - model's mean) has the sampling variance v = s^2 (1 / n + 1 / m), where s^2 is the variance between patches,
 * n and m how many independent patches the two sets count for (`setStatistics`). What separates the domains, t^2, is
 * common to the bands: t^2 = max(0, mean d^2 - c mean v) with c = -ln 0.05, since a shift that chance could have made is
 * none. Then a band's own mean has the weight t^2 / (t^2 + v). Deviations follow the same rule on a logarithmic
 * scale, with the variance of a logarithm by the delta method.
 *
 * @param target the target set's own (`setStatistics`).
 * @param model what the networks learned from; null where it is not recorded, or of no pixel: then the target's own.
 */
export function targetStatistics(
  target: BandStatistics,
  model: BandStatistics | null,
  rule: StatisticsRule,
): TargetStatistics {
  const { spread } = target
  const about = { patches: spread?.patches ?? null, independent: spread?.independent ?? null }
  const all = (share: number) => target.mean.map(() => share)
  if (rule === 'self' || !model || model.count === 0) {
    return { statistics: target, rule, own: 1, ownMean: all(1), ownDeviation: all(1), ...about }
  }
  if (rule === 'model' || target.count === 0) {
    return { statistics: model, rule, own: 0, ownMean: all(0), ownDeviation: all(0), ...about }
  }
  const deviations = standardDeviation(target)
  const reference = standardDeviation(model)
  const varies = reference.map((deviation, band) => deviation > 0 && deviations[band]! > 0)
  const independent = 1 / (spread?.independent ?? 1) + 1 / (model.spread?.independent ?? Infinity)
  const meanShare = pooledShare('meanVariance', target, model)
  const squareShare = pooledShare('squareVariance', target, model)
  const meanShifts = reference.map((deviation, band) =>
    varies[band] ? (target.mean[band]! - model.mean[band]!) / deviation : 0,
  )
  const logRatios = reference.map((deviation, band) =>
    varies[band] ? Math.log(deviations[band]! / deviation) : 0,
  )
  const ownMean = ownShares(
    meanShifts,
    meanShare.map(share => share * independent),
    varies,
  )
  const ownDeviation = ownShares(
    logRatios,
    // The logarithm of a deviation moves by half the relative change of the variance.
    squareShare.map(share => (share / 4) * independent),
    varies,
  )
  const mean = ownMean.map((share, band) => model.mean[band]! + share * meanShifts[band]! * reference[band]!)
  const m2 = ownDeviation.map((share, band) =>
    varies[band]
      ? target.count * (reference[band]! * Math.exp(share * logRatios[band]!)) ** 2
      : target.m2[band]!,
  )
  const own = ownMean.reduce((sum, share) => sum + share, 0) / ownMean.length
  const statistics: BandStatistics = { count: target.count, mean, m2, ...(spread && { spread }) }
  return { statistics, rule, own, ownMean, ownDeviation, ...about }
}

/** [14] weight of a set's own figure, from shifts in units of the model's deviation and their sampling variances. */
function ownShares(
  shifts: readonly number[],
  variances: readonly number[],
  counts: readonly boolean[],
): number[] {
  const bands = Math.max(1, counts.filter(Boolean).length)
  let squares = 0
  let chance = 0
  for (const [band, shift] of shifts.entries()) {
    if (!counts[band]) continue
    squares += shift * shift
    chance += variances[band]!
  }
  const separation = Math.max(0, squares / bands - (SURE * chance) / bands)
  return variances.map((variance, band) =>
    counts[band] && separation > 0 ? separation / (separation + variance) : 0,
  )
}

/**
 * [14] variance between patches in units of a band's own variance (of squares: of its square), both sets and the
 * assumption pooled by their degrees of freedom.
 */
function pooledShare(
  key: 'meanVariance' | 'squareVariance',
  target: BandStatistics,
  model: BandStatistics,
): number[] {
  const sets = [target, model].flatMap(({ count, m2, spread }) => (spread ? [{ count, m2, spread }] : []))
  return target.mean.map((_, band) => {
    let weight = ASSUMED_PATCHES
    let sum = ASSUMED_PATCHES * ASSUMED_SHARE
    for (const { count, m2, spread } of sets) {
      const variance = m2[band]! / count
      const scale = key === 'meanVariance' ? variance : variance * variance
      const freedom = spread.independent - 1
      if (!(scale > 0) || !(freedom > 0)) continue
      weight += freedom
      sum += (freedom * spread[key][band]!) / scale
    }
    return sum / weight
  })
}

/** "6 patches: 15 % their own statistics, 85 % the model's" */
export function describeTargetStatistics({
  own,
  patches,
  rule,
}: Pick<TargetShares, 'own' | 'patches' | 'rule'>): string {
  const percent = Math.round(100 * own)
  const subject = patches === null ? 'The images' : plural(patches, 'patch', 'patches')
  if (rule === 'self' || percent === 100) return `${subject}: their own statistics`
  if (rule === 'model' || percent === 0) return `${subject}: the statistics that the model learned from`
  return `${subject}: ${percent} % their own statistics, ${100 - percent} % the model’s`
}
