const OBJECT_HEADER = [0x4f, 0x48, 0x44, 0x52]
const VERSION = 2
/** Flags of a header (HDF5 File Format Specification, IV.A.1.b): the width of its length, and what follows it. */
const LENGTH_WIDTH = 0b11
const HAS_PHASE_CHANGE = 0x10
const HAS_TIMES = 0x20
/** Of access, modification, change and birth, 4 bytes each. */
const TIMES_BYTES = 16
const CHECKSUM_BYTES = 4

/**
 * Sets the times that the HDF5 library notes in object headers of version 2 to 0, so that the same content gives the same
 * bytes. The package offers no way to write without them.
 *
 * @param file a whole HDF5 file, which is changed.
 */
export function clearHdf5Times(file: Uint8Array): void {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  for (let at = file.indexOf(OBJECT_HEADER[0]!); at >= 0; at = file.indexOf(OBJECT_HEADER[0]!, at + 1)) {
    const end = headerEnd(file, at)
    // Pixels may look like a header, but not with its checksum.
    if (end === null || view.getUint32(end, true) !== lookup3(file.subarray(at, end))) continue
    file.fill(0, at + 6, at + 6 + TIMES_BYTES)
    view.setUint32(end, lookup3(file.subarray(at, end)), true)
  }
}

/** Where the checksum of a header with times lies; null where there is no such header. */
function headerEnd(file: Uint8Array, at: number): number | null {
  if (OBJECT_HEADER.some((byte, index) => file[at + index] !== byte)) return null
  const flags = file[at + 5] ?? 0
  if (file[at + 4] !== VERSION || !(flags & HAS_TIMES)) return null
  const width = 1 << (flags & LENGTH_WIDTH)
  let begin = at + 6 + TIMES_BYTES + (flags & HAS_PHASE_CHANGE ? 4 : 0)
  let length = 0
  for (let byte = 0; byte < width; byte++) length += (file[begin + byte] ?? 0) * 256 ** byte
  begin += width
  return begin + length + CHECKSUM_BYTES <= file.length ? begin + length : null
}

/** Bob Jenkins' hash of 2006 (public domain) with a seed of 0, the checksum of HDF5's metadata. */
function lookup3(bytes: Uint8Array): number {
  const length = bytes.length
  let a = (0xdeadbeef + length) | 0
  let b = a
  let c = a
  const word = (at: number) => {
    let value = 0
    for (let byte = 0; byte < 4; byte++) value |= (bytes[at + byte] ?? 0) << (8 * byte)
    return value
  }
  const rotate = (value: number, by: number) => (value << by) | (value >>> (32 - by))
  let at = 0
  for (; length - at > 12; at += 12) {
    a = (a + word(at)) | 0
    b = (b + word(at + 4)) | 0
    c = (c + word(at + 8)) | 0
    for (const [first, second, third] of [
      [4, 6, 8],
      [16, 19, 4],
    ] as const) {
      a = ((a - c) ^ rotate(c, first)) | 0
      c = (c + b) | 0
      b = ((b - a) ^ rotate(a, second)) | 0
      a = (a + c) | 0
      c = ((c - b) ^ rotate(b, third)) | 0
      b = (b + a) | 0
    }
  }
  if (length === at) return c >>> 0
  a = (a + word(at)) | 0
  b = (b + word(at + 4)) | 0
  c = (c + word(at + 8)) | 0
  c = ((c ^ b) - rotate(b, 14)) | 0
  a = ((a ^ c) - rotate(c, 11)) | 0
  b = ((b ^ a) - rotate(a, 25)) | 0
  c = ((c ^ b) - rotate(b, 16)) | 0
  a = ((a ^ c) - rotate(c, 4)) | 0
  b = ((b ^ a) - rotate(a, 14)) | 0
  c = ((c ^ b) - rotate(b, 24)) | 0
  return c >>> 0
}
