import type { RtreeTables } from './packedRtree'

interface Sql {
  prepare(sql: string): {
    run(values: readonly (number | string | Uint8Array | null)[]): void
    free(): boolean
  }
  run(sql: string, values?: readonly (number | string | null)[]): unknown
}

/** "GPKG" as the file's application, version 1.2: what GDAL 2.2 and QGIS 3.0 read already. */
const APPLICATION = 0x47504b47
const VERSION = 10200

const SPECIFICATION = 'http://www.geopackage.org/spec120/#extension_'

/** The tables that a GeoPackage has beside its layers (OGC 12-128r14, annex C), and the one where QGIS keeps styles. */
export function createTables(sql: Sql): void {
  sql.run(`
    PRAGMA application_id = ${APPLICATION};
    PRAGMA user_version = ${VERSION};
    CREATE TABLE gpkg_spatial_ref_sys (
      srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
      organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
    CREATE TABLE gpkg_contents (
      table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
      description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
      min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
      CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
    CREATE TABLE gpkg_geometry_columns (
      table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL,
      z TINYINT NOT NULL, m TINYINT NOT NULL,
      CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),
      CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
      CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
    CREATE TABLE gpkg_extensions (
      table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
      CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
    CREATE TABLE gpkg_data_columns (
      table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT, mime_type TEXT,
      constraint_name TEXT, CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
      CONSTRAINT gdc_tn UNIQUE (table_name, name));
    CREATE TABLE gpkg_data_column_constraints (
      constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC, min_is_inclusive BOOLEAN,
      max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
      CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value));
    CREATE TABLE layer_styles (
      id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
      f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
      useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
      update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')));
    INSERT INTO gpkg_extensions VALUES
      ('gpkg_data_columns', NULL, 'gpkg_schema', '${SPECIFICATION}schema', 'read-write'),
      ('gpkg_data_column_constraints', NULL, 'gpkg_schema', '${SPECIFICATION}schema', 'read-write')`)
}

const name = (text: string) => `"${text.replaceAll('"', '""')}"`

/**
 * The spatial index of a layer (GeoPackage, annex F.3): an R*Tree with the triggers that keep it right where the file is
 * edited, those of GeoPackage 1.4, which mend faults of the older ones.
 */
export function indexTables(sql: Sql, table: string, column: string, tree: RtreeTables): void {
  const index = `rtree_${table}_${column}`
  fill(sql, `${index}_rowid`, 'rowid INTEGER PRIMARY KEY,nodeno', tree.rowids, ({ row, node }) => [row, node])
  fill(sql, `${index}_node`, 'nodeno INTEGER PRIMARY KEY,data', tree.nodes, ({ node, data }) => [node, data])
  fill(sql, `${index}_parent`, 'nodeno INTEGER PRIMARY KEY,parentnode', tree.parents, ({ node, parent }) => [
    node,
    parent,
  ])
  // CREATE VIRTUAL TABLE would call the module, which is not here; whoever opens the file has it.
  sql.run('PRAGMA writable_schema = ON')
  sql.run('INSERT INTO sqlite_master (type, name, tbl_name, rootpage, sql) VALUES (?, ?, ?, 0, ?)', [
    'table',
    index,
    index,
    `CREATE VIRTUAL TABLE ${name(index)} USING rtree(id, minx, maxx, miny, maxy)`,
  ])
  sql.run('PRAGMA writable_schema = OFF')
  for (const [suffix, body] of triggers(name(table), name(index), name(column))) {
    sql.run(`CREATE TRIGGER ${name(`${index}_${suffix}`)} AFTER ${body}`)
  }
  sql.run('INSERT INTO gpkg_extensions VALUES (?, ?, ?, ?, ?)', [
    table,
    column,
    'gpkg_rtree_index',
    `${SPECIFICATION}rtree`,
    'write-only',
  ])
}

function fill<Row>(
  sql: Sql,
  table: string,
  columns: string,
  rows: readonly Row[],
  values: (row: Row) => (number | Uint8Array)[],
): void {
  sql.run(`CREATE TABLE ${name(table)}(${columns})`)
  const statement = sql.prepare(`INSERT INTO ${name(table)} VALUES (?, ?)`)
  try {
    for (const row of rows) statement.run(values(row))
  } finally {
    statement.free()
  }
}

function triggers(table: string, index: string, column: string): [suffix: string, body: string][] {
  const has = (row: string) => `(${row}.${column} NOTNULL AND NOT ST_IsEmpty(${row}.${column}))`
  const lacks = (row: string) => `(${row}.${column} ISNULL OR ST_IsEmpty(${row}.${column}))`
  const bounds = ['ST_MinX', 'ST_MaxX', 'ST_MinY', 'ST_MaxY'].map(of => `${of}(NEW.${column})`)
  const put = `INSERT OR REPLACE INTO ${index} VALUES (NEW."fid", ${bounds.join(', ')});`
  const moved = ['minx', 'maxx', 'miny', 'maxy'].map((side, i) => `${side} = ${bounds[i]}`).join(', ')
  const same = 'OLD."fid" = NEW."fid"'
  const other = 'OLD."fid" != NEW."fid"'
  const update = `UPDATE OF ${column} ON ${table} WHEN ${same}`
  return [
    ['insert', `INSERT ON ${table} WHEN ${has('NEW')} BEGIN ${put} END`],
    [
      'update6',
      `${update} AND ${has('NEW')} AND ${has('OLD')} BEGIN UPDATE ${index} SET ${moved} WHERE id = NEW."fid"; END`,
    ],
    [
      'update7',
      `${update} AND ${has('NEW')} AND ${lacks('OLD')} BEGIN ${put.replace('INSERT OR REPLACE', 'INSERT')} END`,
    ],
    ['update2', `${update} AND ${lacks('NEW')} BEGIN DELETE FROM ${index} WHERE id = OLD."fid"; END`],
    [
      'update5',
      `UPDATE ON ${table} WHEN ${other} AND ${has('NEW')} BEGIN DELETE FROM ${index} WHERE id = OLD."fid"; ${put} END`,
    ],
    [
      'update4',
      `UPDATE ON ${table} WHEN ${other} AND ${lacks('NEW')} BEGIN DELETE FROM ${index} WHERE id IN (OLD."fid", NEW."fid"); END`,
    ],
    [
      'delete',
      `DELETE ON ${table} WHEN OLD.${column} NOT NULL BEGIN DELETE FROM ${index} WHERE id = OLD."fid"; END`,
    ],
  ]
}
