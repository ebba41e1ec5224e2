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
  pixels: integer('Pixels', 'px', 'Pixels of the mask'),
  area_m2: real('Area', 'm²', 'Area in plan, square metres'),
  area_ha: real('Area in hectares', 'ha', 'Area in plan, hectares'),
  perimeter_m: real('Perimeter', 'm', 'Length of all edges, holes included, metres'),
  elev_min_m: real('Lowest', 'm', 'Lowest elevation, metres'),
  elev_max_m: real('Highest', 'm', 'Highest elevation, metres'),
  relief_m: real('Relief', 'm', 'Highest less lowest elevation, metres'),
  slope_mean_deg: real('Mean slope', '°', 'Mean slope, degrees'),
  slope_max_deg: real('Steepest', '°', 'Largest slope, degrees'),
  aspect_deg: real('Aspect', '°', 'Mean direction that it faces, degrees clockwise from north'),
  length_m: real('Length', 'm', 'Length in plan, metres'),
  width_m: real('Width', 'm', 'Width in plan, metres'),
  hl_ratio: real('H/L', null, 'Fall over length'),
  travel_angle_deg: real('Travel angle', '°', 'Angle of fall over length, degrees'),
  compactness: real('Compactness', null, '4 pi area over perimeter squared: 1 is a disc'),
  lon: real('Longitude', '°', 'Longitude of a point on its surface, WGS 84'),
  lat: real('Latitude', '°', 'Latitude of a point on its surface, WGS 84'),
  p_mean: real('Mean probability', null, 'Mean probability of the ensemble'),
  p_min: real('Least probability', null, 'Smallest probability of the ensemble'),
  disagreement: real('Disagreement', null, 'Mean difference between the networks, 0 to 1'),
  confidence: text('Confidence', 'High, medium or low'),
  verdict: text('Verdict', 'What was decided on its mask'),
  reviewer: text('Reviewer', 'Who decided it'),
  round: text('Round', 'Round whose networks made its mask'),
  models: text('Models', 'Networks that made its mask'),
  src_id: text('Source', 'Image that it was mapped on'),
  date_min: text('Earliest image', 'Date of the earliest image'),
  date_max: text('Latest image', 'Date of the latest image'),
  dem_source: text('Elevation model', 'Where elevation and slope come from'),
  event_type: text('Event type', 'Kind of event, as Copernicus EMS says it'),
  obj_desc: text('Object', 'Kind of object, as Copernicus EMS says it'),
  det_method: text('Method', 'How it was detected, as Copernicus EMS says it'),
  notation: text('Notation', 'How certain it is, as Copernicus EMS says it'),
  dmg_src_id: text('Damage source', 'Image that it was detected on, as Copernicus EMS says it'),
}

export type LandslideField = Field & { name: keyof LandslideFields }

/** The columns of an inventory, in the order of its files. */
export const LANDSLIDE_FIELDS: readonly LandslideField[] = Object.entries(COLUMNS).map(([name, column]) => ({
  name: name as keyof LandslideFields,
  ...column,
}))
