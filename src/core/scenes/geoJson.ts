import { AppError, withReason } from '../foundation/appError'
import { type FoundPolygons, MOST_VERTICES, type Polygon } from './polygons'

/** Collections within collections. */
const MOST_DEPTH = 32

/** Lists and objects beside those of vertices. */
const MOST_OTHERS = 10_000

/**
 * Polygons of a GeoJSON text (RFC 7946): of geometries, features and collections of both; points and lines are passed
 * over. Longitude and latitude on WGS 84, unless the file has the `crs` member of the older draft. No coordinate system
 * where that is null or an engineering system, as pixels have it.
 *
 * @param most vertices
 * @throws AppError `file-malformed`, `file-unsupported` for a `crs` that names no EPSG code, `file-too-large`
 */
export function parseGeoJson(text: string, path: string, most = MOST_VERTICES): FoundPolygons {
  // Before anything is made of them: small text becomes large objects.
  let opened = 0
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if ((character === '[' || character === '{') && ++opened > 2 * most + MOST_OTHERS)
      throw tooMany(path, most)
  }
  let root: unknown
  try {
    root = JSON.parse(text)
  } catch (thrown) {
    throw malformed(path, withReason('is not GeoJSON', thrown).replace(/\.$/, ''), thrown)
  }
  const polygons: Polygon[] = []
  let vertices = 0

  const position = (value: unknown, ring: number[]) => {
    const [x, y] = Array.isArray(value) ? value : []
    if (typeof x !== 'number' || typeof y !== 'number' || !Number.isFinite(x) || !Number.isFinite(y)) {
      throw malformed(path, 'has a position that is not two numbers')
    }
    if (++vertices > most) throw tooMany(path, most)
    ring.push(x, y)
  }
  const polygon = (value: unknown) => {
    if (!Array.isArray(value)) throw malformed(path, 'has a polygon without rings')
    const rings = value.map(points => {
      const ring: number[] = []
      if (!Array.isArray(points))
        throw malformed(path, 'has a polygon with a ring that is no list of positions')
      for (const point of points) position(point, ring)
      return ring
    })
    polygons.push(rings)
  }
  const visit = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null) return
    if (depth > MOST_DEPTH) throw malformed(path, 'has collections within collections without end')
    const { type, geometry, geometries, features, coordinates } = value as Record<string, unknown>
    if (type === 'Polygon') polygon(coordinates)
    else if (type === 'MultiPolygon') {
      if (!Array.isArray(coordinates)) throw malformed(path, 'has a MultiPolygon without polygons')
      for (const part of coordinates) polygon(part)
    } else if (type === 'Feature') visit(geometry, depth + 1)
    else if (type === 'FeatureCollection' || type === 'GeometryCollection') {
      const parts = type === 'FeatureCollection' ? features : geometries
      if (!Array.isArray(parts)) throw malformed(path, `has a ${type} without its list`)
      for (const part of parts) visit(part, depth + 1)
    }
  }
  const type = (root as { type?: unknown } | null)?.type
  if (typeof type !== 'string') throw malformed(path, 'is JSON, but not GeoJSON: it has no "type"')
  visit(root, 0)
  return { polygons, crs: crsOf((root as { crs?: unknown }).crs, path) }
}

function crsOf(member: unknown, path: string): string | null {
  if (member === undefined) return 'EPSG:4326'
  if (member === null) return null
  const name = (member as { properties?: { name?: unknown } }).properties?.name
  if (typeof name === 'string') {
    if (/CRS84$/i.test(name)) return 'EPSG:4326'
    const code = /^(?:urn:(?:x-)?ogc:def:crs:)?EPSG:(?:[\d.]*:)?(\d{1,6})$/i.exec(name)?.[1]
    if (code) return `EPSG:${code}`
    if (/^(ENGCRS|LOCAL_CS)\[/.test(name)) return null
  }
  const what = typeof name === 'string' ? `"${name.slice(0, 60)}"` : 'a description without a name'
  throw new AppError(
    'file-unsupported',
    `"${path}" gives its coordinate system as ${what}. Write it in WGS 84: ogr2ogr -t_srs EPSG:4326 out.geojson in.geojson.`,
  )
}

function malformed(path: string, what: string, cause?: unknown): AppError {
  return new AppError('file-malformed', `"${path}" ${what}. Export the area again as GeoJSON.`, { cause })
}

export function tooMany(path: string, most = MOST_VERTICES): AppError {
  return new AppError(
    'file-too-large',
    `"${path}" has more than ${most.toLocaleString('en')} vertices. Simplify it: ogr2ogr -simplify 5 out in.`,
  )
}
