/** Where the light comes from, in degrees: azimuth clockwise from north, altitude above the horizon. */
export interface Sun {
  azimuth: number
  altitude: number
}

/** The cartographers' sun: from the upper left, so that valleys do not read as ridges. */
export const DEFAULT_SUN: Sun = { azimuth: 315, altitude: 45 }

/**
 * Shaded relief by Horn's gradient (Horn 1981, Proceedings of the IEEE 69): the cosine between the surface's normal and
 * the sun, 0..1 per pixel, rows from north to south. Edges and pixels without data repeat their neighbour; NaN where a
 * pixel itself has no elevation.
 *
 * @param dem [height, width] metres.
 * @param cellSize metres per pixel, 10 for Landslide4Sense.
 */
export function hillshade(
  dem: ArrayLike<number>,
  valid: Uint8Array | null,
  width: number,
  height: number,
  cellSize = 10,
  sun: Sun = DEFAULT_SUN,
): Float32Array {
  const azimuth = (sun.azimuth * Math.PI) / 180
  const altitude = (sun.altitude * Math.PI) / 180
  const sunEast = Math.sin(azimuth) * Math.cos(altitude)
  const sunNorth = Math.cos(azimuth) * Math.cos(altitude)
  const sunUp = Math.sin(altitude)
  const known = (pixel: number) => valid?.[pixel] !== 0 && Number.isFinite(dem[pixel]!)
  const shade = new Float32Array(width * height)
  for (let row = 0; row < height; row++) {
    const above = Math.max(0, row - 1) * width
    const here = row * width
    const below = Math.min(height - 1, row + 1) * width
    for (let column = 0; column < width; column++) {
      const pixel = here + column
      if (!known(pixel)) {
        shade[pixel] = Number.NaN
        continue
      }
      const centre = dem[pixel]!
      const at = (neighbour: number) => (known(neighbour) ? dem[neighbour]! : centre)
      const left = Math.max(0, column - 1)
      const right = Math.min(width - 1, column + 1)
      const northWest = at(above + left)
      const northEast = at(above + right)
      const southWest = at(below + left)
      const southEast = at(below + right)
      const west = northWest + 2 * at(here + left) + southWest
      const east = northEast + 2 * at(here + right) + southEast
      const north = northWest + 2 * at(above + column) + northEast
      const south = southWest + 2 * at(below + column) + southEast
      const riseEast = (east - west) / (8 * cellSize)
      const riseNorth = (north - south) / (8 * cellSize)
      const light = sunUp - riseEast * sunEast - riseNorth * sunNorth
      shade[pixel] = Math.max(0, light / Math.hypot(1, riseEast, riseNorth))
    }
  }
  return shade
}
