import { AppError, throwIfAborted, withReason } from '../foundation/appError'
import { tooMany } from './geoJson'
import { MOST_VERTICES, type Polygon, type PolygonLayer } from './polygons'

interface Layer {
  table: string
  column: string
  system: number
  polygons: Polygon[]
}

/**
 * The layers of a GeoPackage (OGC 12-128) that have polygons. SQLite is loaded when it is needed.
 *
 * @param bytes the whole file
 * @param options.most vertices of all layers together
 * @throws AppError `file-malformed`, `file-unsupported` for curves, `file-too-large`, `aborted`
 */
export async function readGeoPackage(
  bytes: Uint8Array,
  path: string,
  { most = MOST_VERTICES, signal }: { most?: number; signal?: AbortSignal } = {},
): Promise<PolygonLayer[]> {
  const { default: init } = await import('sql.js/dist/sql-wasm-inline.js')
  const { Database } = await init()
  let database: InstanceType<typeof Database> | null = null
  try {
    database = new Database(bytes)
    // A file may bring views and functions of its own; nothing of them is run.
    database.run('PRAGMA trusted_schema = OFF')
    return readLayers(database, path, most, signal)
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown
    const sentence = `"${path}" is damaged or not a GeoPackage. Export the area again.`
    throw new AppError('file-malformed', withReason(sentence, thrown), { cause: thrown })
  } finally {
    database?.close()
  }
}

type Value = number | string | Uint8Array | null

interface Sql {
  prepare(sql: string): {
    bind(values: readonly Value[]): boolean
    step(): boolean
    get(): Value[]
    free(): boolean
  }
}

function* rows(sql: Sql, query: string, values: readonly Value[] = []): Generator<Value[]> {
  const statement = sql.prepare(query)
  try {
    statement.bind(values)
    while (statement.step()) yield statement.get()
  } finally {
    statement.free()
  }
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

/** Layers that are looked at. */
const MOST_LAYERS = 1000

function readLayers(sql: Sql, path: string, most: number, signal?: AbortSignal): PolygonLayer[] {
  // Views could compute without end.
  const tables = new Set<Value>()
  for (const [name] of rows(
    sql,
    "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' LIMIT 10000",
  ))
    tables.add(name!)
  for (const table of ['gpkg_geometry_columns', 'gpkg_spatial_ref_sys']) {
    if (!tables.has(table)) throw new AppError('file-malformed', `"${path}" is SQLite, but not a GeoPackage.`)
  }
  const layers: Layer[] = []
  let vertices = 0
  const counted = (more: number) => {
    vertices += more
    if (vertices > most) throw tooMany(path, most)
  }
  const declared = [
    ...rows(sql, `SELECT table_name, column_name, srs_id FROM gpkg_geometry_columns LIMIT ${MOST_LAYERS}`),
  ]
  for (const [table, column, system] of declared) {
    if (typeof table !== 'string' || typeof column !== 'string' || !tables.has(table)) continue
    const layer: Layer = { table, column, system: Number(system), polygons: [] }
    for (const [blob] of rows(sql, `SELECT ${quoted(column)} FROM ${quoted(table)}`)) {
      throwIfAborted(signal)
      if (blob instanceof Uint8Array) readGeometry(blob, layer.polygons, counted, path)
    }
    if (layer.polygons.length > 0) layers.push(layer)
  }
  return layers.map(({ table, polygons, system }) => ({ name: table, polygons, crs: crsOf(sql, system) }))
}

/** null where it has no EPSG code. */
function crsOf(sql: Sql, system: number): string | null {
  const [found] = rows(
    sql,
    'SELECT organization, organization_coordsys_id FROM gpkg_spatial_ref_sys WHERE srs_id = ? LIMIT 1',
    [system],
  )
  const [organization, code] = found ?? []
  const isEpsg = typeof organization === 'string' && organization.toUpperCase() === 'EPSG' && Number(code) > 0
  return isEpsg ? `EPSG:${Number(code)}` : null
}

const ENVELOPE_BYTES = [0, 32, 48, 48, 64]

/** Reads a geometry blob: GeoPackage's header, then well-known binary (ISO or with the flags of PostGIS). */
function readGeometry(
  blob: Uint8Array,
  polygons: Polygon[],
  counted: (vertices: number) => void,
  path: string,
): void {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength)
  const damaged = () =>
    new AppError('file-malformed', `"${path}" has a damaged geometry. Export the area again.`)
  if (blob.length < 8 || blob[0] !== 0x47 || blob[1] !== 0x50) throw damaged()
  const flags = blob[3]!
  const envelope = ENVELOPE_BYTES[(flags >> 1) & 7]
  if (envelope === undefined) throw damaged()
  if (flags & 16) return
  let at = 8 + envelope

  const uint32 = (little: boolean): number => {
    if (at + 4 > blob.length) throw damaged()
    at += 4
    return view.getUint32(at - 4, little)
  }
  const geometry = (depth: number): void => {
    if (at >= blob.length || depth > 32) throw damaged()
    const little = blob[at++] === 1
    const raw = uint32(little)
    if (raw & 0x20000000) at += 4
    const iso = raw & 0xffff
    const hasFlags = (raw & 0xc0000000) >>> 30
    const dimensions = 2 + (hasFlags & 1) + (hasFlags >> 1) + (iso >= 3000 ? 2 : iso >= 1000 ? 1 : 0)
    const type = iso % 1000
    if (type === POLYGON) {
      const rings: number[][] = []
      for (let left = uint32(little); left > 0; left--) {
        const points = uint32(little)
        if (points * dimensions * 8 > blob.length - at) throw damaged()
        counted(points)
        const ring: number[] = []
        for (let i = 0; i < points; i++, at += dimensions * 8) {
          const x = view.getFloat64(at, little)
          const y = view.getFloat64(at + 8, little)
          if (!Number.isFinite(x) || !Number.isFinite(y)) throw damaged()
          ring.push(x, y)
        }
        rings.push(ring)
      }
      polygons.push(rings)
    } else if (type === MULTI_POLYGON || (type === COLLECTION && depth < 32)) {
      for (let left = uint32(little); left > 0; left--) geometry(depth + 1)
    } else if (CURVES.has(type)) {
      throw new AppError(
        'file-unsupported',
        `"${path}" has curves. Make them polygons: ogr2ogr -nlt CONVERT_TO_LINEAR out.gpkg in.gpkg.`,
      )
    } else if (depth > 0) {
      throw new AppError(
        'file-unsupported',
        `"${path}" mixes polygons with points or lines in one geometry. Save the polygons alone.`,
      )
    }
  }
  geometry(0)
}

const POLYGON = 3
const MULTI_POLYGON = 6
const COLLECTION = 7
const CURVES = new Set([8, 9, 10, 11, 12])
