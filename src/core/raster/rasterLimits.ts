/** What a file may cost before it is refused with `file-too-large`. Bytes, samples, milliseconds. */
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
