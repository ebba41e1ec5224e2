import { AppError, toAppError, withReason } from '../foundation/appError'

/** A file from any origin (browser File, Node path, zip member), read lazily by byte ranges. */
export interface InputFile {
  readonly path: string
  readonly size: number
  /** Bytes of the caller's own, who may hand their buffer on. */
  slice(begin: number, end: number): Promise<Uint8Array>
}

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

/** Bytes already in memory as an input file; ranges beyond the end come back short, as from a Blob. */
export function bytesInput(path: string, bytes: Uint8Array): InputFile {
  return {
    path,
    size: bytes.byteLength,
    slice: async (begin, end) => bytes.slice(begin, Math.min(end, bytes.byteLength)),
  }
}

/** What the first bytes of a file say it is. */
export type SniffedFormat =
  | { format: 'hdf5' | 'tiff' | 'jp2' | 'zip' | 'safetensors' | 'pickle' }
  /** Known, but not read here; `name` for a person. */
  | { format: 'other'; name: string }
  | { format: 'unknown' }
  | { format: 'empty' }

/** Bytes that `sniffFormat` wants from the start of a file. */
export const SNIFF_BYTES = 2048 + 8

const HDF5_SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]

/** A JP2 file's first box, and the first two markers of a codestream on its own. */
const JP2_SIGNATURES = [
  [0, 0, 0, 12, 0x6a, 0x50, 0x20, 0x20, 13, 10, 0x87, 10],
  [0xff, 0x4f, 0xff, 0x51],
]

const OTHERS: { name: string; magic: number[]; at?: number }[] = [
  { name: 'a PNG picture', magic: [0x89, 0x50, 0x4e, 0x47] },
  { name: 'a JPEG picture', magic: [0xff, 0xd8, 0xff] },
  { name: 'a classic NetCDF file', magic: [0x43, 0x44, 0x46] },
  { name: 'a GRIB file', magic: [0x47, 0x52, 0x49, 0x42] },
  { name: 'a NumPy array', magic: [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59] },
  { name: 'a gzip archive', magic: [0x1f, 0x8b] },
  { name: 'a 7-Zip archive', magic: [0x37, 0x7a, 0xbc, 0xaf] },
  { name: 'a RAR archive', magic: [0x52, 0x61, 0x72, 0x21] },
  { name: 'a PDF document', magic: [0x25, 0x50, 0x44, 0x46] },
  { name: 'a SQLite or GeoPackage database', magic: [0x53, 0x51, 0x4c, 0x69, 0x74, 0x65] },
]

/**
 * Recognises a file by its content, never by its ending. HDF5 may keep its signature behind a user block, at 512,
 * 1024 or 2048 bytes (HDF5 File Format Specification, II.A). A safetensors file begins with the length of its JSON
 * header, a Python pickle with its protocol (2 to 5).
 *
 * @param size of the whole file, bytes.
 */
export function sniffFormat(head: Uint8Array, size: number): SniffedFormat {
  if (head.length === 0) return { format: 'empty' }
  if ([0, 512, 1024, 2048].some(at => startsWith(head, HDF5_SIGNATURE, at))) return { format: 'hdf5' }
  const order = String.fromCharCode(head[0] ?? 0, head[1] ?? 0)
  if (order === 'II' || order === 'MM') {
    const magic = order === 'II' ? [head[2], head[3]] : [head[3], head[2]]
    if ((magic[0] === 42 || magic[0] === 43) && magic[1] === 0) return { format: 'tiff' }
  }
  // A local file, an empty archive, a spanned archive.
  const zip = [
    [0x50, 0x4b, 0x03, 0x04],
    [0x50, 0x4b, 0x05, 0x06],
    [0x50, 0x4b, 0x07, 0x08],
  ]
  if (zip.some(magic => startsWith(head, magic))) return { format: 'zip' }
  if (JP2_SIGNATURES.some(magic => startsWith(head, magic))) return { format: 'jp2' }
  const other = OTHERS.find(({ magic, at }) => startsWith(head, magic, at))
  if (other) return { format: 'other', name: other.name }
  if (isSafetensors(head, size)) return { format: 'safetensors' }
  return head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5 ? { format: 'pickle' } : { format: 'unknown' }
}

/** A length of 8 bytes, within the file, then the header's opening brace. */
function isSafetensors(head: Uint8Array, size: number): boolean {
  if (head.length < 16 || head[8] !== 0x7b) return false
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  return view.getUint32(4, true) === 0 && view.getUint32(0, true) <= size - 8
}

const sniffed = new WeakMap<InputFile, Promise<SniffedFormat>>()

/**
 * What a file is by its content. Its first bytes are read once, however many ask.
 *
 * @throws AppError `file-unreadable`
 */
export function sniffFile(file: InputFile): Promise<SniffedFormat> {
  const known = sniffed.get(file)
  if (known) return known
  const reading = readFormat(file)
  sniffed.set(file, reading)
  reading.catch(() => sniffed.delete(file))
  return reading
}

async function readFormat(file: InputFile): Promise<SniffedFormat> {
  try {
    return sniffFormat(await file.slice(0, Math.min(SNIFF_BYTES, file.size)), file.size)
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown
    const sentence = `"${file.path}" cannot be read. See that it is there and not changing.`
    throw new AppError('file-unreadable', withReason(sentence, thrown), { cause: thrown })
  }
}

function startsWith(head: Uint8Array, magic: readonly number[], at = 0): boolean {
  return magic.every((byte, index) => head[at + index] === byte)
}
const SIDECAR =
  /\.(tfw|tifw|tiffw|j2w|jp2w|wld|prj|shx|dbf|cpg|qix|sbn|sbx|qpj|xml|ovr|qml|vrt|md|txt|json|geojson|csv|html?|pdf|py|ipynb)$/i

/** Whether a path is a companion of rasters (world file, metadata, notes) by its ending: read with them or passed over. */
export function isSidecar(path: string): boolean {
  return SIDECAR.test(path)
}
