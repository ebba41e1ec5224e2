import { AppError } from '../foundation/appError'

/** A row of `gpkg_spatial_ref_sys`. */
export interface SpatialReference {
  name: string
  /** `srs_id`: the EPSG code. GDAL looks a code up only where the two are the same. */
  id: number
  organization: string
  code: number
  /** Well-known text (OGC 01-009), "undefined" where none is kept here. */
  definition: string
  description: string
}

const DEGREE = 'UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]]'
const GREENWICH = 'PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]]'
const METRE = 'UNIT["metre",1,AUTHORITY["EPSG","9001"]],AXIS["Easting",EAST],AXIS["Northing",NORTH]'

const WGS84_DATUM =
  'DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]]'
const ETRS89_DATUM =
  'DATUM["European_Terrestrial_Reference_System_1989",' +
  'SPHEROID["GRS 1980",6378137,298.257222101,AUTHORITY["EPSG","7019"]],AUTHORITY["EPSG","6258"]]'

/** EPSG's order of axes; files hold longitude first whatever it says. */
const LATITUDE_FIRST = ',AXIS["Latitude",NORTH],AXIS["Longitude",EAST]'

const wgs84 = (axes = '') =>
  `GEOGCS["WGS 84",${WGS84_DATUM},${GREENWICH},${DEGREE}${axes},AUTHORITY["EPSG","4326"]]`
const etrs89 = (axes = '') =>
  `GEOGCS["ETRS89",${ETRS89_DATUM},${GREENWICH},${DEGREE}${axes},AUTHORITY["EPSG","4258"]]`

function utm(name: string, base: string, zone: number, isSouth: boolean, code: number): string {
  const parameters = [
    ['latitude_of_origin', 0],
    ['central_meridian', 6 * zone - 183],
    ['scale_factor', 0.9996],
    ['false_easting', 500000],
    ['false_northing', isSouth ? 10000000 : 0],
  ].map(([parameter, value]) => `PARAMETER["${parameter}",${value}]`)
  return `PROJCS["${name}",${base},PROJECTION["Transverse_Mercator"],${parameters.join(',')},${METRE},AUTHORITY["EPSG","${code}"]]`
}

const WEB_MERCATOR =
  `PROJCS["WGS 84 / Pseudo-Mercator",${wgs84()},PROJECTION["Mercator_1SP"],PARAMETER["central_meridian",0],` +
  `PARAMETER["scale_factor",1],PARAMETER["false_easting",0],PARAMETER["false_northing",0],${METRE},` +
  'EXTENSION["PROJ4","+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +k=1 +units=m ' +
  '+nadgrids=@null +wktext +no_defs"],AUTHORITY["EPSG","3857"]]'

/** The rows that every GeoPackage has (OGC 12-128r18, requirement 11). */
export const REQUIRED_REFERENCES: readonly SpatialReference[] = [
  {
    name: 'Undefined Cartesian SRS',
    id: -1,
    organization: 'NONE',
    code: -1,
    definition: 'undefined',
    description: 'undefined Cartesian coordinate reference system',
  },
  {
    name: 'Undefined geographic SRS',
    id: 0,
    organization: 'NONE',
    code: 0,
    definition: 'undefined',
    description: 'undefined geographic coordinate reference system',
  },
  {
    name: 'WGS 84 geodetic',
    id: 4326,
    organization: 'EPSG',
    code: 4326,
    definition: wgs84(LATITUDE_FIRST),
    description: 'longitude/latitude coordinates in decimal degrees on the WGS 84 spheroid',
  },
]

/**
 * How a GeoPackage names a coordinate system. UTM on WGS 84 and ETRS89, their geographic systems and Web Mercator come with
 * their well-known text; of others there is the EPSG code alone, which GDAL and QGIS look up before they read any text.
 *
 * @param crs null: pixels, in no system
 * @throws AppError `export-failed` for one without an EPSG code
 */
export function spatialReference(crs: string | null): SpatialReference {
  if (crs === null) return REQUIRED_REFERENCES[0]!
  const code = epsgCode(crs)
  const known = REQUIRED_REFERENCES.find(({ id }) => id === code)
  if (known) return known
  const [name, definition] = wellKnown(code) ?? [crs, 'undefined']
  return { name, id: code, organization: 'EPSG', code, definition, description: name }
}

/** @throws AppError `export-failed` */
export function epsgCode(crs: string): number {
  const code = /^EPSG:([1-9]\d{0,8})$/.exec(crs)?.[1]
  if (code) return Number(code)
  throw new AppError(
    'export-failed',
    `The coordinate system ${crs.slice(0, 60)} has no EPSG code, which vector files need. Warp the scene first: gdalwarp -t_srs EPSG:<code>.`,
  )
}

function wellKnown(code: number): [name: string, definition: string] | null {
  if (code === 4258) return ['ETRS89', etrs89(LATITUDE_FIRST)]
  if (code === 3857) return ['WGS 84 / Pseudo-Mercator', WEB_MERCATOR]
  const zone = code % 100
  const hemisphere = Math.floor(code / 100)
  if ((hemisphere === 326 || hemisphere === 327) && zone >= 1 && zone <= 60) {
    const name = `WGS 84 / UTM zone ${zone}${hemisphere === 326 ? 'N' : 'S'}`
    return [name, utm(name, wgs84(), zone, hemisphere === 327, code)]
  }
  if (hemisphere === 258 && zone >= 28 && zone <= 38) {
    const name = `ETRS89 / UTM zone ${zone}N`
    return [name, utm(name, etrs89(), zone, false, code)]
  }
  return null
}
