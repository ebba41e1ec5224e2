import { BANDS, DEM_BAND, SLOPE_BAND, SPECTRAL_BAND_COUNT } from './bands'
import type { DistributionLevel, GuardedBand } from './distributionGuard'
import { type BandStatistics, standardDeviation } from './statistics'

/** Bands named one by one; of more, their number is told. */
const NAMED = 3
const CIRRUS_BAND = 9
/** Sentinel-2 adds this since processing baseline 04.00. */
const BASELINE_OFFSET = 1000

/** What a comparison of distributions found, in sentences: which bands, by how much in real units, what to do. */
export function distributionGuardMessage(
  level: DistributionLevel,
  bands: readonly GuardedBand[],
  input: BandStatistics,
  trained: BandStatistics,
  reference: string,
): string {
  if (level === 'ok') return `Every band is distributed as in ${reference}.`
  const off = bands
    .filter(band => band.level === level)
    .sort((a, b) => Math.abs(b.meanShift) - Math.abs(a.meanShift))
  const named = off.slice(0, NAMED).map(band => describeBand(band, input, trained))
  const rest = off.length > NAMED ? [`and ${off.length - NAMED} more (${namesOf(off.slice(NAMED))})`] : []
  const list = [...named, ...rest].join('; ')
  if (level === 'shifted') {
    return (
      `${count(off)} shifted against ${reference}: ${list}. Real regions differ by as much; ` +
      'normalising the images by their own statistics takes most of it out.'
    )
  }
  return `${count(off)} far from ${reference}: ${list}. ${advice(off, input, trained)}`
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
function advice(off: readonly GuardedBand[], input: BandStatistics, trained: BandStatistics): string {
  const spectral = BANDS.slice(0, SPECTRAL_BAND_COUNT)
  const factors = spectral.map((_, band) => input.mean[band]! / trained.mean[band]!)
  // B10 is left out: it differs by a factor of two between real sets.
  const surface = factors.filter((_, band) => band !== CIRRUS_BAND).sort((a, b) => a - b)
  const factor = surface[Math.floor(surface.length / 2)]!
  const alike = surface[0]! > factor / 2 && surface.at(-1)! < factor * 2
  const constant = off.filter(({ deviationRatio }) => deviationRatio === 0)
  if (constant.length > 0) {
    const verb = constant.length === 1 ? 'is' : 'are'
    return `${namesOf(constant)} ${verb} constant, as if filled in: take a product that has every band.`
  }
  if (
    spectral.every((_, band) => Math.abs(input.mean[band]!) < 20 && trained.mean[band]! > 0) &&
    factor < 0.05
  ) {
    return 'The values are not in raw units (reflectance x 10000): say in which scale they are stored.'
  }
  if (alike && (factor > 3 || factor < 1 / 3)) {
    return `All reflectances are about ${figure(factor)} times what they should be: check the scale of the values.`
  }
  if (Math.abs(input.mean[CIRRUS_BAND]! - trained.mean[CIRRUS_BAND]! - BASELINE_OFFSET) < 200) {
    return (
      'The product seems to carry the offset of 1000 that Sentinel-2 adds since processing baseline 04.00: ' +
      'subtract it.'
    )
  }
  if (off.length > 1) {
    return 'Check the order of the bands (B1 to B12 without B8A, slope, elevation) and their units.'
  }
  const { band } = off[0]!
  if (band === DEM_BAND) return 'Check that elevation is in metres.'
  if (band === SLOPE_BAND) return 'Check that slope is in degrees.'
  return 'Check that band before you trust a prediction.'
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
