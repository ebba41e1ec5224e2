import { toAppError } from '../foundation/appError'
import type { InputFile } from './rasterSource'

/**
 * A browser File or Blob as an input file, read lazily by ranges.
 *
 * @throws AppError `file-unreadable` from `slice` when the browser cannot read it (moved, changed, no permission).
 */
export function blobInput(path: string, blob: Blob): InputFile {
  return {
    path,
    size: blob.size,
    async slice(begin, end) {
      try {
        return new Uint8Array(await blob.slice(begin, end).arrayBuffer())
      } catch (thrown) {
        throw toAppError(thrown, 'file-unreadable')
      }
    },
  }
}
