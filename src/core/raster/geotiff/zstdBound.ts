const MAGIC = 0xfd2fb528
const MAX_BLOCK = 128 * 1024

/**
 * The most bytes that Zstandard frames can decompress to, from their block headers alone (RFC 8878, 3.1.1), so that a
 * small hostile block is refused before anything is allocated for it. Infinity where the stream is not understood.
 */
export function zstdBound(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  let bound = 0
  while (at + 5 <= bytes.length) {
    const magic = view.getUint32(at, true)
    if (magic >= 0x184d2a50 && magic <= 0x184d2a5f && at + 8 <= bytes.length) {
      at += 8 + view.getUint32(at + 4, true)
      continue
    }
    if (magic !== MAGIC) return at === 0 ? Number.POSITIVE_INFINITY : bound
    const descriptor = bytes[at + 4]!
    const singleSegment = (descriptor >> 5) & 1
    const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!
    const sizeFlag = descriptor >> 6
    const sizeBytes = sizeFlag === 0 ? singleSegment : 1 << sizeFlag
    at += 5 + (1 - singleSegment) + dictionaryBytes + sizeBytes
    for (let last = false; !last; ) {
      if (at + 3 > bytes.length) return bound
      const header = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)
      last = (header & 1) === 1
      const type = (header >> 1) & 3
      const size = header >> 3
      bound += type === 2 ? MAX_BLOCK : size
      at += 3 + (type === 1 ? 1 : size)
    }
    if ((descriptor >> 2) & 1) at += 4
  }
  return bound
}
