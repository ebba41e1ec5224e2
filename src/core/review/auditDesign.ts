import { AppError } from '../foundation/appError'
import type { AuditStratum } from './pointAudit'

/** In this order wherever strata are listed; the index is the code of a stratum's pixels. */
export const AUDIT_STRATA: readonly AuditStratum[] = ['landslide', 'not-landslide', 'disagreement']

/**
 * Share of a stratum's pixels whose class on the map is right, guessed before anybody looks: the sample size follows from
 * it, the result does not. Olofsson et al. (2014, table 5) take 0.7 for a class of change and 0.9 to 0.95 for stable ones;
 * what networks leave out of a landslide map is rarer than that.
 */
export const CONJECTURED_RIGHT: Record<AuditStratum, number> = {
  landslide: 0.7,
  'not-landslide': 0.97,
  disagreement: 0.6,
}

/** Points of a rare stratum, at least: Olofsson et al. (2014, section 5.1.2) advise 50 to 100. */
const RARE_STRATUM_POINTS = 50
/** Half the width of a 95 % interval is this many standard errors. */
export const Z_95 = 1.96

/** Pixels of each stratum. */
export type StratumPixels = Record<AuditStratum, number>

export function noStratumPixels(): StratumPixels {
  return { landslide: 0, 'not-landslide': 0, disagreement: 0 }
}

/**
 * Points that bring the 95 % interval of overall accuracy to the wanted width: Cochran (1977, eq. 5.25), as in Olofsson et
 * al. (2014, eq. 13), n = (sum W_i S_i)^2 / (S(O)^2 + sum W_i S_i^2 / N) with W_i a stratum's share of the pixels,
 * S_i = sqrt(U_i (1 - U_i)) and S(O) = precision / 1.96. The second term of the denominator matters for small events only.
 *
 * @param pixels of each stratum
 * @param precision half the width that the interval should have, above 0 and below 0.5
 * @param right conjectured share of each stratum that the map has right, 0..1
 * @returns 1 or more, at most the pixels that there are.
 * @throws AppError `bad-argument` for another precision or where there are no pixels.
 */
export function sampleSize(
  pixels: StratumPixels,
  precision: number,
  right: Record<AuditStratum, number> = CONJECTURED_RIGHT,
): number {
  if (!(precision > 0 && precision < 0.5)) {
    throw new AppError('bad-argument', 'The precision of an audit is above 0 and below 0.5: 0.02 is ±2 %.')
  }
  const total = totalPixels(pixels)
  let [deviation, variance] = [0, 0]
  for (const stratum of AUDIT_STRATA) {
    const weight = pixels[stratum] / total
    const spread = right[stratum] * (1 - right[stratum])
    deviation += weight * Math.sqrt(spread)
    variance += weight * spread
  }
  const standardError = precision / Z_95
  const size = Math.ceil(deviation ** 2 / (standardError ** 2 + variance / total))
  return Math.min(total, Math.max(1, size))
}

/**
 * Points of each stratum, by Olofsson et al. (2014, section 5.1.2): in proportion to the pixels, but 50 for a stratum that
 * would get fewer, since the class that matters is the rare one; what those take is taken from the others in proportion.
 * A sample too small for that is shared equally at least; a stratum never gives more points than it has pixels, nor
 * fewer than two, from which alone a spread can be told.
 *
 * @param size points wanted of all strata together
 * @returns points of each stratum; their sum is `size` unless there are too few pixels or too few points for two of each.
 * @throws AppError `bad-argument` where there are no pixels.
 */
export function allocatePoints(pixels: StratumPixels, size: number): StratumPixels {
  totalPixels(pixels)
  const present = AUDIT_STRATA.filter(stratum => pixels[stratum] > 0)
  const floor = Math.max(2, Math.min(RARE_STRATUM_POINTS, Math.floor(size / present.length)))
  const points = noStratumPixels()
  // A stratum at its floor leaves less for the rest, which may take another one below the floor: rarest first.
  let [left, leftPixels] = [size, totalPixels(pixels)]
  for (const stratum of present.sort((a, b) => pixels[a] - pixels[b])) {
    const share = Math.round((left * pixels[stratum]) / leftPixels)
    points[stratum] = Math.min(pixels[stratum], Math.max(floor, share))
    left = Math.max(0, left - points[stratum])
    leftPixels -= pixels[stratum]
  }
  return points
}

function totalPixels(pixels: StratumPixels): number {
  const total = AUDIT_STRATA.reduce((sum, stratum) => sum + pixels[stratum], 0)
  if (total === 0) {
    throw new AppError('bad-argument', 'There is no mapped pixel to audit: map the target patches first.')
  }
  return total
}
