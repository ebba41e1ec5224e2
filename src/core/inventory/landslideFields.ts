import { AppError } from '../foundation/appError'
import { pixelSizeOf } from '../raster/pixelSize'
import type { Georeference, PixelWindow } from '../raster/rasterSource'
import type { Polygon } from '../scenes/polygons'
import { type PointTransform, pointTransform, projectionOf } from '../scenes/projection'
import type { LandslideFields } from './fields'
import type { InventoryRaster } from './inventory'
import type { LandslideSums } from './landslideSums'
import { confidenceOf, EVENT, notationOf, originFields, sourceFields } from './provenanceFields'
import type { RegionRuns } from './regions'
import { orientedBox, pointInside, reaches } from './shape'

/** What a pixel is on the ground, and where columns and rows lead on the map. */
export interface Ground {
  /** Metres along a row and along a column. */
  width: number
  height: number
  /** Square metres. */
  area: number
  /** East and north of one step along a row, and along a column: unit vectors. */
  columnAxis: readonly [number, number]
  rowAxis: readonly [number, number]
}

/**
 * The ground of a window of a raster: degrees, and Web Mercator's scale, become metres at the window's own middle.
 *
 * @returns null where the size of a pixel is not known
 */
export function groundOf(georeference: Georeference | null, window: PixelWindow): Ground | null {
  const transform = georeference?.transform
  if (!georeference || !transform) return null
  const [x, xColumn, xRow, y, yColumn, yRow] = transform
  const { column, row, width, height } = window
  const moved = [
    x + xColumn * column + xRow * row,
    xColumn,
    xRow,
    y + yColumn * column + yRow * row,
    yColumn,
    yRow,
  ] as const
  const { size } = pixelSizeOf({ ...georeference, transform: moved }, width, height)
  if (!size) return null
  const along = Math.hypot(xColumn, yColumn)
  const down = Math.hypot(xRow, yRow)
  // Less than 1 where the transform shears pixels: then they are no rectangles.
  const share = Math.abs(xColumn * yRow - xRow * yColumn) / (along * down)
  return {
    ...size,
    area: size.width * size.height * share,
    columnAxis: [xColumn / along, yColumn / along],
    rowAxis: [xRow / down, yRow / down],
  }
}

/** Makes the attributes of the landslides of one raster. */
export interface FieldsMaker {
  /** Why sizes are in pixels only; null: they are known. */
  sizeUnknown: string | null
  /** Why there is no longitude and latitude; null: they are known. */
  placeUnknown: string | null
  fieldsOf(landslide: MeasuredLandslide): LandslideFields
}

export interface MeasuredLandslide {
  number: number
  pixels: number
  window: PixelWindow
  runs: RegionRuns
  sums: LandslideSums
  ground: Ground | null
  /** Of its pixels, before any simplification. */
  polygons: readonly Polygon[]
}

/** @throws AppError `aborted` */
export async function fieldsMaker(raster: InventoryRaster): Promise<FieldsMaker> {
  const { georeference, width, height, name } = raster
  const known = pixelSizeOf(georeference, width, height)
  const place = await toWgs84(georeference, name)
  const shared = { ...sourceFields(raster), ...EVENT }
  return {
    sizeUnknown: known.size ? null : known.reason,
    placeUnknown: 'reason' in place ? place.reason : null,
    fieldsOf: landslide => {
      const { number, pixels, window, runs, sums } = landslide
      const { probability, disagreement, slope, elevation } = sums
      const origins = raster.origins.filter(origin => reachesInto(window, runs, origin.window))
      const origin = originFields(origins)
      const confidence = confidenceOf(probability?.mean ?? null, disagreement)
      return {
        id: `${name}-${number}`,
        pixels,
        ...sizes(landslide),
        ...('at' in place ? lonLat(place.at, runs) : { lon: null, lat: null }),
        elev_min_m: elevation?.least ?? null,
        elev_max_m: elevation?.most ?? null,
        relief_m: elevation && elevation.most - elevation.least,
        slope_mean_deg: slope?.mean ?? null,
        slope_max_deg: slope?.most ?? null,
        p_mean: probability?.mean ?? null,
        p_min: probability?.least ?? null,
        disagreement,
        confidence,
        ...shared,
        ...origin,
        notation: notationOf(confidence, origin.verdict),
        // Without a height no elevation model says anything of it.
        dem_source: elevation ? shared.dem_source : null,
      }
    },
  }
}

function reachesInto(around: PixelWindow, runs: RegionRuns, window: PixelWindow): boolean {
  const isNear =
    window.column < around.column + around.width &&
    window.column + window.width > around.column &&
    window.row < around.row + around.height &&
    window.row + window.height > around.row
  return isNear && reaches(runs, window)
}

type Sizes = Pick<
  LandslideFields,
  | 'area_m2'
  | 'area_ha'
  | 'perimeter_m'
  | 'aspect_deg'
  | 'length_m'
  | 'width_m'
  | 'hl_ratio'
  | 'travel_angle_deg'
  | 'compactness'
>

/**
 * Attributes that need metres or north.
 *
 * Perimeter: all edges of pixels, those of holes too, as GIS programs count it; a staircase, so longer than a line drawn
 * by hand. Aspect: direction of the mean of the unit vectors of the fall (Horn 1981, from the elevation of the pixels and
 * their neighbours), clockwise from the map's north; flat pixels are left out.
 *
 * Length and width: sides of the smallest oriented box; the length is the side along which the ground falls more, since a
 * landslide may be wider than it is long (Niculita 2016, doi:10.5194/nhess-16-2021-2016, first step: "the difference in
 * elevation of the length and width of the minimum oriented bounding box"). The fall along a side is that of the plane
 * through the elevations of its pixels (least squares). Niculita's second step, which re-examines some of them by the
 * direction of flow, could not be read and is not done. Where the ground is flat the longer side is the length; without
 * elevation there is neither.
 *
 * H/L: relief over length; travel angle: its arc tangent (Corominas 1996 measures both along the path of travel, which a
 * mask does not know). Compactness: 4 pi area / perimeter² (Polsby and Popper 1991), pi / 4 for a square of pixels.
 */
function sizes({ pixels, runs, sums, ground, polygons }: MeasuredLandslide): Sizes {
  if (!ground) return NO_SIZES
  const area = pixels * ground.area
  const perimeter = perimeterOf(polygons, ground)
  const { elevation, fall, plane } = sums
  const relief = elevation && elevation.most - elevation.least
  const { sides, axes } = orientedBox(runs, ground)
  const falls = axes.map(([x, y], i) => (plane ? Math.abs(plane[0] * x + plane[1] * y) * sides[i]! : 0))
  const isWide = falls[1]! > falls[0]! * (1 + 1e-9)
  const length = elevation && sides[isWide ? 1 : 0]
  const ratio = relief !== null && length !== null ? relief / length : null
  return {
    area_m2: area,
    area_ha: area / 10_000,
    perimeter_m: perimeter,
    aspect_deg: fall && aspectOf(fall, ground),
    length_m: length,
    width_m: elevation && sides[isWide ? 0 : 1],
    hl_ratio: ratio,
    travel_angle_deg: ratio === null ? null : (Math.atan(ratio) * 180) / Math.PI,
    compactness: (4 * Math.PI * area) / perimeter ** 2,
  }
}

const NO_SIZES: Sizes = {
  area_m2: null,
  area_ha: null,
  perimeter_m: null,
  aspect_deg: null,
  length_m: null,
  width_m: null,
  hl_ratio: null,
  travel_angle_deg: null,
  compactness: null,
}

function perimeterOf(polygons: readonly Polygon[], { width, height }: Ground): number {
  let [across, down] = [0, 0]
  for (const ring of polygons.flat()) {
    for (let i = 0; i < ring.length; i += 2) {
      const next = (i + 2) % ring.length
      across += Math.abs(ring[next]! - ring[i]!)
      down += Math.abs(ring[next + 1]! - ring[i + 1]!)
    }
  }
  return across * width + down * height
}

function aspectOf([column, row]: readonly [number, number], { columnAxis, rowAxis }: Ground): number {
  const east = column * columnAxis[0] + row * rowAxis[0]
  const north = column * columnAxis[1] + row * rowAxis[1]
  const degrees = (Math.atan2(east, north) * 180) / Math.PI
  return degrees < 0 ? degrees + 360 : degrees
}

type Place = { at: (column: number, row: number) => readonly [number, number] } | { reason: string }

async function toWgs84(georeference: Georeference | null, name: string): Promise<Place> {
  const transform = georeference?.transform
  if (!georeference || !transform) return { reason: `${name} has no georeference, so no place on the map.` }
  const [x, xColumn, xRow, y, yColumn, yRow] = transform
  let convert: PointTransform
  try {
    const wgs84 = await projectionOf({ crs: 'EPSG:4326', geoKeys: null }, 'WGS 84')
    convert = await pointTransform(await projectionOf(georeference, name), wgs84)
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'file-unsupported') return { reason: thrown.message }
    throw thrown
  }
  return {
    at: (column, row) => convert(x + xColumn * column + xRow * row, y + yColumn * column + yRow * row),
  }
}

function lonLat(
  at: (column: number, row: number) => readonly [number, number],
  runs: RegionRuns,
): Pick<LandslideFields, 'lon' | 'lat'> {
  const [lon, lat] = at(...pointInside(runs))
  return Number.isFinite(lon + lat) ? { lon, lat } : { lon: null, lat: null }
}
