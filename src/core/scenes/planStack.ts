import { AppError } from '../foundation/appError'
import { BANDS, DISPENSABLE, SPECTRAL_BAND_COUNT } from '../patches/bands'
import type { AbsentBand, FoundScene, Resampling, StackBand, StackRecipe } from './scene'

/** Reflectance of raw units: x 10000. */
const RAW_QUANTIFICATION = 10_000

export interface StackChoices {
  /** By a person, for what could not be found out: reflectance = (stored + offset) / quantification. */
  quantification?: number
  offset?: number
  resampling: Resampling
  /** Paths of elevation models, the first on top. */
  elevation: readonly string[]
  slope: string | null
  /** [14] raw units: what stands for a band that the product has not, the models' mean. */
  means: readonly number[]
}

/**
 * The recipe of a scene's 14 bands.
 *
 * @throws AppError `scale-unknown` where scale or offset are neither known nor chosen; `bands-mismatch` naming the bands
 *   that are missing; `file-unsupported` without a place; `bad-argument` for a choice out of range or no elevation.
 */
export function planStack(scene: FoundScene, choices: StackChoices): StackRecipe {
  const { name, grid } = scene
  if (!grid) {
    throw new AppError(
      'file-unsupported',
      `"${name}" does not say where it lies, so no elevation can be put under it. Give it a coordinate system: gdal_edit.py -a_srs and -a_ullr.`,
    )
  }
  const missing = BANDS.slice(0, SPECTRAL_BAND_COUNT).filter(band => !scene.bands[band.name])
  const needed = missing.filter(band => !DISPENSABLE.has(band.name))
  if (needed.length > 0) {
    throw new AppError(
      'bands-mismatch',
      `"${name}" lacks ${needed.map(band => band.name).join(', ')}. Add the ${needed.length === 1 ? 'file' : 'files'} of the same product.`,
    )
  }
  if (choices.elevation.length === 0) {
    throw new AppError(
      'bad-argument',
      `"${name}" needs an elevation model: give a DEM that covers it, for example the tiles of Copernicus GLO-30.`,
    )
  }
  const { quantification, offsetOf } = valuesOf(scene, choices)
  const bands = BANDS.slice(0, SPECTRAL_BAND_COUNT).map((band, index): StackBand | AbsentBand => {
    const found = scene.bands[band.name]
    if (!found) return { value: choices.means[index]! }
    return {
      path: found.path,
      band: found.band,
      factor: Math.round(found.resolution / grid.transform[1]),
      scale: RAW_QUANTIFICATION / quantification,
      offset: offsetOf(band.name),
    }
  })
  const { resampling, elevation, slope } = choices
  return { name, grid, bands, resampling, elevation: [...elevation], slope }
}

function valuesOf(scene: FoundScene, choices: StackChoices) {
  const { name } = scene
  const quantification = choices.quantification ?? scene.quantification.value
  const offset = choices.offset ?? scene.offset.value
  if (quantification === null || offset === null) {
    const what = [
      quantification === null ? 'by what its values are divided to give reflectance (10000, 1000 or 1)' : '',
      offset === null ? 'what is added to them first (0, or -1000 since processing baseline 04.00)' : '',
    ].filter(Boolean)
    throw new AppError(
      'scale-unknown',
      `"${name}" does not say ${what.join(', nor ')}. ${scene.remarks.join(' ')}`.trim(),
    )
  }
  if (!(quantification > 0) || !Number.isFinite(quantification) || !Number.isFinite(offset)) {
    throw new AppError('bad-argument', 'The quantification is a number above 0, the offset a number.')
  }
  const offsetOf = (band: string) => choices.offset ?? scene.offset.byBand[band] ?? offset
  return { quantification, offsetOf }
}
