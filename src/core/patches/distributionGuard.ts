import { BANDS, BASELINE_OFFSET, CIRRUS_BAND, DEM_BAND, SLOPE_BAND, SPECTRAL_BAND_COUNT } from './bands'
import { type BandShift, type BandStatistics, standardDeviation, statisticsShift } from './statistics'

/** `shifted`: what separated normalisation is there for. `far`: beyond any real set seen; most likely a wrong input. */
export type DistributionLevel = 'ok' | 'shifted' | 'far'

interface GuardedBand extends BandShift {
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
  /** The likeliest cause is a wrong value scale: offer to choose another (`ImportOptions.scale`). */
  suspectsScale: boolean
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

/** Share of the trained deviation below which a band counts as constant: filled in, not measured. */
const EVEN = 0.01

/** A band that is constant at the trained mean, to rounding, stands for one that the product has not: it says nothing. */
const AT_MEAN = 1e-5

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
 * Reported as shifted only, since single real patches differ by as much: red and blue exchanged (1.6 to 2.6), slope in
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
      suspectsScale: false,
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
  const advice = level === 'far' ? adviceOn(farthest(bands, level), input, trained) : null
  return {
    level,
    bands,
    message: distributionGuardMessage(level, bands, input, trained, reference, advice?.text),
    suspectsScale: advice?.suspectsScale ?? false,
  }
}

function levelOf(shift: BandShift, band: number): DistributionLevel {
  const beyond = ({ shift: most, ratio }: Limits) =>
    Math.abs(shift.meanShift) > most || shift.deviationRatio > ratio
  if (shift.deviationRatio < AT_MEAN && Math.abs(shift.meanShift) < AT_MEAN) return 'ok'
  if (beyond(band === CIRRUS_BAND ? FAR_CIRRUS : FAR) || shift.deviationRatio < EVEN) return 'far'
  return beyond(SHIFTED) ? 'shifted' : 'ok'
}

/** Bands named one by one; of the others, only the number is given. */
const NAMED = 3

/** What a comparison of distributions found, in sentences: which bands, by how much in real units, what to do. */
function distributionGuardMessage(
  level: DistributionLevel,
  bands: readonly GuardedBand[],
  input: BandStatistics,
  trained: BandStatistics,
  reference: string,
  advice: string | undefined,
): string {
  if (level === 'ok') return `Every band is distributed as in ${reference}.`
  const off = farthest(bands, level)
  const named = off.slice(0, NAMED).map(band => describeBand(band, input, trained))
  const rest = off.length > NAMED ? [`and ${off.length - NAMED} more (${namesOf(off.slice(NAMED))})`] : []
  const list = [...named, ...rest].join('; ')
  if (level === 'shifted') {
    return (
      `${count(off)} shifted against ${reference}: ${list}. Real regions differ by as much; ` +
      'normalisation takes the more of it out the more images there are.'
    )
  }
  return `${count(off)} far from ${reference}: ${list}. ${advice}`
}

/** The bands of a level, those whose means lie farthest off first. */
function farthest(bands: readonly GuardedBand[], level: DistributionLevel): GuardedBand[] {
  return bands
    .filter(band => band.level === level)
    .sort((a, b) => Math.abs(b.meanShift) - Math.abs(a.meanShift))
}

function count(bands: readonly GuardedBand[]): string {
  return bands.length === 1 ? '1 band is' : `${bands.length} bands are`
}

/** "B10 (cirrus): 35 ± 49 instead of 16 ± 12 (reflectance x 10000), 1.6 standard deviations higher" */
function describeBand(band: GuardedBand, input: BandStatistics, trained: BandStatistics): string {
  const { title, unit } = BANDS[band.band]!
  const label =
    title.toLowerCase() === band.name.toLowerCase() ? title : `${band.name} (${title.toLowerCase()})`
  const moments = (statistics: BandStatistics) =>
    `${figure(statistics.mean[band.band]!)} ± ${figure(standardDeviation(statistics)[band.band]!)}`
  const units = { degree: 'degrees', metre: 'm' }
  const inUnits = unit === 'reflectance x 10000' ? ` (${unit})` : ` ${units[unit]}`
  const size = Math.abs(band.meanShift)
  const way = band.meanShift > 0 ? 'higher' : 'lower'
  const spread = describeSpread(band.deviationRatio)
  return (
    `${label}: ${moments(input)} instead of ${moments(trained)}${inUnits}, ` +
    `${size < 10 ? size.toFixed(1) : figure(size)} standard deviations ${way}${spread}`
  )
}

function describeSpread(ratio: number): string {
  if (ratio === 0) return ', the same in every pixel'
  if (ratio > 2 || ratio < 0.01) return `, ${figure(ratio)} times as varied`
  return ''
}

/** The likeliest cause of a wrong input, from the pattern of its means. */
function adviceOn(
  off: readonly GuardedBand[],
  input: BandStatistics,
  trained: BandStatistics,
): { text: string; suspectsScale: boolean } {
  const say = (text: string, suspectsScale = false) => ({ text, suspectsScale })
  const spectral = BANDS.slice(0, SPECTRAL_BAND_COUNT)
  const factors = spectral.map((_, band) => input.mean[band]! / trained.mean[band]!)
  // B10 is left out: it differs by a factor of two between real sets.
  const surface = factors.filter((_, band) => band !== CIRRUS_BAND).sort((a, b) => a - b)
  const factor = surface[Math.floor(surface.length / 2)]!
  const alike = surface[0]! > factor / 2 && surface.at(-1)! < factor * 2
  const constant = off.filter(({ deviationRatio }) => deviationRatio === 0)
  if (constant.length > 0) {
    const verb = constant.length === 1 ? 'is' : 'are'
    return say(`${namesOf(constant)} ${verb} constant, as if filled in: take a product that has every band.`)
  }
  if (
    spectral.every((_, band) => Math.abs(input.mean[band]!) < 20 && trained.mean[band]! > 0) &&
    factor < 0.05
  ) {
    return say('The values are not in raw units (reflectance x 10000): choose their value scale.', true)
  }
  if (alike && (factor > 3 || factor < 1 / 3)) {
    return say(
      `All reflectances are about ${figure(factor)} times what they should be: check the value scale.`,
      true,
    )
  }
  if (Math.abs(input.mean[CIRRUS_BAND]! - trained.mean[CIRRUS_BAND]! - BASELINE_OFFSET) < 200) {
    return say(
      'The product seems to carry the offset of 1000 that Sentinel-2 adds since processing baseline 04.00: ' +
        'subtract it.',
    )
  }
  if (off.length > 1) {
    return say('Check the order of the bands (B1 to B12 without B8A, slope, elevation) and their units.')
  }
  const { band } = off[0]!
  if (band === DEM_BAND) return say('Check that elevation is in metres.')
  if (band === SLOPE_BAND) return say('Check that slope is in degrees.')
  return say('Check that band before you trust a prediction.')
}

function namesOf(bands: readonly GuardedBand[]): string {
  return bands.map(({ name }) => name).join(', ')
}

/** Two digits, three from 100 on, whole from 1000 on: no more is known. */
function figure(value: number): string {
  const size = Math.abs(value)
  if (size >= 1000) return value.toFixed(0)
  return String(Number(value.toPrecision(size >= 100 ? 3 : 2)))
}
