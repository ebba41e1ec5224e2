/** A column of a table of an inventory, as files and the studio show it. */
export interface Field {
  /** In files: lower case, with its unit ("area_m2"). */
  name: string
  type: 'text' | 'integer' | 'real'
  /** In the interface: "Area". */
  title: string
  /** "m²"; null: it has none. */
  unit: string | null
  /** What it holds, a sentence without a full stop. */
  detail: string
}

export type FieldValue = string | number | null

/**
 * Attributes of a landslide. Null where what they need is missing: a coordinate system for metres and degrees, elevation,
 * a prediction, a review.
 */
export interface LandslideFields {
  /** "<raster>-12": the landslide's number in reading order of its first pixel. */
  id: string
  pixels: number
  area_m2: number | null
  area_ha: number | null
  perimeter_m: number | null
  elev_min_m: number | null
  elev_max_m: number | null
  relief_m: number | null
  slope_mean_deg: number | null
  slope_max_deg: number | null
  /** Circular mean, clockwise from north. */
  aspect_deg: number | null
  length_m: number | null
  width_m: number | null
  /** Fall over length, and its angle. */
  hl_ratio: number | null
  travel_angle_deg: number | null
  /** 4 pi area / perimeter². */
  compactness: number | null
  /** A point on its surface, WGS 84. */
  lon: number | null
  lat: number | null
  p_mean: number | null
  p_min: number | null
  disagreement: number | null
  /** "high", "medium" or "low". */
  confidence: string | null
  verdict: string | null
  reviewer: string | null
  round: string | null
  models: string | null
  src_id: string | null
  date_min: string | null
  date_max: string | null
  dem_source: string | null
  /** The columns of Copernicus EMS `observedEventA`. */
  event_type: string | null
  obj_desc: string | null
  det_method: string | null
  notation: string | null
  dmg_src_id: string | null
}

type Column = Omit<Field, 'name'>

const text = (title: string, detail: string): Column => ({ type: 'text', title, unit: null, detail })
const integer = (title: string, unit: string | null, detail: string): Column => ({
  type: 'integer',
  title,
  unit,
  detail,
})
const real = (title: string, unit: string | null, detail: string): Column => ({
  type: 'real',
  title,
  unit,
  detail,
})

const COLUMNS: { readonly [Name in keyof LandslideFields]: Column } = {
  id: text('Id', 'Raster, and number of the landslide in reading order'),
  pixels: integer('Pixels', 'px', 'Pixels, those of filled holes included'),
  area_m2: real('Area', 'm²', 'Area in plan: pixels times the area of one'),
  area_ha: real('Area in hectares', 'ha', 'Area in plan, as Copernicus EMS counts it'),
  perimeter_m: real('Perimeter', 'm', 'Length of all edges of pixels, those of holes included'),
  elev_min_m: real('Lowest', 'm', 'Lowest elevation of its pixels'),
  elev_max_m: real('Highest', 'm', 'Highest elevation of its pixels'),
  relief_m: real('Relief', 'm', 'Highest less lowest elevation'),
  slope_mean_deg: real('Mean slope', '°', 'Mean slope of its pixels'),
  slope_max_deg: real('Steepest', '°', 'Largest slope of its pixels'),
  aspect_deg: real(
    'Aspect',
    '°',
    'Direction that it faces, clockwise from the map’s north: circular mean of its pixels, flat ones left out',
  ),
  length_m: real('Length', 'm', 'Side of the smallest oriented box along which the ground falls more'),
  width_m: real('Width', 'm', 'The other side of that box'),
  hl_ratio: real('H/L', null, 'Relief over length'),
  travel_angle_deg: real('Travel angle', '°', 'Arc tangent of relief over length'),
  compactness: real(
    'Compactness',
    null,
    '4 pi area over perimeter squared: 0.785 is a square, near 0 is ragged',
  ),
  lon: real('Longitude', '°', 'Longitude of a point on its surface, WGS 84'),
  lat: real('Latitude', '°', 'Latitude of a point on its surface, WGS 84'),
  p_mean: real('Mean probability', null, 'Mean probability of the ensemble over its pixels'),
  p_min: real('Least probability', null, 'Smallest probability of the ensemble on its pixels'),
  disagreement: real(
    'Disagreement',
    null,
    'Largest less smallest probability among the networks, mean over its pixels',
  ),
  confidence: text('Confidence', 'How sure the networks are: high, medium or low'),
  verdict: text('Verdict', 'States of the masks that it lies on; empty: only predicted'),
  reviewer: text('Reviewer', 'Who decided'),
  round: text('Round', 'Rounds whose networks made its mask'),
  models: text('Models', 'Networks that made its mask'),
  src_id: text('Source', 'Images that it was mapped on'),
  date_min: text('Earliest image', 'When the earliest of them was taken'),
  date_max: text('Latest image', 'When the latest of them was taken'),
  dem_source: text('Elevation model', 'Where elevation and slope come from'),
  event_type: text('Event type', 'Kind of event in the words of Copernicus EMS'),
  obj_desc: text('Object', 'Kind of object in the words of Copernicus EMS'),
  det_method: text('Method', 'How it was found in the words of Copernicus EMS'),
  notation: text('Notation', 'Free text of Copernicus EMS: confidence and verdict'),
  dmg_src_id: text('Damage source', 'Copernicus EMS’ key of the table of sources: same as src_id'),
}

export type LandslideField = Field & { name: keyof LandslideFields }

/** The columns of an inventory, in the order of its files. */
export const LANDSLIDE_FIELDS: readonly LandslideField[] = Object.entries(COLUMNS).map(([name, column]) => ({
  name: name as keyof LandslideFields,
  ...column,
}))
