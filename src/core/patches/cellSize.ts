import type { Georeference } from '../raster/rasterSource'

/** Ground sampling of Landslide4Sense, metres: taken where a raster says nothing of its own. */
export const DEFAULT_CELL_SIZE = 10

/** Metres of a degree of latitude, mean of WGS 84. */
const METRES_PER_DEGREE = 111_195

/**
 * Metres per pixel, the geometric mean of width and height. Degrees are told by their size: coordinates within 180 and
 * pixels under a tenth; any other unit is taken as metres.
 */
export function cellSize(georeference: Georeference | null): number {
  const transform = georeference?.transform
  if (!transform) return DEFAULT_CELL_SIZE
  const [x, xColumn, xRow, y, yColumn, yRow] = transform
  const side = Math.sqrt(Math.abs(xColumn * yRow - xRow * yColumn))
  if (!(side > 0) || !Number.isFinite(side)) return DEFAULT_CELL_SIZE
  const degrees = Math.abs(x) <= 360 && Math.abs(y) <= 90 && side < 0.1
  // An east-west degree shrinks with the cosine of the latitude; the mean of both sides takes its root.
  return degrees ? side * METRES_PER_DEGREE * Math.sqrt(Math.cos((y * Math.PI) / 180)) : side
}
