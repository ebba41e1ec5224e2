import type { Georeference } from './rasterSource'

/** Ground size of a pixel in metres, along a row and along a column. */
export interface PixelSize {
  width: number
  height: number
}

/** A size, or why lengths and areas have to be given in pixels. */
export type KnownPixelSize = { size: PixelSize } | { size: null; reason: string }

const GEOGRAPHIC = 2
/** GeoTIFF linear units in metres (EPSG 9001 to 9003). */
const LINEAR_UNITS: Readonly<Record<number, number>> = { 9001: 1, 9002: 0.3048, 9003: 1200 / 3937 }
const WEB_MERCATOR = new Set(['EPSG:3857', 'EPSG:900913', 'EPSG:102100'])
/** WGS 84, metres. */
const EQUATOR = 6378137
/** UTM on WGS 84 and ETRS89, whose unit is the metre whatever the file says of it. */
const METRIC = /^EPSG:(32[67]\d\d|258\d\d|3035)$/

/**
 * How large a pixel is on the ground, from the file's own georeference and from nothing else: a size is never guessed.
 *
 * Degrees become metres at the middle of the raster by the ellipsoid's series (WGS 84; Snyder 1987, p. 25), Web Mercator
 * is divided by its scale there. Rotation is taken into account, shear is not.
 *
 * @param columns width of the raster in pixels; with `rows`, it says where its middle lies
 */
export function pixelSizeOf(
  georeference: Georeference | null,
  columns: number,
  rows: number,
): KnownPixelSize {
  const transform = georeference?.transform
  if (!georeference || !transform) return unknown('The file has no georeference')
  const [x, xColumn, xRow, y, yColumn, yRow] = transform
  const along = Math.hypot(xColumn, yColumn)
  const down = Math.hypot(xRow, yRow)
  if (!(along > 0) || !(down > 0)) return unknown('The transform of the file gives pixels no size')
  const { crs, geoKeys } = georeference
  const middle = y + (yColumn * columns + yRow * rows) / 2
  if (crs && WEB_MERCATOR.has(crs)) {
    const scale = Math.cosh(middle / EQUATOR)
    return { size: { width: along / scale, height: down / scale } }
  }
  if (geoKeys?.GTModelTypeGeoKey === GEOGRAPHIC || crs === 'EPSG:4326') {
    const centre = x + (xColumn * columns + xRow * rows) / 2
    if (Math.abs(middle) > 90 || Math.abs(centre) > 360) {
      return unknown('The file says degrees, and its transform is not in degrees')
    }
    const metres = metresPerDegree(middle)
    const length = (dx: number, dy: number) => Math.hypot(dx * metres.longitude, dy * metres.latitude)
    return { size: { width: length(xColumn, yColumn), height: length(xRow, yRow) } }
  }
  const unit = geoKeys?.ProjLinearUnitsGeoKey
  const metres = typeof unit === 'number' ? LINEAR_UNITS[unit] : crs && METRIC.test(crs) ? 1 : undefined
  if (metres === undefined) return unknown('The file does not say in which unit its coordinates are')
  return { size: { width: along * metres, height: down * metres } }
}

function unknown(why: string): KnownPixelSize {
  return { size: null, reason: `${why}: the size of a pixel is not known, so sizes are in pixels.` }
}

function metresPerDegree(latitude: number): { latitude: number; longitude: number } {
  const phi = (latitude * Math.PI) / 180
  return {
    latitude: 111132.92 - 559.82 * Math.cos(2 * phi) + 1.175 * Math.cos(4 * phi) - 0.0023 * Math.cos(6 * phi),
    longitude: 111412.84 * Math.cos(phi) - 93.5 * Math.cos(3 * phi) + 0.118 * Math.cos(5 * phi),
  }
}
