import { BANDS, DEM_BAND, SLOPE_BAND } from '../core/patches/bands'
import { BACKGROUND, IGNORE, LANDSLIDE } from '../core/patches/patch'
import { probabilityKey } from '../state/pixelCache'
import type { Studio } from '../state/studio'
import type { PatchRecord } from '../storage/projectStore'

const MASK_NAMES: Readonly<Record<number, string>> = {
  [BACKGROUND]: 'background',
  [LANDSLIDE]: 'landslide',
  [IGNORE]: 'ignored',
}

export interface Readout {
  column: number
  row: number
  /** Red, green, blue and near infrared as reflectance, 0..1. */
  reflectance: { name: string; value: number }[]
  /** Metres and degrees. */
  elevation: number
  slope: number
  probability: number | null
  mask: string | null
}

/** Reflectance as stored in raw units: x 10000. */
const REFLECTANCE_SCALE = 10_000
const SHOWN_BANDS = ['B4', 'B3', 'B2', 'B8', 'B12']

/** What lies under the cursor, from the cache; null outside the raster or where nothing is loaded. */
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
  const { probabilityModel } = studio.store.getState()
  const mask = studio.pixels.masks.get(patch.id)?.[index]
  return {
    column,
    row,
    reflectance: SHOWN_BANDS.map(name => ({
      name,
      value: at(BANDS.findIndex(band => band.name === name)) / REFLECTANCE_SCALE,
    })),
    elevation: at(DEM_BAND),
    slope: at(SLOPE_BAND),
    probability: studio.pixels.probabilities.get(probabilityKey(patch.id, probabilityModel))?.[index] ?? null,
    mask: mask === undefined ? null : (MASK_NAMES[mask] ?? null),
  }
}
