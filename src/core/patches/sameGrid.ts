import { AppError } from '../foundation/appError'
import type { Georeference, RasterSource } from '../raster/rasterSource'

/** Whether both say where they lie, and differ by more than a thousandth of a pixel or in the coordinate system. */
export function liesApart(one: Georeference | null, other: Georeference | null): boolean {
  if (one?.crs && other?.crs && one.crs !== other.crs) return true
  const [a, b] = [one?.transform, other?.transform]
  if (!a || !b) return false
  const pixel = Math.max(Math.abs(a[1]), Math.abs(a[5]), Number.MIN_VALUE)
  return a.some((value, index) => Math.abs(value - b[index]!) >= pixel * 1e-3)
}

interface PlacedPatch {
  name: string
  width: number
  height: number
  georeference: Georeference | null
}

/**
 * Refuses a raster that cannot take the place of a patch's file, whose masks are of its grid. A patch without a place may
 * get one.
 *
 * @throws AppError `shape-mismatch`
 */
export function refuseOtherGrid(
  patch: PlacedPatch,
  raster: Pick<RasterSource, 'path' | 'width' | 'height' | 'georeference'>,
): void {
  const refuse = (how: string) =>
    new AppError(
      'shape-mismatch',
      `"${raster.path}" ${how}. Give a file on the same grid, or add it as a patch.`,
    )
  if (raster.width !== patch.width || raster.height !== patch.height) {
    throw refuse(
      `has ${raster.width} x ${raster.height} pixels, ${patch.name} has ${patch.width} x ${patch.height}`,
    )
  }
  const [is, was] = [raster.georeference, patch.georeference]
  if (was?.crs && !is?.crs) throw refuse(`names no coordinate system, ${patch.name} lies in ${was.crs}`)
  if (was?.transform && !is?.transform) throw refuse(`does not say where it lies, as ${patch.name} does`)
  if (was?.crs && is?.crs && was.crs !== is.crs)
    throw refuse(`lies in ${is.crs}, ${patch.name} in ${was.crs}`)
  if (liesApart(is, was)) {
    const place = (at: Georeference | null) => {
      const [x = 0, width = 0, , y = 0] = at?.transform ?? []
      return `${x}, ${y} with pixels of ${Math.abs(width)}`
    }
    throw refuse(`begins at ${place(is)}, ${patch.name} at ${place(was)}`)
  }
}
