import { pixelEntropy } from '../core/masks/probability'
import { BANDS, DEM_BAND, SLOPE_BAND, SPECTRAL_BAND_COUNT } from '../core/patches/bands'
import { BACKGROUND, IGNORE, LANDSLIDE } from '../core/patches/patch'
import type { Georeference } from '../core/raster/rasterSource'
import type { PatchRecord } from '../core/review/records'
import { ENSEMBLE } from '../core/rounds/ensemble'
import { isAuditing } from '../state/accuracy/selectors'
import { memberTitles } from '../state/models/selectors'
import { probabilityKey } from '../state/pixelCache'
import type { Studio } from '../state/studio'

const MASK_NAMES: Readonly<Record<number, string>> = {
  [BACKGROUND]: 'background',
  [LANDSLIDE]: 'landslide',
  [IGNORE]: 'ignored',
}

/** A pixel of a raster, by whole numbers from the top left. */
export interface Pixel {
  column: number
  row: number
}

export interface Readout extends Pixel {
  /** Middle of the pixel in the raster's own coordinates; null without georeference. */
  place: { x: number; y: number; crs: string } | null
  /** False where a band has no data: the values mean nothing then. */
  valid: boolean
  /** The 12 spectral bands in their order, reflectance 0..1. */
  reflectance: { name: string; value: number }[]
  /** Metres and degrees. */
  elevation: number
  slope: number
  /** Of the network that the overlay is set to, 0..1. */
  probability: number | null
  /** The ensemble's and each network's, as far as they are in memory (`loadInspected`). */
  probabilities: { id: string; title: string; value: number }[]
  /** Largest minus smallest of the networks; null where fewer than two are in memory. */
  disagreement: number | null
  /** Of the ensemble, bits. */
  entropy: number | null
  mask: string | null
}

/** Reflectance as stored in raw units: x 10000. */
const REFLECTANCE_SCALE = 10_000

/** What lies under the cursor, from the cache, and during a point audit nothing of the map; null outside the raster or where nothing is loaded. */
export function readUnderCursor(
  studio: Studio,
  patch: PatchRecord,
  column: number,
  row: number,
): Readout | null {
  const { width, height } = patch
  if (column < 0 || row < 0 || column >= width || row >= height) return null
  const pixels = studio.pixels.pixels.get(patch.id)
  if (!pixels) return null
  const index = row * width + column
  const at = (band: number) => pixels.data[band * width * height + index] ?? Number.NaN
  const state = studio.store.getState()
  const {
    layers: { probabilityModel },
    models: { list: models },
  } = state
  const hidden = isAuditing(state)
  const probabilityOf = (model: string) => {
    const value = studio.pixels.probabilities.get(probabilityKey(patch.id, model))?.[index]
    return hidden || value === undefined || Number.isNaN(value) ? null : value
  }
  const ensemble = probabilityOf(ENSEMBLE)
  const networks = memberTitles(models, patch.predictedBy ?? []).map(({ id, title }) => {
    return { id, title, value: probabilityOf(id) }
  })
  const known = networks.flatMap(({ value }) => (value === null ? [] : [value]))
  const mask = hidden ? undefined : studio.pixels.masks.get(patch.id)?.[index]
  return {
    column,
    row,
    place: placeOf(patch.georeference, column, row),
    valid: pixels.valid?.[index] !== 0,
    reflectance: BANDS.slice(0, SPECTRAL_BAND_COUNT).map(({ name }, band) => {
      return { name, value: at(band) / REFLECTANCE_SCALE }
    }),
    elevation: at(DEM_BAND),
    slope: at(SLOPE_BAND),
    probability: probabilityOf(probabilityModel),
    probabilities: [{ id: ENSEMBLE, title: 'Ensemble', value: ensemble }, ...networks].flatMap(
      ({ id, title, value }) => (value === null ? [] : [{ id, title, value }]),
    ),
    disagreement: known.length > 1 ? Math.max(...known) - Math.min(...known) : null,
    entropy: ensemble === null ? null : pixelEntropy(ensemble),
    mask: mask === undefined ? null : (MASK_NAMES[mask] ?? null),
  }
}

function placeOf(georeference: Georeference | null, column: number, row: number): Readout['place'] {
  const transform = georeference?.transform
  if (!transform) return null
  const [x, xColumn, xRow, y, yColumn, yRow] = transform
  const [right, down] = [column + 0.5, row + 0.5]
  return {
    x: x + xColumn * right + xRow * down,
    y: y + yColumn * right + yRow * down,
    crs: georeference.crs ?? 'unnamed CRS',
  }
}
