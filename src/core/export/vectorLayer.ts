import type { Field, FieldValue } from '../inventory/fields'
import type { Polygon } from '../scenes/polygons'

/** Polygons whose first ring is the outside and the others its holes, none of them closed; or a point. */
export type FeatureGeometry = readonly Polygon[] | readonly [number, number]

/** One row of a layer. */
export interface Feature {
  /** In the layer's coordinate system. null: a row without a place. */
  geometry: FeatureGeometry | null
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

export function isPoint(geometry: FeatureGeometry): geometry is readonly [number, number] {
  return typeof geometry[0] === 'number'
}

/** What writers of vector files take beside the layers. */
export interface VectorWriteOptions {
  signal?: AbortSignal
  /** Features written so far, all layers together; called now and then. */
  onFeatures?: (count: number) => void
}

/** Endings of the files, in the order in which they are made. */
export const VECTOR_FORMATS = ['gpkg', 'geojson', 'fgb', 'csv'] as const

export type VectorFormat = (typeof VECTOR_FORMATS)[number]
