const AZIMUTH = (315 * Math.PI) / 180
const ALTITUDE = (45 * Math.PI) / 180
/** Sun direction: east, north, up. */
const SUN = [
  Math.sin(AZIMUTH) * Math.cos(ALTITUDE),
  Math.cos(AZIMUTH) * Math.cos(ALTITUDE),
  Math.sin(ALTITUDE),
] as const

/**
 * Shaded relief by Horn's gradient (Horn 1981, Proceedings of the IEEE 69) with the sun in the north-west, 45 degrees
 * high: 0..1 per pixel, rows from north to south. Edges and pixels without data repeat their neighbour.
 *
 * @param dem [height, width] metres; cellSize in metres, 10 for Landslide4Sense.
 */
export function hillshade(
  dem: ArrayLike<number>,
  valid: Uint8Array | null,
  width: number,
  height: number,
  cellSize = 10,
): Float32Array {
  const shade = new Float32Array(width * height)
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const pixel = row * width + column
      const centre = dem[pixel]!
      const at = (dx: number, dy: number) => {
        const x = Math.min(width - 1, Math.max(0, column + dx))
        const y = Math.min(height - 1, Math.max(0, row + dy))
        const neighbour = y * width + x
        return valid?.[neighbour] === 0 ? centre : dem[neighbour]!
      }
      const west = at(-1, -1) + 2 * at(-1, 0) + at(-1, 1)
      const east = at(1, -1) + 2 * at(1, 0) + at(1, 1)
      const north = at(-1, -1) + 2 * at(0, -1) + at(1, -1)
      const south = at(-1, 1) + 2 * at(0, 1) + at(1, 1)
      const riseEast = (east - west) / (8 * cellSize)
      const riseNorth = (north - south) / (8 * cellSize)
      const light = SUN[2] - riseEast * SUN[0] - riseNorth * SUN[1]
      shade[pixel] = Math.max(0, light / Math.hypot(1, riseEast, riseNorth))
    }
  }
  return shade
}
