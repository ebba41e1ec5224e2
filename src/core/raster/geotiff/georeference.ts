import type { FileNote } from '../fileNote'
import type { AffineTransform, Georeference } from '../rasterSource'

/** Model tags of a GeoTIFF as stored. */
export interface ModelTags {
  pixelScale: ArrayLike<number> | null
  tiepoints: ArrayLike<number> | null
  transformation: ArrayLike<number> | null
  geoKeys: Record<string, unknown> | null
}

const MODEL_PROJECTED = 1
const MODEL_GEOGRAPHIC = 2
const PIXEL_IS_POINT = 2
const USER_DEFINED = 32767

/**
 * Georeference by GDAL's conventions: the transform is of pixel corners (a pixel-is-point file is moved by half a
 * pixel), a negative vertical scale is taken as north-up, and ground control points alone give no transform.
 * OGC GeoTIFF 1.1 (19-008r4), section 7 and annex B; GDAL's GTiff driver.
 *
 * @param notes receives what a person should know.
 */
export function readGeoreference(tags: ModelTags, notes: FileNote[]): Georeference | null {
  const geoKeys = plainKeys(tags.geoKeys)
  const named = geoKeys ? readCrs(geoKeys, notes) : null
  const transform = readTransform(tags, geoKeys?.GTRasterTypeGeoKey === PIXEL_IS_POINT, notes)
  // The coordinate system of control points is theirs, not the raster's.
  const crs = transform || !tags.tiepoints ? named : null
  return transform || crs || geoKeys ? { crs, transform, geoKeys } : null
}

function readTransform(tags: ModelTags, pixelIsPoint: boolean, notes: FileNote[]): AffineTransform | null {
  const { pixelScale, tiepoints, transformation } = tags
  let corner: AffineTransform | null = null
  if (pixelScale && pixelScale.length >= 2 && pixelScale[0] !== 0 && pixelScale[1] !== 0) {
    if (!tiepoints || tiepoints.length < 6) {
      notes.push({
        reason: 'position',
        message: 'The file gives a pixel size but no position: it has no usable georeference.',
      })
      return null
    }
    const width = pixelScale[0]!
    const height = -Math.abs(pixelScale[1]!)
    if (pixelScale[1]! < 0)
      notes.push({
        reason: 'position',
        message: 'The vertical pixel size is negative; the image is taken as north-up.',
      })
    const [column, row] = [tiepoints[0]!, tiepoints[1]!]
    corner = [tiepoints[3]! - column * width, width, 0, tiepoints[4]! - row * height, 0, height]
  } else if (transformation && transformation.length >= 8) {
    const m = transformation
    corner = [m[3]!, m[0]!, m[1]!, m[7]!, m[4]!, m[5]!]
  } else if (tiepoints && tiepoints.length >= 6) {
    notes.push({
      reason: 'position',
      message:
        'The file has ground control points only and no transform; rectify it (gdalwarp) to place it on a map.',
    })
    return null
  }
  if (!corner) return null
  if (!corner.every(Number.isFinite)) {
    notes.push({ reason: 'position', message: 'The transform is not finite and was left out.' })
    return null
  }
  if (!pixelIsPoint) return corner
  const [x, xColumn, xRow, y, yColumn, yRow] = corner
  return [x - (xColumn + xRow) / 2, xColumn, xRow, y - (yColumn + yRow) / 2, yColumn, yRow]
}

function readCrs(geoKeys: Record<string, number | string | number[]>, notes: FileNote[]): string | null {
  const model = geoKeys.GTModelTypeGeoKey
  const projected = geoKeys.ProjectedCSTypeGeoKey
  const geographic = geoKeys.GeographicTypeGeoKey
  const code =
    model === MODEL_GEOGRAPHIC
      ? geographic
      : model === MODEL_PROJECTED
        ? projected
        : (projected ?? geographic)
  if (typeof code !== 'number') {
    if (model !== undefined)
      notes.push({
        reason: 'no-epsg',
        message: 'The coordinate system is described without an EPSG code; its keys are kept.',
      })
    return null
  }
  if (code === USER_DEFINED) {
    notes.push({
      reason: 'no-epsg',
      message:
        'The coordinate system is user-defined; it has no EPSG code and its keys are kept as they are.',
    })
    return null
  }
  if (code < 1024 || code > USER_DEFINED) {
    notes.push({
      reason: 'no-epsg',
      message: `The coordinate system's code ${code} is not an EPSG code; its keys are kept as they are.`,
    })
    return null
  }
  return `EPSG:${code}`
}

/** Geo keys as plain values, without those that geotiff.js has no name for. */
function plainKeys(keys: Record<string, unknown> | null): Record<string, number | string | number[]> | null {
  if (!keys) return null
  const plain: Record<string, number | string | number[]> = {}
  for (const [name, value] of Object.entries(keys)) {
    if (name === 'undefined') continue
    if (typeof value === 'number') plain[name] = value
    else if (typeof value === 'string') plain[name] = value.replace(/[|\0]+$/, '')
    else if (ArrayBuffer.isView(value) || Array.isArray(value)) {
      plain[name] = Array.from(value as unknown as ArrayLike<number>)
    }
  }
  return Object.keys(plain).length > 0 ? plain : null
}
