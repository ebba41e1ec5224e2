/** TIFF 6.0 field types that the writer needs, with their numbers. */
const FIELD = { ascii: 2, short: 3, long: 4, double: 12 } as const
const FIELD_BYTES = { ascii: 1, short: 2, long: 4, double: 8 } as const

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
    else view.setFloat64(index * size, value, true)
  })
  return { count: field.value.length, bytes }
}

/**
 * Writes one little-endian classic image file directory, its long values right behind it.
 *
 * @param offset where in the file the directory will stand (even)
 * @param next offset of the next directory, 0 for the last
 * @returns the bytes, padded to an even length
 */
export function encodeDirectory(
  fields: readonly TiffField[],
  offset: number,
  next: number,
): Uint8Array<ArrayBuffer> {
  const sorted = [...fields].sort((a, b) => a.tag - b.tag)
  const values = sorted.map(encoded)
  const headBytes = 2 + sorted.length * 12 + 4
  const tailBytes = values.reduce((sum, { bytes }) => sum + (bytes.length > 4 ? even(bytes.length) : 0), 0)
  const result = new Uint8Array(even(headBytes) + tailBytes)
  const view = new DataView(result.buffer)
  view.setUint16(0, sorted.length, true)
  let tail = even(headBytes)
  sorted.forEach((field, index) => {
    const { count, bytes } = values[index]!
    const at = 2 + index * 12
    view.setUint16(at, field.tag, true)
    view.setUint16(at + 2, FIELD[field.type], true)
    view.setUint32(at + 4, count, true)
    if (bytes.length <= 4) {
      result.set(bytes, at + 8)
    } else {
      view.setUint32(at + 8, offset + tail, true)
      result.set(bytes, tail)
      tail += even(bytes.length)
    }
  })
  view.setUint32(headBytes - 4, next, true)
  return result
}

function even(length: number): number {
  return length + (length % 2)
}
