import { AppError } from '../foundation/appError'
import { BAND_COUNT } from '../patches/bands'
import type { PixelWindow } from '../raster/rasterSource'

/** A file as the pieces that it is written of. */
type FileParts = readonly (Uint8Array | Float32Array | Uint32Array)[]

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

const HEADER_BYTES = 4 * Uint32Array.BYTES_PER_ELEMENT

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
  const dataBytes = area * BAND_COUNT * Float32Array.BYTES_PER_ELEMENT
  const flags = await pixelFlags(file, width, height)
  if (flags === null) throw damagedPixels()
  // Slices of their own, so that each array owns its buffer and may be transferred alone.
  const bytes = (begin: number, length: number) => file.slice(begin, begin + length).arrayBuffer()
  const data = new Float32Array(await bytes(HEADER_BYTES, dataBytes))
  let offset = HEADER_BYTES + dataBytes
  const plane = async (flag: number) => {
    if (!(flags & flag)) return null
    offset += area
    return new Uint8Array(await bytes(offset - area, area))
  }
  const valid = await plane(HAS_VALID)
  return { data, valid, label: await plane(HAS_LABEL) }
}

/** Whether a window lies in a raster of this size. */
export function isWithin(
  { column, row, width, height }: PixelWindow,
  raster: { width: number; height: number },
): boolean {
  const sides = [column, row, width, height].every(Number.isInteger) && column >= 0 && row >= 0
  const inside = column + width <= raster.width && row + height <= raster.height
  return sides && width > 0 && height > 0 && inside
}

/**
 * A window of some bands, of which only the rows are read.
 *
 * @param bands in the order that they are given back in
 * @returns data [bands, height, width] of the window
 * @throws AppError `storage-failed` if the file is not a whole pixel file of this size, `bad-argument` for a window or a
 *   band that it does not have.
 */
export async function readPixelFileWindow(
  file: Blob,
  { width, height }: { width: number; height: number },
  window: PixelWindow,
  bands: readonly number[] = Array.from({ length: BAND_COUNT }, (_, band) => band),
): Promise<Omit<StoredPixels, 'label'>> {
  if (!isWithin(window, { width, height })) {
    const { column, row } = window
    throw new AppError(
      'bad-argument',
      `A window of ${window.width} x ${window.height} pixels at column ${column}, row ${row} leaves a patch of ${width} x ${height}.`,
    )
  }
  const unknown = bands.find(band => !Number.isInteger(band) || band < 0 || band >= BAND_COUNT)
  if (unknown !== undefined) throw new AppError('bad-argument', `A patch has no band ${unknown}.`)
  const flags = await pixelFlags(file, width, height)
  if (flags === null) throw damagedPixels()
  /** The window's part of a plane that begins at a byte of the file. */
  const part = async (begin: number, bytesPerPixel: number): Promise<Uint8Array<ArrayBuffer>> => {
    const rowBytes = width * bytesPerPixel
    const first = begin + window.row * rowBytes
    const rows = new Uint8Array(await file.slice(first, first + window.height * rowBytes).arrayBuffer())
    if (window.width === width) return rows
    const length = window.width * bytesPerPixel
    const cut = new Uint8Array(window.height * length)
    for (let row = 0; row < window.height; row++) {
      const from = row * rowBytes + window.column * bytesPerPixel
      cut.set(rows.subarray(from, from + length), row * length)
    }
    return cut
  }
  const area = window.width * window.height
  const data = new Float32Array(bands.length * area)
  const planeBytes = width * height * Float32Array.BYTES_PER_ELEMENT
  for (const [index, band] of bands.entries()) {
    const { buffer } = await part(HEADER_BYTES + band * planeBytes, Float32Array.BYTES_PER_ELEMENT)
    data.set(new Float32Array(buffer), index * area)
  }
  const valid = flags & HAS_VALID ? await part(HEADER_BYTES + BAND_COUNT * planeBytes, 1) : null
  return { data, valid }
}

function damagedPixels(): AppError {
  return new AppError(
    'storage-failed',
    'The stored pixels of this patch are damaged: remove it and add it again.',
  )
}

/** Whether a file is a whole pixel file of this size, by its header and length. */
export async function isPixelFile(file: Blob, width: number, height: number): Promise<boolean> {
  return (await pixelFlags(file, width, height)) !== null
}

/** The flags of a whole pixel file of this size; null: it is none. */
async function pixelFlags(file: Blob, width: number, height: number): Promise<number | null> {
  if (file.size < HEADER_BYTES) return null
  const header = new Uint32Array(await file.slice(0, HEADER_BYTES).arrayBuffer())
  const [magic, storedWidth, storedHeight, flags = 0] = header
  if (magic !== PIXEL_MAGIC || storedWidth !== width || storedHeight !== height) return null
  const bytes = BAND_COUNT * Float32Array.BYTES_PER_ELEMENT
  const planes = (flags & HAS_VALID ? 1 : 0) + (flags & HAS_LABEL ? 1 : 0)
  return file.size === HEADER_BYTES + width * height * (bytes + planes) ? flags : null
}

/** What to do where a mask cannot be read. */
export const MASK_ADVICE = 'open an archive that was saved before, or remove the patch and add it again.'

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
  throw new AppError('storage-failed', `The mask of patch "${patchId}" is damaged: ${MASK_ADVICE}`)
}
