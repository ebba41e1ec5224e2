import { AppError } from '../../foundation/appError'
import type { InputFile } from '../rasterSource'

interface Slice {
  offset: number
  length: number
}

/** Structural copy of geotiff.js's own source class, which its entry point does not export. */
export interface TiffByteSource {
  fetch(slices: Slice[], signal?: AbortSignal): Promise<ArrayBufferLike[]>
  fetchSlice(slice: Slice, signal?: AbortSignal): Promise<Slice & { data: ArrayBufferLike }>
  readonly fileSize: number
  close(): Promise<void>
}

/** geotiff.js reads directories in steps of up to 4 kB and asks for a little more than they hold. */
const OVERSHOOT = 65_536

/**
 * Feeds geotiff.js from an input file and stops directories that point beyond the end of the file before anything is
 * allocated for them.
 */
export function guardedSource(file: InputFile): TiffByteSource {
  const fetchSlice = async ({ offset, length }: Slice) => {
    const sane = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0
    if (!sane || offset >= file.size || offset + length > file.size + OVERSHOOT) {
      throw new AppError(
        'file-malformed',
        `"${file.path}" is cut off or damaged: its directory points to byte ${offset + length} ` +
          `of ${file.size}. Copy or download it again.`,
      )
    }
    const bytes = await file.slice(offset, Math.min(offset + length, file.size))
    const data = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
    return { offset, length, data }
  }
  return {
    fetchSlice,
    fetch: slices => Promise.all(slices.map(async slice => (await fetchSlice(slice)).data)),
    fileSize: file.size,
    close: async () => undefined,
  }
}
