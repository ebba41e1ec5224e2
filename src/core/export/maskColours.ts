import { BACKGROUND, IGNORE, LANDSLIDE } from '../patches/patch'
import type { Colour } from './tiff/writeCog'

/**
 * Colour table of an exported mask. Landslide is the vermilion of Okabe and Ito (2008), which readers with any
 * colour vision tell from the grounds it lies on. A TIFF palette knows no transparency: background is white, so that
 * it vanishes under "multiply", and GDAL makes the no-data entry transparent by itself.
 */
export const MASK_COLOURS: ReadonlyMap<number, Colour> = new Map<number, Colour>([
  [BACKGROUND, [255, 255, 255]],
  [LANDSLIDE, [213, 94, 0]],
  [IGNORE, [0, 0, 0]],
])
