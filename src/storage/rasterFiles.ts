import { AppError } from '../core/foundation/appError'
import { BAND_COUNT } from '../core/patches/bands'
import type { FileParts } from './byteStore'

export interface StoredPixels {
  /** [14, height, width] float32, raw units. */
  data: Float32Array
  /** [height, width] 1 valid, 0 not; null: all valid. */
  valid: Uint8Array | null
  /** [height, width] 0, 1, 255; null: no label. */
  label: Uint8Array | null
}

/** "SCP1" read as a little-endian uint32. */
const PIXEL_MAGIC = 0x31504353

const HEADER_WORDS = 4

const HAS_VALID = 1

const HAS_LABEL = 2

/**
 * A patch's pixels as one file, so that they appear together: header [magic, width, height, flags] as uint32, then
 * data, valid, label as their flags say; all little-endian.
 *
 * @throws AppError `shape-mismatch` if an array does not fit width and height.
 */
export function pixelFileParts(
  width: number,
  height: number,
  { data, valid, label }: StoredPixels,
): FileParts {
  const area = width * height
  for (const [what, array, length] of [
    ['Pixels', data, area * BAND_COUNT],
    ['The validity mask', valid, area],
    ['The label', label, area],
  ] as const) {
    if (array && array.length !== length) {
      throw new AppError('shape-mismatch', `${what} should hold ${length} values but hold ${array.length}.`)
    }
  }
  const flags = (valid ? HAS_VALID : 0) | (label ? HAS_LABEL : 0)
  const header = Uint32Array.of(PIXEL_MAGIC, width, height, flags)
  return [header, data, ...(valid ? [valid] : []), ...(label ? [label] : [])]
}

/** @throws AppError `storage-failed` if the file is not a whole pixel file of this size. */
export async function readPixelFile(file: Blob, width: number, height: number): Promise<StoredPixels> {
  const area = width * height
  const headerBytes = HEADER_WORDS * Uint32Array.BYTES_PER_ELEMENT
  const dataBytes = area * BAND_COUNT * Float32Array.BYTES_PER_ELEMENT
  const header =
    file.size >= headerBytes ? new Uint32Array(await file.slice(0, headerBytes).arrayBuffer()) : null
  const flags = header?.[3] ?? 0
  const planes = (flags & HAS_VALID ? 1 : 0) + (flags & HAS_LABEL ? 1 : 0)
  if (
    header?.[0] !== PIXEL_MAGIC ||
    header[1] !== width ||
    header[2] !== height ||
    file.size !== headerBytes + dataBytes + planes * area
  ) {
    throw new AppError(
      'storage-failed',
      'The stored pixels of this patch are damaged: remove it and add it again.',
    )
  }
  // Slices of their own, so that each array owns its buffer and may be transferred alone.
  const bytes = (begin: number, length: number) => file.slice(begin, begin + length).arrayBuffer()
  const data = new Float32Array(await bytes(headerBytes, dataBytes))
  let offset = headerBytes + dataBytes
  const plane = async (flag: number) => {
    if (!(flags & flag)) return null
    offset += area
    return new Uint8Array(await bytes(offset - area, area))
  }
  const valid = await plane(HAS_VALID)
  return { data, valid, label: await plane(HAS_LABEL) }
}

/** "SCM1" read as a little-endian uint32. */
const MASK_MAGIC = 0x314d4353

const FOOTER_BYTES = 2 * Uint32Array.BYTES_PER_ELEMENT

/**
 * A mask with what it holds, in one file so that they change together: one byte a pixel, then [magic, through] as
 * uint32, little-endian.
 *
 * @param through sequence of the latest step, not undone, that the mask holds; 0: none
 */
export function maskFileParts(mask: Uint8Array, through: number): FileParts {
  return [mask, Uint32Array.of(MASK_MAGIC, through)]
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
  if (footer?.[0] === MASK_MAGIC) return { mask: file.slice(0, area), through: footer[1]! }
  throw new AppError('storage-failed', `A stored raster of patch "${patchId}" is damaged: make it again.`)
}
