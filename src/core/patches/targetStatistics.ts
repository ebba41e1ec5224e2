import { plural } from '../foundation/text'
import { BANDS, DISPENSABLE } from './bands'
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
 * bands, 0.1 to 1.0).
 */
const ASSUMED_SHARE = 0.5

/** What is assumed counts for as many independent patches. */
const ASSUMED_PATCHES = 4

/**
 * Separated normalisation that is safe at any number of patches: the target's mean, band by band, is drawn towards that
 * which the networks learned from, by how well the target's own is known; the deviation is the target's root mean
 * square about the mean that is used.
 *
 * Positive-part empirical Bayes (Efron and Morris, JASA 68, 1973). In units of the model's deviation, d = (target's
 * mean - model's mean) has the sampling variance v = s^2 (1 / n + 1 / m), where s^2 is the variance between patches,
 * n and m how many independent patches the two sets count for (`setStatistics`). What separates the domains, t^2, is
 * common to the bands: t^2 = max(0, mean d^2 - c mean v) with c = -ln 0.05, since a shift that chance could have made is
 * none. Then a band's own mean has the weight w = t^2 / (t^2 + v).
 *
 * A deviation is known from far fewer patches than a mean, so that it is the target's own; taken about the mean that is
 * used, var + (1 - w)^2 (target's mean - model's mean)^2, what reaches the networks has a mean square of 1, and a set of
 * even ground far from the model's mean is not blown up. docs/results.md compares it with the plain rules.
 *
 * A dispensable band (B1, B9, B10) that is the same in every pixel was not measured: it stands for one that the product has
 * not. It says nothing of a shift, and comes out as 0, whatever was filled in.
 *
 * @param target the target set's own (`setStatistics`).
 * @param model what the networks learned from; null where it is not recorded, or of no pixel: then the target's own.
 */
export function targetStatistics(
  target: BandStatistics,
  model: BandStatistics | null,
  rule: StatisticsRule,
): TargetStatistics {
  const { count, spread } = target
  const about = { rule, patches: spread?.patches ?? null, independent: spread?.independent ?? null }
  const all = (share: number) => target.mean.map(() => share)
  const isFilled = (band: number) =>
    count > 0 && target.m2[band] === 0 && DISPENSABLE.has(BANDS[band]?.name ?? '')
  if (rule === 'self' || !model || model.count === 0) {
    return { statistics: target, own: 1, ownMean: all(1), ...about }
  }
  if (rule === 'model' || count === 0) {
    return { statistics: withFilled(model, target, isFilled), own: 0, ownMean: all(0), ...about }
  }
  const reference = standardDeviation(model)
  const shifts = reference.map((deviation, band) =>
    deviation > 0 ? (target.mean[band]! - model.mean[band]!) / deviation : 0,
  )
  const independent = 1 / (spread?.independent ?? 1) + 1 / (model.spread?.independent ?? Infinity)
  const variances = betweenShares(target, model).map(share => share * independent)
  const ownMean = ownShares(
    shifts,
    variances,
    reference.map((deviation, band) => deviation > 0 && !isFilled(band)),
  )
  const mean = ownMean.map(
    (share, band) => model.mean[band]! + share * (target.mean[band]! - model.mean[band]!),
  )
  const m2 = mean.map((value, band) => target.m2[band]! + count * (target.mean[band]! - value) ** 2)
  const own = ownMean.reduce((sum, share) => sum + share, 0) / ownMean.length
  return { statistics: { count, mean, m2, ...(spread && { spread }) }, own, ownMean, ...about }
}

/** The model's statistics, but that a band that was filled in stays 0 by them. */
function withFilled(
  model: BandStatistics,
  target: BandStatistics,
  isFilled: (band: number) => boolean,
): BandStatistics {
  if (!model.mean.some((_, band) => isFilled(band))) return model
  const of = (ofModel: readonly number[], ofTarget: readonly number[]) =>
    ofModel.map((value, band) => (isFilled(band) ? ofTarget[band]! : value))
  return { ...model, mean: of(model.mean, target.mean), m2: of(model.m2, target.m2) }
}

/**
 * [14] weight of a set's own mean, from shifts in units of the model's deviation and their sampling variances; of a band
 * that does not vary in what the model learned from, or was filled in, 1.
 */
function ownShares(
  shifts: readonly number[],
  variances: readonly number[],
  varies: readonly boolean[],
): number[] {
  const bands = Math.max(1, varies.filter(Boolean).length)
  let squares = 0
  let chance = 0
  for (const [band, shift] of shifts.entries()) {
    if (!varies[band]) continue
    squares += shift * shift
    chance += variances[band]!
  }
  const separation = Math.max(0, (squares - SURE * chance) / bands)
  return variances.map((variance, band) => {
    if (!varies[band]) return 1
    return separation > 0 ? separation / (separation + variance) : 0
  })
}

/**
 * [14] variance between patches in units of a band's own variance, both sets and the assumption pooled by their degrees
 * of freedom.
 */
function betweenShares(target: BandStatistics, model: BandStatistics): number[] {
  return target.mean.map((_, band) => {
    let weight = ASSUMED_PATCHES
    let sum = ASSUMED_PATCHES * ASSUMED_SHARE
    for (const { count, m2, spread } of [target, model]) {
      const variance = m2[band]! / count
      const freedom = (spread?.independent ?? 1) - 1
      if (!spread || !(variance > 0) || !(freedom > 0)) continue
      weight += freedom
      sum += (freedom * spread.meanVariance[band]!) / variance
    }
    return sum / weight
  })
}

/** "6 patches: 15 % their own mean, 85 % the model's, and their own spread about it" */
export function describeTargetStatistics({
  own,
  patches,
  rule,
}: Pick<TargetShares, 'own' | 'patches' | 'rule'>): string {
  const percent = Math.round(100 * own)
  const [subject, their] =
    patches === null
      ? ['The images', 'their']
      : [plural(patches, 'patch', 'patches'), patches === 1 ? 'its' : 'their']
  if (rule === 'self' || percent === 100) return `${subject}: ${their} own statistics`
  if (rule === 'model') return `${subject}: the statistics that the model learned from`
  const mean =
    percent === 0 ? 'the model’s mean' : `${percent} % ${their} own mean, ${100 - percent} % the model’s`
  return `${subject}: ${mean}, and ${their} own spread about it`
}

/** Several descriptions as one sentence: those of other patches that say the same are said once. */
export function joinDescriptions(descriptions: readonly string[]): string {
  const subjects = new Map<string, string[]>()
  for (const description of new Set(descriptions)) {
    const colon = description.indexOf(': ')
    const rest = description.slice(colon)
    subjects.set(rest, [...(subjects.get(rest) ?? []), description.slice(0, colon)])
  }
  return [...subjects].map(([rest, names]) => `${names.join(' and ')}${rest}`).join('; ')
}
