import { AppError, throwIfAborted } from '../foundation/appError'
import { stemOf } from '../foundation/fileNames'
import { type InputFile, sniffFile } from '../raster/inputFile'
import { parseGeoJson } from './geoJson'
import { readGeoPackage } from './geoPackage'
import { type FoundPolygons, MOST_VERTICES, type PolygonLayer } from './polygons'
import { crsOfWkt, parseShapefile } from './shapefile'

/** What a file of polygons may hold. */
export interface PolygonLimits {
  bytes: number
  vertices: number
}

export const AREA_LIMITS: PolygonLimits = { bytes: 64 * 2 ** 20, vertices: MOST_VERTICES }

export interface ReadPolygonOptions {
  /** Files that were given with it: those of a Shapefile, by its name. */
  beside?: readonly InputFile[]
  limits?: PolygonLimits
  signal?: AbortSignal
}

/** A file's description of its coordinate system is some hundred bytes. */
const MOST_PRJ_BYTES = 64 * 1024

/** Whether a file may hold polygons, by its ending; a JSON file may be anything. */
export function namesPolygons(path: string): boolean {
  return /\.(geojson|gpkg|shp)$/i.test(path)
}

/**
 * The layers of a GeoJSON, GeoPackage or Shapefile that have polygons, as stored.
 *
 * @throws AppError `file-malformed`, `file-unsupported`, `file-too-large`, `file-unreadable`, `aborted`
 */
export async function readPolygonLayers(
  file: InputFile,
  { beside = [], limits = AREA_LIMITS, signal }: ReadPolygonOptions = {},
): Promise<PolygonLayer[]> {
  const { path, size } = file
  if (size > limits.bytes) {
    throw new AppError(
      'file-too-large',
      `"${path}" has ${Math.round(size / 2 ** 20)} MB; polygons have at most ${limits.bytes / 2 ** 20} MB here. ` +
        'Simplify them: ogr2ogr -simplify 5 out in.',
    )
  }
  const bytes = await file.slice(0, size)
  throwIfAborted(signal)
  const name = stemOf(path)
  const sniffed = await sniffFile(file)
  if (sniffed.format === 'other' && sniffed.name.startsWith('a SQLite'))
    return readGeoPackage(bytes, path, { most: limits.vertices, signal })
  if (/\.shp$/i.test(path)) {
    const polygons = parseShapefile(bytes, path, limits.vertices)
    return [{ name, polygons, crs: await crsBeside(file, beside) }]
  }
  return [{ name, ...parseGeoJson(new TextDecoder().decode(bytes), path, limits.vertices) }]
}

/**
 * The polygons of a file that has one layer of them.
 *
 * @throws AppError as `readPolygonLayers`; `file-unsupported` for several layers
 */
export async function readPolygons(file: InputFile, options?: ReadPolygonOptions): Promise<FoundPolygons> {
  const layers = await readPolygonLayers(file, options)
  if (layers.length > 1) {
    const names = layers.map(({ name }) => `"${name.slice(0, 60)}"`)
    throw new AppError(
      'file-unsupported',
      `"${file.path}" has polygons in ${names.slice(0, 6).join(', ')}. ` +
        'Save the layer that is meant to a file of its own: ogr2ogr out.gpkg in.gpkg <layer>.',
    )
  }
  return layers[0] ?? { polygons: [], crs: null }
}

/** @throws AppError `file-unsupported` where there is no .prj, or it cannot be understood */
async function crsBeside(file: InputFile, beside: readonly InputFile[]): Promise<string> {
  const wanted = file.path.replace(/\.shp$/i, '.prj').toLowerCase()
  const prj = beside.find(({ path }) => path.toLowerCase() === wanted)
  if (!prj) {
    throw new AppError(
      'file-unsupported',
      `"${file.path}" does not say in which coordinate system it is: give its .prj file with it, or convert it: ` +
        'ogr2ogr -a_srs EPSG:<code> out.gpkg in.shp.',
    )
  }
  return crsOfWkt(new TextDecoder().decode(await prj.slice(0, Math.min(prj.size, MOST_PRJ_BYTES))), prj.path)
}
