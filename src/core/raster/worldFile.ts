import type { AffineTransform, Georeference, InputFile, RasterSource } from './rasterSource'

/** World files are six short lines. */
const MAX_BYTES = 4096

/**
 * Reads the six lines of a world file: pixel width, row turn, column turn, pixel height, and the centre of the upper
 * left pixel (ESRI world file), as a corner transform.
 *
 * @returns null where the text is not six numbers.
 */
export function parseWorldFile(text: string): AffineTransform | null {
  const numbers = text.trim().split(/\s+/).slice(0, 6).map(Number)
  if (numbers.length < 6 || !numbers.every(Number.isFinite)) return null
  const [xColumn, yColumn, xRow, yRow, x, y] = numbers as [number, number, number, number, number, number]
  return [x - (xColumn + xRow) / 2, xColumn, xRow, y - (yColumn + yRow) / 2, yColumn, yRow]
}

/** Paths under which the world file of a raster may lie: "a.tfw", "a.tifw", "a.wld" for "a.tif". */
export function worldFilePaths(path: string): string[] {
  const base = path.replace(/\.[^./]*$/, '')
  const ending = path.slice(base.length + 1)
  const short = ending.length >= 2 ? `${ending[0]}${ending.at(-1)}w` : 'tfw'
  return [...new Set([`${base}.${short}`, `${base}.tfw`, `${path}w`, `${base}.wld`])]
}

/**
 * The raster's own georeference; where it has no transform, the one of its world file.
 *
 * @param companions files given beside the rasters, by path in lower case.
 */
export async function withWorldFile(
  raster: RasterSource,
  companions: ReadonlyMap<string, InputFile>,
): Promise<Georeference | null> {
  if (raster.georeference?.transform || raster.kind !== 'geotiff') return raster.georeference
  for (const path of worldFilePaths(raster.path)) {
    const file = companions.get(path.toLowerCase())
    if (!file || file.size > MAX_BYTES) continue
    const transform = parseWorldFile(new TextDecoder().decode(await file.slice(0, file.size)))
    if (transform) return { crs: null, geoKeys: null, ...raster.georeference, transform }
  }
  return raster.georeference
}
