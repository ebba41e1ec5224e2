import { globals } from 'geotiff'
import { AppError } from '../foundation/appError'
import type { Georeference } from '../raster/rasterSource'
import type { TiffField } from './tiffFields'

const TAG = {
  modelPixelScale: 33550,
  modelTiepoint: 33922,
  modelTransformation: 34264,
  geoKeyDirectory: 34735,
  geoDoubleParams: 34736,
  geoAsciiParams: 34737,
} as const

const KEY = { modelType: 1024, rasterType: 1025, geographicType: 2048, projectedType: 3072 } as const
const MODEL_PROJECTED = 1
const MODEL_GEOGRAPHIC = 2
const PIXEL_IS_AREA = 1

/** GeoTIFF keys whose values are doubles, even where the value happens to be whole (OGC 19-008r4, annex). */
function holdsDouble(key: number): boolean {
  const single = [2053, 2055, 2057, 2058, 2059, 2061, 2062, 3077]
  return single.includes(key) || (key >= 3078 && key <= 3096)
}

/** Whether an export can say where it lies: control points alone give a system but no place in it. */
export function hasPlace(georeference: Georeference | null): georeference is Georeference {
  if (!georeference) return false
  return georeference.crs !== null || (georeference.geoKeys !== null && georeference.transform !== null)
}

/**
 * A raster's georeference as TIFF fields (OGC GeoTIFF 1.1): scale and tie point where the grid is north-up, the
 * full matrix where it is rotated or sheared, and the source's own keys, so that a user-defined CRS arrives
 * unchanged. `transform` speaks of a pixel's outer corner, hence pixel-is-area whatever the source said.
 *
 * @returns no fields where there is neither a transform nor a CRS
 * @throws AppError `export-failed` for a CRS that no GeoTIFF key can hold
 */
export function geoFields(georeference: Georeference | null): TiffField[] {
  if (!georeference) return []
  const keys = hasPlace(georeference) ? keyFields(georeference) : []
  return [...transformFields(georeference), ...keys]
}

function transformFields({ transform }: Georeference): TiffField[] {
  if (!transform) return []
  const [x, dxColumn, dxRow, y, dyColumn, dyRow] = transform
  if (dxRow === 0 && dyColumn === 0 && dxColumn > 0 && dyRow < 0) {
    return [
      { tag: TAG.modelPixelScale, type: 'double', value: [dxColumn, -dyRow, 0] },
      { tag: TAG.modelTiepoint, type: 'double', value: [0, 0, 0, x, y, 0] },
    ]
  }
  return [
    {
      tag: TAG.modelTransformation,
      type: 'double',
      value: [dxColumn, dxRow, 0, x, dyColumn, dyRow, 0, y, 0, 0, 0, 0, 0, 0, 0, 1],
    },
  ]
}

function keyFields(georeference: Georeference): TiffField[] {
  const keys = numberedKeys(georeference)
  if (keys.size === 0) return []
  keys.set(KEY.rasterType, PIXEL_IS_AREA)
  const directory: number[] = []
  const doubles: number[] = []
  let text = ''
  const ascending = [...keys].sort(([a], [b]) => a - b)
  for (const [key, value] of ascending) {
    if (typeof value === 'string') {
      // GeoAsciiParams ends every string with a bar and is ASCII.
      const ascii = `${value.replace(/[^\x20-\x7e]/g, '?').replace(/\|+$/, '')}|`
      directory.push(key, TAG.geoAsciiParams, ascii.length, text.length)
      text += ascii
    } else if (Array.isArray(value) || holdsDouble(key)) {
      const list = Array.isArray(value) ? value : [value]
      directory.push(key, TAG.geoDoubleParams, list.length, doubles.length)
      doubles.push(...list)
    } else {
      directory.push(key, 0, 1, value)
    }
  }
  const fields: TiffField[] = [
    { tag: TAG.geoKeyDirectory, type: 'short', value: [1, 1, 0, ascending.length, ...directory] },
  ]
  if (doubles.length > 0) fields.push({ tag: TAG.geoDoubleParams, type: 'double', value: doubles })
  if (text) fields.push({ tag: TAG.geoAsciiParams, type: 'ascii', value: text })
  return fields
}

/** The source's keys by number (named as geotiff.js names them, or numbered); from the EPSG code where it has none. */
function numberedKeys({ crs, geoKeys }: Georeference): Map<number, number | string | number[]> {
  const byName: Record<string, number> = globals.geoKeys
  const keys = new Map<number, number | string | number[]>()
  for (const [name, value] of Object.entries(geoKeys ?? {})) {
    const key = Object.hasOwn(byName, name) ? byName[name]! : Number(name)
    if (Number.isInteger(key) && value !== null && value !== undefined) keys.set(key, value)
  }
  // A directory that only says "pixel is area" describes no CRS.
  const describesCrs = [...keys.keys()].some(key => key !== KEY.rasterType)
  if (describesCrs || crs === null) return describesCrs ? keys : new Map()
  const code = /^EPSG:(\d+)$/.exec(crs)?.[1]
  if (!code || Number(code) > 65535) {
    throw new AppError(
      'export-failed',
      `The coordinate system ${crs} has no GeoTIFF keys: assign an EPSG coordinate system to the source first.`,
    )
  }
  const geographic = isGeographic(Number(code))
  return new Map([
    [KEY.modelType, geographic ? MODEL_GEOGRAPHIC : MODEL_PROJECTED],
    [geographic ? KEY.geographicType : KEY.projectedType, Number(code)],
  ])
}

/** EPSG keeps its two-dimensional geographic systems in the 4000s, and the newer national ones listed here. */
function isGeographic(code: number): boolean {
  return (code >= 4001 && code <= 4999) || [5324, 6318, 6668, 7844, 8237, 8999, 9000].includes(code)
}
