import { AppError } from '../foundation/appError'
import { DEFAULT_LIMITS, type RasterLimits } from './rasterLimits'
import type { InputFile, RasterSource } from './rasterSource'
import { SNIFF_BYTES, sniffFormat } from './sniffFormat'

export interface OpenRasterOptions {
  limits?: Partial<RasterLimits>
  signal?: AbortSignal
}

/**
 * Opens a raster file, recognised by its content: Landslide4Sense HDF5 or (Geo)TIFF. Pixels are read later, by windows.
 *
 * @throws AppError `file-unreadable`, `file-unsupported` (names what the file is), `file-malformed`, `file-too-large`,
 * `aborted`; nothing else, whatever the bytes.
 */
export async function openRaster(file: InputFile, options: OpenRasterOptions = {}): Promise<RasterSource> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const head = await readHead(file)
  const sniffed = sniffFormat(head)
  switch (sniffed.format) {
    case 'hdf5': {
      const { openHdf5 } = await import('./hdf5/openHdf5')
      return openHdf5(file, limits)
    }
    case 'tiff': {
      const { openGeotiff } = await import('./geotiff/openGeotiff')
      return openGeotiff(file, limits, options.signal)
    }
    case 'zip':
      throw new AppError(
        'file-unsupported',
        `"${file.path}" is a zip archive inside another; unpack it first.`,
      )
    case 'empty':
      throw new AppError('file-malformed', `"${file.path}" is empty.`)
    case 'other':
      throw new AppError(
        'file-unsupported',
        `"${file.path}" is ${sniffed.name}. Give Landslide4Sense HDF5 (.h5) or GeoTIFF (.tif) files.`,
      )
    default:
      throw new AppError(
        'file-unsupported',
        `"${file.path}" is neither HDF5 nor TIFF. Give Landslide4Sense HDF5 (.h5) or GeoTIFF (.tif) files.`,
      )
  }
}

async function readHead(file: InputFile): Promise<Uint8Array> {
  try {
    return await file.slice(0, Math.min(SNIFF_BYTES, file.size))
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    throw new AppError('file-unreadable', `"${file.path}" cannot be read (${reason}).`, { cause: thrown })
  }
}
