import type { Field, FieldValue } from '../inventory/fields'

/** One row of a layer. */
export interface Feature {
  /** In the layer's coordinate system: polygons of rings as `Polygon`, or a point. null: a row without a place. */
  geometry: readonly (readonly (readonly number[])[])[] | readonly [number, number] | null
  /** By field's name. */
  values: Readonly<Record<string, FieldValue>>
}

/** A table with places, as any of the vector files hold it. */
export interface VectorLayer {
  /** In files: "landslides". */
  name: string
  /** What it holds, a sentence. */
  title: string
  geometry: 'multipolygon' | 'point'
  /** "EPSG:32633"; null: pixels of the raster, which no map can place. */
  crs: string | null
  fields: readonly Field[]
  /** How QGIS draws it (the content of a .qml); null: as it likes. */
  style: string | null
  /** Made as they are asked for; may be asked for again. */
  features(): AsyncIterable<Feature>
}
