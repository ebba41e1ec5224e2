import { throwIfAborted } from '../foundation/appError'
import { BAND_COUNT } from '../patches/bands'
import type { PatchPixels } from '../patches/patch'
import type { PixelWindow } from '../raster/rasterSource'
import { windowOverlap } from '../raster/windowOverlap'

/** A stored piece of a scene. */
interface StoredPiece {
  id: string
  /** Its pixels in the scene. */
  window: PixelWindow
}

/**
 * Reads a scene from its pieces. Where there is no piece there is no data.
 *
 * @param readStrip all columns of a piece in some of its rows, raw units
 * @returns what reads a window of the scene
 */
export function readPieces(
  pieces: readonly StoredPiece[],
  readStrip: (id: string, rows: PixelWindow) => Promise<Pick<PatchPixels, 'data' | 'valid'>>,
): (window: PixelWindow, signal?: AbortSignal) => Promise<PatchPixels> {
  return async (window, signal) => {
    const { width, height } = window
    const data = new Float32Array(BAND_COUNT * width * height)
    const valid = new Uint8Array(width * height)
    for (const piece of pieces) {
      const part = windowOverlap(window, piece.window)
      if (!part) continue
      throwIfAborted(signal)
      const rows = {
        column: 0,
        row: part.row - piece.window.row,
        width: piece.window.width,
        height: part.height,
      }
      const strip = await readStrip(piece.id, rows)
      const left = part.column - piece.window.column
      for (let y = 0; y < part.height; y++) {
        const to = (part.row - window.row + y) * width + part.column - window.column
        const from = y * rows.width + left
        for (let band = 0; band < BAND_COUNT; band++) {
          const begin = band * rows.width * rows.height + from
          data.set(strip.data.subarray(begin, begin + part.width), band * width * height + to)
        }
        if (strip.valid) valid.set(strip.valid.subarray(from, from + part.width), to)
        else valid.fill(1, to, to + part.width)
      }
    }
    return { width, height, data, valid }
  }
}
