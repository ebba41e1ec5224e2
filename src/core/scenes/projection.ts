import { AppError, withReason } from '../foundation/appError'
import type { Georeference } from '../raster/rasterSource'
import { shiftedDatum } from './datums'

/** A coordinate system that points can be moved to and from. */
export interface Projection {
  /** "EPSG:32633", or "its own coordinate system" where a file describes one without a code. */
  name: string
  /** As proj4 takes it. Two systems with one definition are the same. */
  definition: string
  /** Whether coordinates are longitude and latitude. */
  isGeographic: boolean
  /** Metres on the ground in one unit of its coordinates at northing `y`: 1, a foot, less in Web Mercator. */
  metresPerUnit(y: number): number
  /** Degrees in one unit, where a geographic system counts in grads; else 1. */
  degreesPerUnit: number
}

/** x and y in another coordinate system, easting or longitude first always; NaN where it has none for that point. */
export type PointTransform = (x: number, y: number) => readonly [number, number]

/** Of WGS 84, metres. */
const EQUATOR = 6378137
const SPHERICAL = new Set(['EPSG:3857', 'EPSG:900913', 'EPSG:102100'])
/** Ellipsoids of systems that differ from WGS 84 by some metres at most where they are used. */
const MODERN_AXIS = /\+a=6378137(\.0*)?\s/
const NO_SHIFT = '+towgs84=0,0,0,0,0,0,0'

/**
 * The coordinate system of a raster, or of a code ("EPSG:27700").
 *
 * Datums are shifted by seven parameters, without grids: right to 1 to 5 m, as GDAL does where it has no grid.
 *
 * @param what is placed by it, for messages: `"dem.tif"`
 * @param wanted the coordinate system to which a person should warp it, where it is not known
 * @throws AppError `file-unsupported` where it has none, or one that is not known or cannot be placed beside WGS 84
 */
export async function projectionOf(
  georeference: Pick<Georeference, 'crs' | 'geoKeys'> | null,
  what: string,
  wanted = 'EPSG:32633',
): Promise<Projection> {
  const { crs = null, geoKeys = null } = georeference ?? {}
  const refuse = (why: string) =>
    new AppError(
      'file-unsupported',
      `${what} ${why}. Warp it to the coordinate system of the scene: gdalwarp -t_srs ${wanted} -r cubic in.tif out.tif.`,
    )
  if (!crs && !geoKeys) {
    throw new AppError(
      'file-unsupported',
      `${what} does not name its coordinate system. Where you know it, add it: gdal_edit.py -a_srs EPSG:<code> <file>.`,
    )
  }
  const common = crs ? commonDefinition(crs) : null
  if (crs && common) return projection(crs, common, 1)
  const code = crs ? Number(/^EPSG:(\d{1,6})$/.exec(crs)?.[1] ?? Number.NaN) : null
  if (code !== null && !(code >= 0)) throw refuse(`is in "${crs!.slice(0, 40)}", which is not an EPSG code`)
  const { toProj4 } = await import('geotiff-geokeys-to-proj4')
  const name = crs ?? 'its own coordinate system'
  const keys = code === null ? horizontalKeys(geoKeys!) : { ProjectedCSTypeGeoKey: code }
  let found: ReturnType<typeof toProj4>
  try {
    found = toProj4(keys as unknown as Parameters<typeof toProj4>[0])
  } catch (thrown) {
    throw refuse(withReason('has a coordinate system that cannot be understood', thrown).replace(/\.$/, ''))
  }
  const problems = Object.keys(found.errors)
  if ('CRSNotSupported' in found.errors) throw refuse(`is in ${name}, which is not known here`)
  if (code === null && problems.some(problem => problem !== 'bothGCSAndPCSAreSet')) {
    throw refuse(`has a coordinate system of its own that is not understood (${problems.join(', ')})`)
  }
  const plain = found.proj4.replace(/\+axis=\S*\s/, '').trim()
  const datum = code === null ? datumOfKeys(geoKeys!) : shiftedDatum(code)
  const definition = withDatum(plain, datum)
  if (!definition) throw refuse(`is in ${name}, whose datum cannot be placed beside that of the scene`)
  const { x, y } = found.coordinatesConversionParameters as { x: number; y: number }
  if (x !== y) throw refuse(`is in ${name}, whose axes count in different units`)
  return projection(name, definition, found.isGCS ? x : 1)
}

/** The systems that nearly all scenes and elevation models are in, without the 1.5 MB of all others. */
function commonDefinition(crs: string): string | null {
  if (crs === 'EPSG:4326') return '+proj=longlat +datum=WGS84 +no_defs'
  if (SPHERICAL.has(crs)) return '+proj=merc +lon_0=0 +x_0=0 +y_0=0 +a=6378137 +b=6378137 +no_defs'
  const utm = /^EPSG:(326|327)(0[1-9]|[1-5]\d|60)$/.exec(crs)
  if (utm) {
    const south = utm[1] === '327' ? ' +south' : ''
    return `+proj=utm +zone=${Number(utm[2])}${south} +datum=WGS84 +units=m +no_defs`
  }
  const etrs = /^EPSG:258(2[89]|3[0-8])$/.exec(crs)
  return etrs ? `+proj=utm +zone=${Number(etrs[1])} +ellps=GRS80 ${NO_SHIFT} +units=m +no_defs` : null
}

function projection(name: string, definition: string, degreesPerUnit: number): Projection {
  const isGeographic = /\+proj=(longlat|latlong)\b/.test(definition)
  const unit = Number(/\+to_meter=(\S+)/.exec(definition)?.[1] ?? 1)
  const isSpherical = SPHERICAL.has(name)
  return {
    name,
    definition,
    isGeographic,
    degreesPerUnit,
    metresPerUnit: y => (isSpherical ? 1 / Math.cosh(y / EQUATOR) : unit),
  }
}

/** Vertical keys say nothing of where a pixel lies, and the library stumbles over those that it does not know. */
function horizontalKeys(geoKeys: NonNullable<Georeference['geoKeys']>): Record<string, unknown> {
  const keys = Object.entries(geoKeys).filter(([name]) => !name.startsWith('Vertical'))
  const plain = Object.fromEntries(keys) as Record<string, unknown>
  // A projected system may name the geographic one beneath it, which the library would take for the whole.
  if (geoKeys.GTModelTypeGeoKey === MODEL_PROJECTED) {
    for (const name of ['GeographicTypeGeoKey', 'GeodeticCRSGeoKey']) {
      if (geoKeys.ProjCoordTransGeoKey === undefined && geoKeys.ProjectionGeoKey === undefined)
        delete plain[name]
    }
  }
  return plain
}

const MODEL_PROJECTED = 1

/** "No parameters needed" and "none known" look alike in keys, so the shift that a file gives itself goes first. */
function datumOfKeys(geoKeys: NonNullable<Georeference['geoKeys']>): number | undefined {
  if (Array.isArray(geoKeys.GeogTOWGS84GeoKey)) return undefined
  const { GeographicTypeGeoKey: geographic, GeogGeodeticDatumGeoKey: datum } = geoKeys
  const codes = [geographic, typeof datum === 'number' ? datum - 2000 : undefined]
  for (const code of codes) {
    const known = typeof code === 'number' ? shiftedDatum(code) : undefined
    if (known !== undefined) return known
  }
  return undefined
}

/** Null where the ellipsoid is one of an older datum and its place is not known. */
function withDatum(definition: string, datum: number | undefined): string | null {
  if (definition.includes('+towgs84=')) return definition
  const [, a, b] = /\+a=(\S+) \+b=(\S+)/.exec(definition) ?? []
  if (datum !== undefined) return `${definition} +datum=EPSG_${datum}`
  // A sphere has no place beside an ellipsoid: its latitudes are taken as they are, as in Web Mercator.
  if (a !== undefined && a === b) return definition
  if (MODERN_AXIS.test(`${definition} `) || /\+ellps=(WGS84|GRS80)\b/.test(definition)) {
    return `${definition} ${NO_SHIFT}`
  }
  return null
}

/** Moves points from one coordinate system to another. */
export async function pointTransform(from: Projection, to: Projection): Promise<PointTransform> {
  if (from.definition === to.definition) return (x, y) => [x, y]
  const { default: proj4 } = await import('proj4')
  const converter = proj4(from.definition, to.definition)
  const [inward, outward] = [from.degreesPerUnit, to.degreesPerUnit]
  const none = [Number.NaN, Number.NaN] as const
  return (x, y) => {
    if (!Number.isFinite(x) || !Number.isFinite(y)) return none
    // Beyond the poles some projections of proj4 throw and others give nonsense.
    if (from.isGeographic && Math.abs(y * inward) > 90) return none
    const [toX, toY] = converter.forward([x * inward, y * inward]) as [number, number]
    return Number.isFinite(toX) && Number.isFinite(toY) ? [toX / outward, toY / outward] : none
  }
}
