/** TIFF 6.0 field types that the writer needs, with their numbers, and BigTIFF's. */
const FIELD = { ascii: 2, short: 3, long: 4, double: 12, long8: 16 } as const
const FIELD_BYTES = { ascii: 1, short: 2, long: 4, double: 8, long8: 8 } as const

/** One entry of an image file directory. */
export interface TiffField {
  tag: number
  type: keyof typeof FIELD
  /** Numbers, or for `ascii` a string (written as UTF-8 with a closing NUL). */
  value: readonly number[] | string
}

/** A directory laid out: its bytes, to be written at the offset given to `directoryBytes`. */
function encoded(field: TiffField): { count: number; bytes: Uint8Array } {
  if (typeof field.value === 'string') {
    const text = new TextEncoder().encode(field.value)
    const bytes = new Uint8Array(text.length + 1)
    bytes.set(text)
    return { count: bytes.length, bytes }
  }
  const size = FIELD_BYTES[field.type]
  const bytes = new Uint8Array(field.value.length * size)
  const view = new DataView(bytes.buffer)
  field.value.forEach((value, index) => {
    if (field.type === 'short') view.setUint16(index * size, value, true)
    else if (field.type === 'long') view.setUint32(index * size, value, true)
    else if (field.type === 'long8') view.setBigUint64(index * size, BigInt(value), true)
    else view.setFloat64(index * size, value, true)
  })
  return { count: field.value.length, bytes }
}

/**
 * Writes one little-endian image file directory, its long values right behind it.
 *
 * @param offset where in the file the directory will stand (even)
 * @param next offset of the next directory, 0 for the last
 * @param big BigTIFF: counts and offsets of 8 bytes
 * @returns the bytes, padded to an even length
 */
export function encodeDirectory(
  fields: readonly TiffField[],
  offset: number,
  next: number,
  big = false,
): Uint8Array<ArrayBuffer> {
  const sorted = [...fields].sort((a, b) => a.tag - b.tag)
  const values = sorted.map(encoded)
  const word = big ? 8 : 4
  const countBytes = big ? 8 : 2
  const entryBytes = 4 + 2 * word
  const headBytes = countBytes + sorted.length * entryBytes + word
  const tailBytes = values.reduce((sum, { bytes }) => sum + (bytes.length > word ? even(bytes.length) : 0), 0)
  const result = new Uint8Array(even(headBytes) + tailBytes)
  const view = new DataView(result.buffer)
  const setWord = (at: number, value: number) =>
    big ? view.setBigUint64(at, BigInt(value), true) : view.setUint32(at, value, true)
  if (big) view.setBigUint64(0, BigInt(sorted.length), true)
  else view.setUint16(0, sorted.length, true)
  let tail = even(headBytes)
  sorted.forEach((field, index) => {
    const { count, bytes } = values[index]!
    const at = countBytes + index * entryBytes
    view.setUint16(at, field.tag, true)
    view.setUint16(at + 2, FIELD[field.type], true)
    setWord(at + 4, count)
    if (bytes.length <= word) {
      result.set(bytes, at + 4 + word)
    } else {
      setWord(at + 4 + word, offset + tail)
      result.set(bytes, tail)
      tail += even(bytes.length)
    }
  })
  setWord(headBytes - word, next)
  return result
}

function even(length: number): number {
  return length + (length % 2)
}
