import { AppError } from '../foundation/appError'
import type { RasterSource } from '../raster/rasterSource'
import { BACKGROUND, IGNORE, LANDSLIDE } from './patch'

export interface ReadMask {
  /** [height, width] of 0, 1, 255. */
  label: Uint8Array
  remarks: string[]
}

/**
 * Reads a one-band label raster: 0 background, 1 landslide, 255 or no-data ignore. Where 0 and 255 are the only
 * values, 255 means landslide, as many tools write masks.
 *
 * @throws AppError `bands-mismatch` for more than one band, `file-unsupported` for other values, and what `read` throws.
 */
export async function readMask(raster: RasterSource, signal?: AbortSignal): Promise<ReadMask> {
  if (raster.bandCount !== 1) {
    throw new AppError(
      'bands-mismatch',
      `"${raster.path}" is named as a mask but has ${raster.bandCount} bands. A mask has one: 0, 1 and 255 (ignore).`,
    )
  }
  const [plane] = await raster.read({ signal })
  const values = new Set<number>()
  for (const value of plane!) {
    values.add(value)
    if (values.size > 8) break
  }
  const others = [...values].filter(
    value => ![BACKGROUND, LANDSLIDE, IGNORE].includes(value) && !Object.is(value, raster.nodata),
  )
  if (others.length > 0) {
    throw new AppError(
      'file-unsupported',
      `"${raster.path}" holds values a mask has not (${others.slice(0, 4).join(', ')}). ` +
        'Write 0 for background, 1 for landslide, 255 for pixels to ignore.',
    )
  }
  const as255 =
    values.has(IGNORE) && !values.has(LANDSLIDE) && values.has(BACKGROUND) && raster.nodata !== IGNORE
  // No-data 0 only says how to draw the mask: background stays background.
  const missing = raster.nodata === BACKGROUND || raster.nodata === LANDSLIDE ? null : raster.nodata
  const label = Uint8Array.from(plane!, value => {
    if (value === missing && value !== null) return IGNORE
    return as255 && value === IGNORE ? LANDSLIDE : value
  })
  return {
    label,
    remarks: as255 ? ['Its values are 0 and 255 only: 255 is taken as landslide.'] : [],
  }
}
