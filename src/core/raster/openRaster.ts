import { AppError } from '../foundation/appError'
import { type InputFile, sniffFile } from './inputFile'
import { DEFAULT_LIMITS, type RasterLimits } from './rasterLimits'
import type { AffineTransform, Georeference, RasterKind, RasterSource } from './rasterSource'

export interface OpenRasterOptions {
  limits?: Partial<RasterLimits>
  signal?: AbortSignal
}

/**
 * Opens a raster file, recognised by its content: Landslide4Sense HDF5, (Geo)TIFF or JPEG 2000. Pixels are read later, by windows.
 *
 * @throws AppError `file-unreadable`, `file-unsupported` (names what the file is), `file-malformed`, `file-too-large`,
 * `aborted`; nothing else, whatever the bytes.
 */
export async function openRaster(file: InputFile, options: OpenRasterOptions = {}): Promise<RasterSource> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const sniffed = await sniffFile(file)
  switch (sniffed.format) {
    case 'hdf5': {
      const { openHdf5 } = await import('./hdf5/openHdf5')
      return openHdf5(file, limits)
    }
    case 'tiff': {
      const { openGeotiff } = await import('./geotiff/openGeotiff')
      return openGeotiff(file, limits, options.signal)
    }
    case 'jp2': {
      const { openJp2 } = await import('./jp2/openJp2')
      return openJp2(file, limits, options.signal)
    }
    case 'zip':
      throw new AppError(
        'file-unsupported',
        `"${file.path}" is a zip archive inside another; unpack it first.`,
      )
    case 'empty':
      throw new AppError('file-malformed', `"${file.path}" is empty.`)
    case 'other':
      throw notARaster(file.path, sniffed.name)
    case 'safetensors':
      throw notARaster(file.path, 'a file of model weights')
    default:
      throw notARaster(file.path, 'neither HDF5, TIFF nor JPEG 2000')
  }
}

function notARaster(path: string, what: string): AppError {
  return new AppError(
    'file-unsupported',
    `"${path}" is ${what}. Give Landslide4Sense HDF5 (.h5), GeoTIFF (.tif) or JPEG 2000 (.jp2) files.`,
  )
}

/** World files are six short lines. */
const MAX_BYTES = 4096

/**
 * Reads the six lines of a world file: pixel width, row turn, column turn, pixel height, and the centre of the upper
 * left pixel (ESRI world file), as a corner transform.
 *
 * @returns null where the text is not six numbers.
 */
export function parseWorldFile(text: string): AffineTransform | null {
  const numbers = text.trim().split(/\s+/).slice(0, 6).map(Number)
  if (numbers.length < 6 || !numbers.every(Number.isFinite)) return null
  const [xColumn, yColumn, xRow, yRow, x, y] = numbers as [number, number, number, number, number, number]
  return [x - (xColumn + xRow) / 2, xColumn, xRow, y - (yColumn + yRow) / 2, yColumn, yRow]
}

/** Paths under which the world file of a raster may lie: "a.tfw", "a.tifw", "a.wld" for "a.tif". */
export function worldFilePaths(path: string): string[] {
  const base = path.replace(/\.[^./]*$/, '')
  const ending = path.slice(base.length + 1)
  const short = ending.length >= 2 ? `${ending[0]}${ending.at(-1)}w` : 'tfw'
  return [...new Set([`${base}.${short}`, `${base}.tfw`, `${path}w`, `${base}.wld`])]
}

/** Kinds of rasters that people place by a world file. */
const PLACEABLE = new Set<RasterKind>(['geotiff', 'jp2'])

/**
 * The raster's own georeference; where it has no transform, the one of its world file.
 *
 * @param companions files given beside the rasters, by path in lower case.
 */
export async function withWorldFile(
  raster: RasterSource,
  companions: ReadonlyMap<string, InputFile>,
): Promise<Georeference | null> {
  if (raster.georeference?.transform || !PLACEABLE.has(raster.kind)) return raster.georeference
  for (const path of worldFilePaths(raster.path)) {
    const file = companions.get(path.toLowerCase())
    if (!file || file.size > MAX_BYTES) continue
    const transform = parseWorldFile(new TextDecoder().decode(await file.slice(0, file.size)))
    if (transform) return { crs: null, geoKeys: null, ...raster.georeference, transform }
  }
  return raster.georeference
}
