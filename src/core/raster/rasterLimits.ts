import { AppError } from '../foundation/appError'
import type { PixelWindow, SampleArray } from './rasterSource'

/** What a file may cost before it is refused with `file-too-large`, and the checks that hold it to that. */
export interface RasterLimits {
  /** HDF5 files are staged whole in the library's memory. */
  stagedBytes: number
  /** Decoded size of one TIFF strip or tile. */
  blockBytes: number
  /** Strips and tiles of one image. */
  blockCount: number
  /** Samples (pixels x bands) that one `read` may return. */
  samples: number
  /** Time for opening, and again for each `read`. */
  milliseconds: number
}

export const DEFAULT_LIMITS: RasterLimits = {
  stagedBytes: 256 * 2 ** 20,
  blockBytes: 256 * 2 ** 20,
  blockCount: 2 ** 20,
  samples: 2 ** 28,
  milliseconds: 30_000,
}

/** Throws `bad-argument` where a window is empty, fractional or leaves the raster. */
export function checkWindow(window: PixelWindow, width: number, height: number): void {
  const { column, row } = window
  const whole = [column, row, window.width, window.height].every(Number.isInteger)
  const inside = column >= 0 && row >= 0 && column + window.width <= width && row + window.height <= height
  if (!whole || !inside || window.width < 1 || window.height < 1) {
    throw new AppError(
      'bad-argument',
      `Window ${window.width} x ${window.height} at (${column}, ${row}) does not fit in ${width} x ${height} pixels.`,
    )
  }
}

/**
 * What one `read` is asked for, checked against the raster and its limits.
 *
 * @param size of the raster at the level that is read.
 * @returns the window and the bands, all of them by default.
 * @throws AppError `bad-argument` for a window or a band that is not there, `file-too-large` for too many samples at once.
 */
export function checkRequest(
  path: string,
  size: { width: number; height: number; bandCount: number },
  { samples }: Pick<RasterLimits, 'samples'>,
  request: { window?: PixelWindow; bands?: readonly number[] } = {},
): { window: PixelWindow; bands: readonly number[] } {
  const { width, height, bandCount } = size
  const window = request.window ?? { column: 0, row: 0, width, height }
  const bands = request.bands ?? Array.from({ length: bandCount }, (_, band) => band)
  checkWindow(window, width, height)
  const missing = bands.find(band => !Number.isInteger(band) || band < 0 || band >= bandCount)
  if (missing !== undefined) throw new AppError('bad-argument', `No band ${missing} in "${path}".`)
  if (window.width * window.height * bands.length > samples) {
    throw new AppError(
      'file-too-large',
      `"${path}": ${window.width} x ${window.height} pixels in ${bands.length} bands are too many to read ` +
        'at once; cut the raster into tiles.',
    )
  }
  return { window, bands }
}

/** Copies a window out of a row-major [height, width] plane; the plane itself where the window is all of it. */
export function cropWindow(
  plane: SampleArray,
  width: number,
  height: number,
  window: PixelWindow,
): SampleArray {
  checkWindow(window, width, height)
  if (window.width === width && window.height === height) return plane
  const cropped = plane.slice(0, window.width * window.height)
  for (let y = 0; y < window.height; y++) {
    const begin = (window.row + y) * width + window.column
    cropped.set(plane.subarray(begin, begin + window.width), y * window.width)
  }
  return cropped
}

/**
 * Runs `work` with a signal that fires when the caller's does or when the time is up; settles at once then, even if
 * `work` never does. Work that neither awaits nor looks at the signal cannot be cut off from within its own thread.
 *
 * @throws AppError `file-too-large` when the time is up.
 */
export async function withDeadline<T>(
  milliseconds: number,
  path: string,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  let stop: (error: AppError) => void = () => undefined
  const stopped = new Promise<never>((_, reject) => {
    stop = error => {
      controller.abort(error)
      reject(error)
    }
  })
  const onAbort = () => stop(new AppError('aborted', 'Cancelled.'))
  if (signal?.aborted) throw new AppError('aborted', 'Cancelled.')
  signal?.addEventListener('abort', onAbort, { once: true })
  const timer = setTimeout(() => {
    const seconds = milliseconds / 1000
    stop(
      new AppError(
        'file-too-large',
        `"${path}" took more than ${seconds} s to read and was given up; cut it into smaller tiles.`,
      ),
    )
  }, milliseconds)
  try {
    return await Promise.race([work(controller.signal), stopped])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
    // Whoever lost the race must not surface later as an unhandled rejection.
    stopped.catch(() => undefined)
  }
}
