import type { Georeference } from '../raster/rasterSource'

/** Which side of the adaptation a patch is on: `source` has labels, `target` is the new event. */
export type Domain = 'source' | 'target'

/** Label raster values (the truth; polygons are only a way to draw into it or out of it). */
export const BACKGROUND = 0
export const LANDSLIDE = 1
export const IGNORE = 255

/** How many pixels of a label or mask have a value. */
export function countValue(raster: Uint8Array, value: number): number {
  return raster.reduce((count, pixel) => count + (pixel === value ? 1 : 0), 0)
}

/** How file values become raw units (see `BANDS`): detected or chosen, shown, and never assumed in silence. */
export const VALUE_SCALES = ['l4s', 'raw', 'reflectance', 'x1000'] as const

export type ValueScale = (typeof VALUE_SCALES)[number]

/** What a person reads for each scale. */
export const SCALE_TITLES: Record<ValueScale, string> = {
  l4s: 'Landslide4Sense stored values',
  raw: 'raw values (reflectance x 10000)',
  reflectance: 'reflectance 0..1',
  x1000: 'reflectance x 1000',
}

/** A raster on the 14-band contract, whole in memory; any size, competition patches are 128 x 128. */
export interface Patch {
  id: string
  /** Base name without folder, prefix or ending: "image_37" -> "image_37". */
  name: string
  domain: Domain
  width: number
  height: number
  /** [14, height, width] float32, band-sequential, raw units of `BANDS`. */
  data: Float32Array
  /** [height, width], 1 where every band holds a value, 0 where any is nodata or not finite; null: all valid. */
  valid: Uint8Array | null
  /** [height, width] of 0, 1, 255; null where the patch has no label. */
  label: Uint8Array | null
  scale: ValueScale
  georeference: Georeference | null
}

/** The pixels of a patch without its names: what statistics, normalisation and rendering need. */
export type PatchPixels = Pick<Patch, 'data' | 'valid' | 'width' | 'height'>
