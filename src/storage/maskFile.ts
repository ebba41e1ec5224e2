import { AppError } from '../core/foundation/appError'
import type { FileParts } from './byteStore'

/** "SCM1" read as a little-endian uint32. */
const MAGIC = 0x314d4353
const FOOTER_BYTES = 2 * Uint32Array.BYTES_PER_ELEMENT

/**
 * A mask with what it holds, in one file so that they change together: one byte a pixel, then [magic, through] as
 * uint32, little-endian.
 *
 * @param through sequence of the latest step in force that the mask holds; 0: none
 */
export function maskFileParts(mask: Uint8Array, through: number): FileParts {
  return [mask, Uint32Array.of(MAGIC, through)]
}

/**
 * @returns `through` null for a file from before masks said so, which held every step on record
 * @throws AppError `storage-failed` if the file is not a mask of this many pixels.
 */
export function readMaskFile(
  patchId: string,
  file: Uint8Array,
  area: number,
): { mask: Uint8Array; through: number | null } {
  if (file.length === area) return { mask: file, through: null }
  const footer = file.length === area + FOOTER_BYTES ? new Uint32Array(file.slice(area).buffer) : null
  if (footer?.[0] === MAGIC) return { mask: file.slice(0, area), through: footer[1]! }
  throw new AppError('storage-failed', `A stored raster of patch "${patchId}" is damaged: make it anew.`)
}
