import { AppError } from '../foundation/appError'
import { stemOf } from '../foundation/fileNames'
import type { Georeference, RasterSource } from '../raster/rasterSource'
import type { TerrainFile } from './scene'
import { quantile, sampleBands } from './valueEvidence'

const SLOPE = /(?<![a-z])slopes?(?![a-z])/i

const ELEVATION =
  /(?<![a-z])(dem|dsm|dtm|dhm|mnt|elev|elevation|cop[_-]?dem|cop30|cop90|glo30|glo90|aw3d\d*)(?![a-z])|srtm|nasadem|fabdem|astgtm|copernicus_ds?m|tandem-?x|tdm1/i

/** "N46E014", "n46_e014_1arc_v3", as tiles of one degree are called. */
const DEGREE_TILE = /(?<![a-z0-9])[ns]\d{2,3}[_-]?(00[_-])?[ew]\d{3}(?![0-9])/i

/** What comes with an elevation model and is none: quality layers of Copernicus, ASTER and NASADEM. */
const COMPANION = /_(EDM|FLM|HEM|WBM|num|swb|ACM)$/

const DERIVED = /(?<![a-z])(hillshade|aspect|roughness|tpi|tri|curvature)(?![a-z])/i

/** What a raster of one band is by its name. */
export function terrainName(path: string): TerrainFile['kind'] | 'companion' | null {
  const stem = stemOf(path)
  if (COMPANION.test(stem) && (DEGREE_TILE.test(stem) || ELEVATION.test(stem))) return 'companion'
  if (DERIVED.test(stem)) return 'companion'
  if (SLOPE.test(stem)) return 'slope'
  return ELEVATION.test(stem) || DEGREE_TILE.test(stem) ? 'elevation' : null
}

/** Values that stand for no data where a file declares none, or another. */
const VOIDS = new Set([-32768, -32767, -9999, -99999])

/** The Earth's land, in metres. */
const [LOWEST, HIGHEST] = [-500, 9000]

/**
 * Elevation or slope, by the name of a raster with one band, else by its values.
 *
 * @param georeference with its world file's.
 * @returns null where it is neither: a mask, an index, a picture.
 * @throws AppError `file-unsupported`, with the fix: no position, values that could be both.
 */
export async function readTerrain(
  raster: RasterSource,
  georeference: Georeference | null,
  signal?: AbortSignal,
): Promise<TerrainFile | null> {
  const { path, width, height } = raster
  const named = terrainName(path)
  if (named === 'companion') {
    throw new AppError(
      'file-unsupported',
      `"${path}" comes with an elevation model and is none. Leave it out.`,
    )
  }
  const transform = georeference?.transform ?? null
  const isPlaced = transform !== null && (georeference?.crs != null || georeference?.geoKeys != null)
  // Masks and pictures.
  if (!named && (!isPlaced || raster.dtype === 'uint8' || raster.dtype === 'int8')) return null
  const [sample] = await sampleBands(raster, [0], signal)
  const values = sample!.filter(value => !VOIDS.has(value))
  const range = values.length > 0 ? ([values[0]!, values.at(-1)!] as const) : null
  const kind = named ?? (range ? kindOfValues(raster, values, range) : null)
  if (kind === null) return null
  if (!isPlaced) {
    throw new AppError(
      'file-unsupported',
      `"${path}" does not say where it lies. Give it its coordinate system: gdal_translate -a_srs EPSG:<code> ` +
        '-a_ullr <left> <top> <right> <bottom>.',
    )
  }
  const remarks: string[] = []
  const unit = kind === 'elevation' ? 'metres' : 'degrees'
  if (range) {
    const numbers = `${round(range[0])} to ${round(range[1])}`
    if (!named) remarks.push(`Taken as ${kind} in ${unit}, by its values: ${numbers}.`)
    else if (kind === 'elevation' && (range[0] < LOWEST || range[1] > HIGHEST)) {
      remarks.push(
        `Its values, ${numbers}, are no elevations in metres. Check its unit and its no-data value.`,
      )
    } else if (kind === 'slope' && (range[0] < 0 || range[1] > 90)) {
      remarks.push(`Its values, ${numbers}, are no slopes in degrees. Check its unit and its no-data value.`)
    }
  } else remarks.push('No valid pixel was found where it was looked at.')
  const { crs } = georeference!
  return { path, kind, evidence: named ? 'name' : 'values', width, height, crs, transform, remarks }
}

function kindOfValues(
  { path, dtype }: RasterSource,
  values: Float64Array,
  [lowest, highest]: readonly [number, number],
): TerrainFile['kind'] | null {
  if (lowest < LOWEST || highest > HIGHEST) return null
  const isFloat = dtype === 'float32' || dtype === 'float64'
  const isWhole = values.every(Number.isInteger)
  // 0 and 1, an index, a probability.
  if (highest <= 1 || (isWhole && quantile(values, 0.02) === highest)) return null
  if (highest > 90 && dtype !== 'uint16') return 'elevation'
  if (isFloat && !isWhole && lowest >= 0 && highest <= 90) return 'slope'
  throw new AppError(
    'file-unsupported',
    `"${path}" has one band with values from ${round(lowest)} to ${round(highest)}: elevation, slope or a band? Put it into ` +
      'its name, for example "dem_<name>.tif" or "slope_<name>.tif".',
  )
}

function round(value: number): number {
  return Number(value.toFixed(1))
}
