import type { JobContext } from '../foundation/job'
import { type Field, type FieldValue, LANDSLIDE_FIELDS } from '../inventory/fields'
import { ELSEWHERE, type InventoryOptions, type InventoryRaster } from '../inventory/inventory'
import { type InventorySummary, inventoryOf, traceRegions } from '../inventory/inventoryOf'
import { IGNORE } from '../patches/patch'
import type { Georeference } from '../raster/rasterSource'
import type { AuditPoint, PointAuditRecord } from '../review/pointAudit'
import { areaMask, type Polygon } from '../scenes/polygons'
import { type MapFrame, mapFrames } from './mapFrame'
import {
  AREA_STYLE,
  AUDIT_STYLE,
  FOOTPRINT_STYLE,
  LANDSLIDE_STYLE,
  NOT_ANALYSED_STYLE,
  SOURCE_STYLE,
} from './qgisVectorStyles'
import type { Feature, FeatureGeometry, VectorLayer } from './vectorLayer'

export interface InventoryLayerOptions {
  /** What may be changed on the way from pixels to landslides. */
  options: InventoryOptions
  audits?: readonly LocatedAudit[]
  context?: JobContext
  /** What was left out of a raster and filled; called at the end of every pass over its landslides. */
  onSummary?: (raster: InventoryRaster, summary: InventorySummary) => void
}

/** An audit, and where its points lie. */
export interface LocatedAudit {
  record: PointAuditRecord
  /** The raster's or patch's georeference and the point's pixel there; null: its patch is gone. */
  placeOf(point: AuditPoint): { georeference: Georeference | null; column: number; row: number } | null
  /** What the map says there: 1 landslide, 0 not, null: nothing. */
  classAt(point: AuditPoint): 0 | 1 | null
}

const text = (name: string, title: string, detail: string): Field => ({
  name,
  title,
  detail,
  type: 'text',
  unit: null,
})

const RASTER = text('raster', 'Raster', 'Name of the raster')

const SOURCE_FIELDS: readonly Field[] = [
  text('src_id', 'Source', 'Name of the image'),
  text('kind', 'Kind', 'Product and level'),
  text('sensed', 'Sensed', 'When the image was taken, ISO 8601'),
  text('tile', 'Tile', 'Tile of the product'),
  text('dem_source', 'Elevation model', 'Where elevation and slope come from'),
  RASTER,
]

const AUDIT_FIELDS: readonly Field[] = [
  text('audit', 'Audit', 'Name of the audit'),
  { name: 'number', title: 'Number', unit: null, detail: 'Number of the point', type: 'integer' },
  text('patch', 'Patch', 'Patch or cell that it lies on'),
  text('stratum', 'Stratum', 'What it was drawn from'),
  text('map_class', 'Map', 'What the map says now'),
  text('answer', 'Answer', 'What the reviewer said; empty: not asked yet'),
  text('reviewer', 'Reviewer', 'Who said it'),
  text('answered', 'Answered', 'When it was said, ISO 8601'),
  text('note', 'Note', 'What the reviewer wrote'),
]

/**
 * The layers of an inventory: landslides, source, area_of_interest, footprint, not_analysed and, where there are audits,
 * audit_points.
 *
 * That there is no landslide somewhere is said only inside footprint minus not_analysed: the footprint are the pixels of
 * the rasters within the area of interest, and not analysed are those among them of 255 (clouds, no data, ignored).
 *
 * Rasters of one coordinate system keep it; of several, all layers are in WGS 84. Those without any (competition
 * patches) get layers of their own beside the others, "landslides_pixels" and so on, or the plain names where they are
 * alone: x is the column and y the row, downwards, as GDAL has it for rasters without a place.
 *
 * Nothing is read before features are asked for; landslides, footprint and not_analysed are then a pass over the rasters
 * each, one feature at a time.
 *
 * @param rasters at least one, with names of their own
 * @throws AppError as `mapFrames`; as `inventoryOf` while features are read
 */
export async function inventoryLayers(
  rasters: readonly InventoryRaster[],
  request: InventoryLayerOptions,
): Promise<VectorLayer[]> {
  const audits = request.audits ?? []
  const frames = await mapFrames([
    ...rasters.map(({ georeference }) => georeference),
    ...audits.flatMap(({ record, placeOf }) =>
      record.points.flatMap(point => {
        const place = placeOf(point)
        return place ? [place.georeference] : []
      }),
    ),
  ])
  return frames.flatMap((frame, i) => {
    const layers = frameLayers(frame, rasters, request)
    const points = audits.flatMap(audit => auditFeatures(audit, frame))
    if (points.length > 0) layers.push(auditLayer(frame, points))
    return i === 0 ? layers : layers.map(layer => ({ ...layer, name: `${layer.name}_pixels` }))
  })
}

interface Row {
  polygons: readonly Polygon[]
  values: Readonly<Record<string, FieldValue>>
}

function frameLayers(
  frame: MapFrame,
  all: readonly InventoryRaster[],
  { options, context = {}, onSummary }: InventoryLayerOptions,
): VectorLayer[] {
  const rasters = all.filter(({ georeference }) => frame.holds(georeference))
  const layer = (
    name: string,
    title: string,
    style: string,
    fields: readonly Field[],
    rows: (raster: InventoryRaster) => AsyncIterable<Row> | Iterable<Row>,
  ): VectorLayer => ({
    name,
    title,
    geometry: 'multipolygon',
    crs: frame.crs,
    fields,
    style,
    async *features() {
      for (const raster of rasters) {
        for await (const { polygons, values } of rows(raster)) {
          yield { geometry: frame.place(raster.georeference, polygons), values }
        }
      }
    },
  })
  async function* regions(raster: InventoryRaster, value: number) {
    for await (const { polygons } of traceRegions(withinArea(raster), found => found === value, context)) {
      yield { polygons, values: { raster: raster.name } }
    }
  }
  return [
    layer('landslides', 'Landslides', LANDSLIDE_STYLE, LANDSLIDE_FIELDS, async function* (raster) {
      const landslides = inventoryOf(raster, options, context)
      for (;;) {
        const { value, done } = await landslides.next()
        if (done) return onSummary?.(raster, value)
        yield { polygons: value.polygons, values: { ...value.fields } }
      }
    }),
    layer(
      'source',
      'Images that were mapped, by the outline of their raster',
      SOURCE_STYLE,
      SOURCE_FIELDS,
      raster =>
        raster.sources.map(({ id, kind, sensed, tile }) => ({
          polygons: [outline(raster)],
          values: { src_id: id, kind, sensed, tile, dem_source: raster.elevationSource, raster: raster.name },
        })),
    ),
    layer('area_of_interest', 'Area that was asked for', AREA_STYLE, [RASTER], raster =>
      // Polygons of an area may overlap, which parts of one geometry may not.
      (raster.area ?? [outline(raster)]).map(polygon => ({
        polygons: [polygon],
        values: { raster: raster.name },
      })),
    ),
    layer(
      'footprint',
      'Pixels of the area of interest; outside not_analysed they hold no landslide but the mapped ones',
      FOOTPRINT_STYLE,
      [RASTER],
      raster =>
        raster.area
          ? regions({ ...raster, maskRows: async (_, count) => new Uint8Array(raster.width * count) }, 0)
          : [{ polygons: [outline(raster)], values: { raster: raster.name } }],
    ),
    layer(
      'not_analysed',
      'Pixels of the footprint that nothing is said of: clouds, no data, ignored',
      NOT_ANALYSED_STYLE,
      [RASTER],
      raster => regions(raster, IGNORE),
    ),
  ]
}

/** A raster of its mask alone, with `ELSEWHERE` beyond its area. */
function withinArea(raster: InventoryRaster): InventoryRaster {
  const { area, width } = raster
  const insideOf = area && areaMask(area)
  return {
    ...raster,
    async rows(top, count, signal) {
      const given = raster.maskRows
        ? await raster.maskRows(top, count, signal)
        : (await raster.rows(top, count, signal)).mask
      const inside = insideOf?.({ column: 0, row: top, width, height: count })
      const mask = inside ? given.map((value, i) => (inside[i] ? value : ELSEWHERE)) : given
      return { mask, probability: null, disagreement: null, elevation: null, slope: null }
    },
  }
}

function outline({ width, height }: InventoryRaster): Polygon {
  return [[0, 0, 0, height, width, height, width, 0]]
}

function auditLayer({ crs }: MapFrame, points: readonly Feature[]): VectorLayer {
  return {
    name: 'audit_points',
    title: 'Points that reviewers judged without seeing the map',
    geometry: 'point',
    crs,
    fields: AUDIT_FIELDS,
    style: AUDIT_STYLE,
    async *features() {
      yield* points
    },
  }
}

/** Points whose patch is gone stay as rows without a place, in the layer of the others of their audit. */
function auditFeatures({ record, placeOf, classAt }: LocatedAudit, frame: MapFrame): Feature[] {
  const places = record.points.map(placeOf)
  const isHere = places.some(place => place && frame.holds(place.georeference))
  if (!isHere) return []
  return record.points.flatMap((point, i) => {
    const place = places[i]
    if (place && !frame.holds(place.georeference)) return []
    const answer = record.answers[point.number]
    const geometry: FeatureGeometry | null = place
      ? frame.place(place.georeference, [place.column + 0.5, place.row + 0.5])
      : null
    const map = classAt(point)
    return [
      {
        geometry,
        values: {
          audit: record.name,
          number: point.number,
          patch: point.patchId,
          stratum: point.stratum,
          map_class: map === null ? null : map === 1 ? 'landslide' : 'not-landslide',
          answer: answer?.answer ?? null,
          reviewer: record.reviewer,
          answered: answer?.at ?? null,
          note: answer?.note ?? null,
        },
      },
    ]
  })
}
