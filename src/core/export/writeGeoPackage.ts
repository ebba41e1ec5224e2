import { AppError, throwIfAborted, withReason } from '../foundation/appError'
import type { Field } from '../inventory/fields'
import { type Box, boxOf } from '../scenes/polygons'
import { geometryBlob } from './geometryBlob'
import { createTables, indexTables } from './geoPackageTables'
import { packedRtree } from './packedRtree'
import { REQUIRED_REFERENCES, spatialReference } from './spatialReference'
import { storable, storedValue } from './storedValue'
import type { VectorLayer, VectorWriteOptions } from './vectorLayer'

type Value = number | string | Uint8Array | null

interface Sql {
  prepare(sql: string): { run(values: readonly Value[]): void; free(): boolean }
  run(sql: string, values?: readonly Value[]): unknown
}

export interface GeoPackageOptions extends VectorWriteOptions {
  /** ISO 8601, as the file's time of change: one who needs the same bytes again hands in the same time. */
  at: string
}

const GEOMETRY = 'geom'
const TYPES: Readonly<Record<Field['type'], string>> = { text: 'TEXT', integer: 'INTEGER', real: 'REAL' }

/** Features between two looks at the signal. */
const BATCH = 500

/**
 * Layers as one GeoPackage 1.2 (OGC 12-128r14): WKB with envelopes, spatial indexes, titles of columns, and the style of
 * each layer where QGIS looks for it. SQLite is loaded when it is needed. The same layers and time give the same bytes.
 *
 * Memory: the file once as SQLite holds it and once as it is returned, beside one feature at a time and 100 bytes of index a
 * feature.
 *
 * @param layers with names of their own
 * @throws AppError `export-failed`, also for a coordinate system without an EPSG code; `aborted`; what the features throw
 */
export async function writeGeoPackage(
  layers: readonly VectorLayer[],
  { at, ...options }: GeoPackageOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  // With milliseconds, as GeoPackage wants it.
  const changed = new Date(at).toISOString()
  const references = new Map(REQUIRED_REFERENCES.map(reference => [reference.id, reference]))
  for (const { crs } of layers) {
    const reference = spatialReference(crs)
    references.set(reference.id, reference)
  }
  const { default: init } = await import('sql.js/dist/sql-wasm-inline.js')
  const { Database } = await init()
  const database = new Database()
  try {
    // The database lives in memory and is thrown away where anything fails: nothing to roll back.
    database.run('PRAGMA journal_mode = OFF')
    createTables(database)
    database.run('BEGIN')
    for (const { name, id, organization, code, definition, description } of references.values()) {
      insert(database, 'gpkg_spatial_ref_sys', [name, id, organization, code, definition, description])
    }
    let written = 0
    for (const layer of layers) {
      written = await writeLayer(database, layer, changed, options, written)
    }
    writeStyles(database, layers, changed)
    database.run('COMMIT')
    return database.export()
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown
    throw new AppError('export-failed', withReason('The GeoPackage could not be written', thrown), {
      cause: thrown,
    })
  } finally {
    database.close()
  }
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

function insert(sql: Sql, table: string, values: readonly Value[]): void {
  sql.run(`INSERT INTO ${quoted(table)} VALUES (${values.map(() => '?').join(', ')})`, values)
}

async function writeLayer(
  sql: Sql,
  layer: VectorLayer,
  at: string,
  { signal, onFeatures }: VectorWriteOptions,
  before: number,
): Promise<number> {
  const table = storable(layer.name)
  const system = spatialReference(layer.crs).id
  const columns = layer.fields.map(({ name, type }) => `${quoted(name)} ${TYPES[type]}`)
  sql.run(
    `CREATE TABLE ${quoted(table)} (${['"fid" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL', `"${GEOMETRY}" ${layer.geometry.toUpperCase()}`, ...columns].join(', ')})`,
  )
  insert(sql, 'gpkg_contents', [
    table,
    'features',
    table,
    storable(layer.title),
    at,
    null,
    null,
    null,
    null,
    system,
  ])
  insert(sql, 'gpkg_geometry_columns', [table, GEOMETRY, layer.geometry.toUpperCase(), system, 0, 0])
  describeColumns(sql, table, layer.fields)
  const boxes: { row: number; box: Box }[] = []
  let row = 0
  const statement = sql.prepare(
    `INSERT INTO ${quoted(table)} VALUES (${Array(layer.fields.length + 2).fill('?')})`,
  )
  try {
    for await (const { geometry, values } of layer.features()) {
      row++
      if (row % BATCH === 0) {
        throwIfAborted(signal)
        onFeatures?.(before + row)
      }
      const stored = geometry && geometry.length > 0 ? geometryBlob(geometry, system) : null
      if (stored) boxes.push({ row, box: stored.box })
      statement.run([row, stored?.blob ?? null, ...layer.fields.map(field => storedValue(values, field))])
    }
  } finally {
    statement.free()
  }
  throwIfAborted(signal)
  onFeatures?.(before + row)
  if (boxes.length > 0) {
    sql.run('UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ? WHERE table_name = ?', [
      ...boxOf(boxes.map(({ box }) => box)),
      table,
    ])
  }
  indexTables(sql, table, GEOMETRY, packedRtree(boxes))
  return before + row
}

/** Titles and units, as the Schema extension keeps them: QGIS shows "Area (m²)" above the column `area_m2`. */
function describeColumns(sql: Sql, table: string, fields: readonly Field[]): void {
  const taken = new Set<string>()
  for (const { name, title, unit, detail } of fields) {
    const label = unit === null ? title : `${title} (${unit})`
    insert(sql, 'gpkg_data_columns', [
      table,
      name,
      // Labels have to differ within a table.
      taken.has(label) ? null : label,
      label,
      detail,
      null,
      null,
    ])
    taken.add(label)
  }
}

/** Where QGIS keeps styles of GeoPackages: it looks for an empty schema, this table and this geometry column. */
function writeStyles(sql: Sql, layers: readonly VectorLayer[], at: string): void {
  layers.forEach(({ name, title, style }) => {
    if (style === null) return
    sql.run(
      'INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML, ' +
        "styleSLD, useAsDefault, description, owner, ui, update_time) VALUES ('', '', ?, ?, ?, ?, '', 1, ?, '', NULL, ?)",
      [storable(name), GEOMETRY, storable(name), style, storable(title), at],
    )
  })
  insert(sql, 'gpkg_contents', [
    'layer_styles',
    'attributes',
    'layer_styles',
    'Styles of the layers, for QGIS',
    at,
    null,
    null,
    null,
    null,
    null,
  ])
}
