import { pointTransform, projectionOf } from './projection'
import type { SceneGrid } from './scene'

/** Points along each side of a scene by which its tiles are found: a tile is far larger. */
const STEPS = 16

/**
 * Names of the tiles of Copernicus GLO-30 that cover a scene, as they are distributed, from south to north and west to
 * east. Tiles of open sea do not exist.
 *
 * @throws AppError `file-unsupported` as `projectionOf`
 */
export async function glo30Tiles({ crs, transform, width, height }: SceneGrid): Promise<string[]> {
  const [scene, wgs84] = await Promise.all(
    [crs, 'EPSG:4326'].map(code => projectionOf({ crs: code, geoKeys: null }, 'The scene')),
  )
  const toDegrees = await pointTransform(scene!, wgs84!)
  const [x0, dx, , y0, , dy] = transform
  const corners = new Map<string, readonly [number, number]>()
  for (let i = 0; i <= STEPS; i++) {
    for (let j = 0; j <= STEPS; j++) {
      const [longitude, latitude] = toDegrees(x0 + (dx * width * i) / STEPS, y0 + (dy * height * j) / STEPS)
      if (Number.isNaN(longitude + latitude)) continue
      const corner = [Math.floor(latitude), Math.floor(longitude)] as const
      corners.set(corner.join(), corner)
    }
  }
  const name = (value: number, digits: number, [positive, negative]: string) =>
    `${value < 0 ? negative : positive}${String(Math.abs(value)).padStart(digits, '0')}_00`
  return [...corners.values()]
    .sort(([a, b], [c, d]) => a - c || b - d)
    .map(
      ([latitude, longitude]) =>
        `Copernicus_DSM_COG_10_${name(latitude, 2, 'NS')}_${name(longitude, 3, 'EW')}_DEM.tif`,
    )
}
