import type { AffineTransform, PixelWindow } from '../../core/raster/rasterSource'
import { type MapSpace, toWorld } from '../geo/placement'

/** Corners of a window of a raster on the map's plane, in the order that deck.gl takes: from the lower left, clockwise. */
export function tileBounds(
  { column, row, width, height }: PixelWindow,
  transform: AffineTransform,
  space: MapSpace,
): [number, number][] {
  const at = (x: number, y: number) => space.fromWorld(toWorld(transform, x, y))
  return [
    at(column, row + height),
    at(column, row),
    at(column + width, row),
    at(column + width, row + height),
  ]
}
