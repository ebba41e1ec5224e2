import { AppError } from '../foundation/appError'
import { tooMany } from './geoJson'
import type { Polygon } from './polygons'

const FILE_CODE = 9994
const HEADER_BYTES = 100
const RECORD_HEADER_BYTES = 8
/** Type, box, number of parts and of points. */
const SHAPE_HEADER_BYTES = 44
const NULL_SHAPE = 0
/** Plain, with heights, with measures: x and y are stored alike, what else there is comes behind them. */
const POLYGONS = new Set([5, 15, 25])
const MULTI_PATCH = 31

/**
 * Polygons of a Shapefile's main file (ESRI Shapefile Technical Description, July 1998): a record is one polygon of rings,
 * outside and holes by even and odd. Points and lines are passed over. Indexes and attributes in the files beside it are
 * not needed.
 *
 * @param bytes the whole .shp
 * @param most vertices
 * @throws AppError `file-malformed`, `file-unsupported` for surfaces in space, `file-too-large`
 */
export function parseShapefile(bytes: Uint8Array, path: string, most: number): Polygon[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const damaged = (what: string) =>
    new AppError('file-malformed', `"${path}" is cut off or damaged: ${what}. Copy or export it again.`)
  if (bytes.length < HEADER_BYTES || view.getInt32(0) !== FILE_CODE) {
    throw new AppError('file-malformed', `"${path}" is not a Shapefile. Export the polygons again.`)
  }
  const polygons: Polygon[] = []
  let vertices = 0
  let at = HEADER_BYTES
  // The length in the header may be wrong where a program died; records say their own.
  while (at < bytes.length) {
    if (at + RECORD_HEADER_BYTES + 4 > bytes.length) throw damaged('a record has no content')
    const contentBytes = 2 * view.getInt32(at + 4)
    const begin = at + RECORD_HEADER_BYTES
    const end = begin + contentBytes
    if (contentBytes < 4 || end > bytes.length) throw damaged('a record ends beyond the file')
    at = end
    const type = view.getInt32(begin, true)
    if (type === MULTI_PATCH) {
      throw new AppError(
        'file-unsupported',
        `"${path}" has surfaces in space. Make them polygons: ogr2ogr -dim XY -nlt POLYGON out.gpkg in.shp.`,
      )
    }
    if (type === NULL_SHAPE || !POLYGONS.has(type)) continue
    if (contentBytes < SHAPE_HEADER_BYTES) throw damaged('a polygon has no points')
    const parts = view.getInt32(begin + 36, true)
    const points = view.getInt32(begin + 40, true)
    const firstPoint = begin + SHAPE_HEADER_BYTES + 4 * parts
    if (parts < 0 || points < 0 || firstPoint + 16 * points > end)
      throw damaged('a polygon ends beyond its record')
    vertices += points
    if (vertices > most) throw tooMany(path, most)
    const starts = Array.from({ length: parts }, (_, part) =>
      view.getInt32(begin + SHAPE_HEADER_BYTES + 4 * part, true),
    )
    const rings = starts.map((start, part) => {
      const next = starts[part + 1] ?? points
      if (start < 0 || next < start || next > points) throw damaged('rings of a polygon overlap')
      const ring: number[] = []
      for (let point = start; point < next; point++) {
        const x = view.getFloat64(firstPoint + 16 * point, true)
        const y = view.getFloat64(firstPoint + 16 * point + 8, true)
        if (!Number.isFinite(x) || !Number.isFinite(y)) throw damaged('a position is not two numbers')
        ring.push(x, y)
      }
      return ring
    })
    polygons.push(rings)
  }
  return polygons
}

/** Geographic systems by their names without separators, in the spelling of ESRI and of EPSG. */
const GEOGRAPHIC: Record<string, number> = {
  gcswgs1984: 4326,
  wgs84: 4326,
  gcsetrs1989: 4258,
  etrs89: 4258,
  gcsnorthamerican1983: 4269,
  nad83: 4269,
  gcsjgd2011: 6668,
  jgd2011: 6668,
  gcschinageodeticcoordinatesystem2000: 4490,
  gcssirgas2000: 4674,
  sirgas2000: 4674,
  wgs1984webmercatorauxiliarysphere: 3857,
  wgs84pseudomercator: 3857,
}

/** EPSG codes of zone 0 of UTM systems north and south of the equator, and the zones that they have. */
const UTM: { name: RegExp; north: number; south: number | null; zones: [number, number] }[] = [
  { name: /^wgs(?:19)?84$/, north: 32600, south: 32700, zones: [1, 60] },
  { name: /^etrs(?:19)?89$/, north: 25800, south: null, zones: [28, 38] },
  { name: /^nad(?:19)?83$/, north: 26900, south: null, zones: [1, 23] },
]

/**
 * The EPSG code of a coordinate system described as well-known text (OGC 01-009, 18-010): as it says itself, else by the
 * common names of UTM zones and of geographic systems that programs without codes write.
 *
 * @returns "EPSG:32633"
 * @throws AppError `file-unsupported` for any other
 */
export function crsOfWkt(text: string, path: string): string {
  // The code of the whole stands last; those of its parts are followed by more.
  const code = /(?:AUTHORITY|ID)\s*\[\s*"EPSG"\s*,\s*"?(\d{1,6})"?\s*\]\s*\]\s*$/i.exec(text)?.[1]
  if (code) return `EPSG:${code}`
  const name = /^\s*(?:PROJCS|GEOGCS|PROJCRS|GEOGCRS|GEODCRS)\s*\[\s*"([^"]*)"/i.exec(text)?.[1] ?? ''
  const known = knownName(name)
  if (known !== null) return `EPSG:${known}`
  throw new AppError(
    'file-unsupported',
    name === ''
      ? `"${path}" does not describe a coordinate system. Convert the file: ogr2ogr -a_srs EPSG:<code> out.gpkg in.shp.`
      : `"${path}" names its coordinate system "${name.slice(0, 60)}" without a code. Convert the file: ogr2ogr -t_srs EPSG:4326 out.gpkg in.shp.`,
  )
}

function knownName(name: string): number | null {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '')
  const geographic = Object.hasOwn(GEOGRAPHIC, plain) ? GEOGRAPHIC[plain]! : null
  if (geographic !== null) return geographic
  const [, datum, digits, side] = /^(.+)utmzone(\d{1,2})([ns])$/.exec(plain) ?? []
  const system = datum === undefined ? undefined : UTM.find(one => one.name.test(datum))
  const zone = Number(digits)
  if (!system || zone < system.zones[0] || zone > system.zones[1]) return null
  const base = side === 'n' ? system.north : system.south
  return base === null ? null : base + zone
}
