import type { Georeference } from '../../core/raster/rasterSource'

export type LengthUnit = 'metre' | 'degree' | 'foot'

export interface CoordinateSystem {
  /** Rasters with the same key are drawn together. */
  key: string
  title: string
  /** Unit of the coordinates; null where nothing says it. */
  unit: LengthUnit | null
}

/** Codes of the GeoTIFF registry's units (OGC 19-008r4, annex G): EPSG's own. */
const LINEAR_UNITS: Readonly<Record<number, LengthUnit>> = { 9001: 'metre', 9002: 'foot', 9003: 'foot' }
const MODEL_PROJECTED = 1
const MODEL_GEOGRAPHIC = 2
/** EPSG's geographic systems of two dimensions lie in this range of codes; their unit is the degree. */
const GEOGRAPHIC = { from: 4001, to: 4999 }
/** Projected systems in metres that need no table: UTM on WGS 84 and ETRS89, Web Mercator, Europe's LAEA, Britain. */
const METRIC = (code: number) =>
  (code >= 32601 && code <= 32660) ||
  (code >= 32701 && code <= 32760) ||
  (code >= 25828 && code <= 25838) ||
  [3857, 3034, 3035, 27700, 2056, 21781, 2154, 31287].includes(code)

/** The coordinate system of a georeference; rasters with a transform and no named system share one by their keys. */
export function coordinateSystem({ crs, geoKeys }: Georeference): CoordinateSystem {
  const unit = unitOf(crs, geoKeys)
  if (crs) return { key: crs, title: crs, unit }
  if (geoKeys) {
    const citation = geoKeys.GTCitationGeoKey ?? geoKeys.PCSCitationGeoKey ?? geoKeys.GeogCitationGeoKey
    const title = typeof citation === 'string' && citation.trim() ? citation.trim() : 'Own coordinate system'
    return { key: `keys:${JSON.stringify(geoKeys)}`, title, unit }
  }
  return { key: 'unnamed', title: 'Unnamed coordinates', unit: null }
}

function unitOf(crs: string | null, geoKeys: Georeference['geoKeys']): LengthUnit | null {
  const code = Number(crs?.replace(/^EPSG:/, ''))
  const geographic = code >= GEOGRAPHIC.from && code <= GEOGRAPHIC.to
  if (geographic || geoKeys?.GTModelTypeGeoKey === MODEL_GEOGRAPHIC) return 'degree'
  const stored = geoKeys?.ProjLinearUnitsGeoKey
  if (typeof stored === 'number' && LINEAR_UNITS[stored]) return LINEAR_UNITS[stored]
  if (METRIC(code)) return 'metre'
  // A user-defined projection without a unit is in metres by the GeoTIFF standard; a code of EPSG's has its own.
  const userDefined = geoKeys?.GTModelTypeGeoKey === MODEL_PROJECTED && crs === null && stored === undefined
  return userDefined ? 'metre' : null
}
