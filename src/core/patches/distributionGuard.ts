import { BANDS } from './bands'
import { distributionGuardMessage } from './distributionGuardMessage'
import type { BandStatistics } from './statistics'
import { type BandShift, statisticsShift } from './statisticsShift'

/** `shifted`: what separated normalisation is there for. `far`: beyond any real set seen; most likely a wrong input. */
export type DistributionLevel = 'ok' | 'shifted' | 'far'

export interface GuardedBand extends BandShift {
  /** 0..13 */
  band: number
  /** "B10" */
  name: string
  level: DistributionLevel
}

export interface DistributionReport {
  /** The worst of the bands. */
  level: DistributionLevel
  /** All of them in their order; none where the input holds no valid pixel. */
  bands: GuardedBand[]
  /** Which bands, by how much, and what to do, for a person. */
  message: string
}

interface Limits {
  shift: number
  /** Deviation ratio upwards; downwards a small scene is as a rule far more even than a region, so see `EVEN`. */
  ratio: number
}

const SHIFTED: Limits = { shift: 0.5, ratio: 2 }
const FAR: Limits = { shift: 4, ratio: 8 }
/**
 * B10 is dark (16 +- 12 in the real labelled patches) and clears up with height and dry air: single real patches lie
 * up to 13 standard deviations off and vary 7 times as much.
 */
const FAR_CIRRUS: Limits = { shift: 20, ratio: 20 }
const CIRRUS_BAND = 9
/** Share of the trained deviation below which a band counts as constant: filled in, not measured. */
const EVEN = 0.01

/**
 * Compares an input's statistics with those a model was trained with, band by band, and says what is off.
 *
 * The limits come from 15 labelled and 9 target patches of Landslide4Sense, the generated regions and a real scene,
 * against the labelled patches and against the generated source region (largest |mean shift| in standard deviations,
 * deviation ratios over the bands):
 *
 * | input | mean shift | ratio | level |
 * |---|---|---|---|
 * | generated source regions, 40 patches, three seeds | 0.06 to 0.40 | 0.68 to 1.26 | ok |
 * | real labelled patches against the generated source | 0.45 | 0.85 to 1.4 | ok |
 * | real target | 1.6 to 2.1 (B10) | 0.8 to 4.9 (B10) | shifted |
 * | generated target regions | 1.1 to 1.8 (B10) | 0.8 to 3.0 (B10) | shifted |
 * | a real scene of another country, 101 x 100 | 1.9 | 0.04 (DEM) to 1.0 | shifted |
 * | 24 real patches one by one | 3.3 at most; B10 12.9 | 0.05 (DEM) to 2.1; B10 to 7.1 | shifted |
 * | 260 generated patches one by one | 3.7 at most; B10 11.8 | 0.03 (DEM) to 4.8; B10 to 7.9 | shifted |
 * | reflectance x 1000 taken as raw | 4.8 to 6.0 | | far |
 * | Landslide4Sense's stored values taken as raw | 5.4 to 6.6 | below 0.001 | far |
 * | bands by name (B1, B10, B11, ...), reversed, or terrain first | 52 and more | | far |
 * | offset of 1000 not taken off | 81 and more | | far |
 * | values x 1000 | 5400 and more | | far |
 *
 * Told as shifted only, since single real patches differ by as much: red and blue exchanged (1.6 to 2.6), slope in
 * percent (1.6 to 2.6), elevation in feet where the land is low (3.1 to 3.7).
 *
 * @param input at least a patch; its own statistics, before any normalisation, raw units of `BANDS`.
 * @param trained of what the model learned from, raw units.
 * @param reference what `trained` is of, in the message's words.
 * @throws AppError `bands-mismatch` where either has not 14 bands.
 */
export function distributionGuard(
  input: BandStatistics,
  trained: BandStatistics,
  reference = 'what the model was trained with',
): DistributionReport {
  const shifts = statisticsShift(input, trained)
  if (input.count === 0) {
    return {
      level: 'far',
      bands: [],
      message: `No pixel holds data, so there is nothing to compare with ${reference}.`,
    }
  }
  const bands = shifts.map((shift, band) => ({
    band,
    name: BANDS[band]?.name ?? `band ${band + 1}`,
    ...shift,
    level: levelOf(shift, band),
  }))
  const worst = (['far', 'shifted', 'ok'] as const).find(level => bands.some(band => band.level === level))
  const level = worst ?? 'ok'
  return { level, bands, message: distributionGuardMessage(level, bands, input, trained, reference) }
}

function levelOf(shift: BandShift, band: number): DistributionLevel {
  const beyond = ({ shift: most, ratio }: Limits) =>
    Math.abs(shift.meanShift) > most || shift.deviationRatio > ratio
  if (beyond(band === CIRRUS_BAND ? FAR_CIRRUS : FAR) || shift.deviationRatio < EVEN) return 'far'
  return beyond(SHIFTED) ? 'shifted' : 'ok'
}
