import { AppError } from '../../foundation/appError'
import type { InputFile } from '../inputFile'

interface TiffEntry {
  type: number
  bytes: number
  value: number | null
  /** Listed more than once: readers differ in which they take. */
  isRepeated: boolean
}

/** One directory of a TIFF as its table lists it: nothing that it points to is read. */
export interface TiffDirectory {
  /** By tag: bytes of its values, 0 where the file has not as many, and its value where it is one whole number. */
  tags: ReadonlyMap<number, TiffEntry>
  /** Where the next directory begins; 0: this is the last. */
  next: number
}

/** Bytes of a value by its type (TIFF 6.0, section 2; BigTIFF). */
const TYPE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8]

/** Products of satellites have some dozens. */
const MOST_TAGS = 1024

/**
 * Reads the tables of a file's directories, one after another. A damaged one ends them.
 *
 * @throws AppError `file-malformed`, `file-too-large` for a directory of more tags than any product has.
 */
export async function* readDirectories(file: InputFile): AsyncGenerator<TiffDirectory> {
  const head = await view(file, 0, 16)
  const little = head.getUint16(0) === 0x4949
  const big = head.getUint16(2, little) === 43
  const number = (at: DataView, place: number) =>
    big ? Number(at.getBigUint64(place, little)) : at.getUint32(place, little)
  const countBytes = big ? 8 : 2
  const pointerBytes = big ? 8 : 4
  const entryBytes = 4 + 2 * pointerBytes
  const seen = new Set<number>()
  for (let offset = number(head, big ? 8 : 4); offset !== 0; ) {
    if (seen.has(offset)) throw malformed(file, 'its directories form a circle')
    seen.add(offset)
    const counted = await view(file, offset, countBytes)
    const count = big ? number(counted, 0) : counted.getUint16(0, little)
    if (count > MOST_TAGS)
      throw new AppError(
        'file-too-large',
        `"${file.path}" has ${count} tags in one directory; write it again.`,
      )
    const table = await view(file, offset + countBytes, count * entryBytes + pointerBytes)
    const tags = new Map<number, TiffEntry>()
    for (let at = 0; at < count * entryBytes; at += entryBytes) {
      const type = table.getUint16(at + 2, little)
      const values = number(table, at + 4)
      const place = at + 4 + pointerBytes
      let value: number | null = null
      if (values === 1 && type === 3) value = table.getUint16(place, little)
      else if (values === 1 && type === 4) value = table.getUint32(place, little)
      const tag = table.getUint16(at, little)
      // A tag that is listed twice is read twice.
      const bytes = values * (TYPE_BYTES[type] ?? 0)
      const before = tags.get(tag)
      const total = (before?.bytes ?? 0) + (bytes > file.size ? 0 : bytes)
      tags.set(tag, { type, bytes: total, value, isRepeated: before !== undefined })
    }
    const next = number(table, count * entryBytes)
    yield { tags, next }
    offset = next
  }
}

async function view(file: InputFile, begin: number, length: number): Promise<DataView> {
  const bytes = await file.slice(begin, begin + length)
  if (bytes.length < length && begin > 0)
    throw malformed(file, `its directory points to byte ${begin + length} of ${file.size}`)
  const padded = new Uint8Array(length)
  padded.set(bytes)
  return new DataView(padded.buffer)
}

function malformed(file: InputFile, what: string): AppError {
  return new AppError(
    'file-malformed',
    `"${file.path}" is cut off or damaged: ${what}. Copy or download it again.`,
  )
}
