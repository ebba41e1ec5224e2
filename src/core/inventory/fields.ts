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
