const MAGIC = 0xfd2fb528
const MAX_BLOCK = 128 * 1024

/**
 * Checks a Zstandard frame before it reaches the decoder (RFC 8878, 3.1.1) and writes its size into its header where the
 * writer left it out: without it the decoder in use streams, and on a damaged stream does not come to an end.
 *
 * @param length size that the frame should decompress to; `slack` more are let pass.
 * @returns one frame that states its size.
 * @throws Error where this is no single sound frame, or it would grow beyond.
 */
export function soundZstd(bytes: Uint8Array, length: number, slack = 0): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 9 || view.getUint32(0, true) !== MAGIC) throw new Error('is no Zstandard frame')
  const descriptor = bytes[4]!
  const singleSegment = (descriptor >> 5) & 1
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!
  const sizeFlag = descriptor >> 6
  const sizeBytes = sizeFlag === 0 ? singleSegment : 1 << sizeFlag
  const sizeAt = 5 + (1 - singleSegment) + dictionaryBytes
  const blocksAt = sizeAt + sizeBytes
  const { bound, end } = walkBlocks(bytes, blocksAt)
  // The last block may be padded by the writer's buffer, so the frame ends here; what follows is not read.
  const frame = bytes.subarray(0, Math.min(bytes.length, end + ((descriptor >> 2) & 1) * 4))
  // Compressed blocks may be small, so their bound is loose; growth far beyond it is hostile.
  if (bound > 4 * (length + slack) + 8 * MAX_BLOCK) throw new Error(`would grow far beyond ${length} bytes`)
  if (sizeBytes > 0) {
    const stated = statedSize(view, sizeAt, sizeBytes)
    if (stated > length + slack) throw new Error(`states ${stated} bytes, not ${length}`)
    return frame
  }
  const known = new Uint8Array(frame.length + 4)
  known.set(frame.subarray(0, sizeAt))
  known[4] = descriptor | 0x80
  new DataView(known.buffer).setUint32(sizeAt, length, true)
  known.set(frame.subarray(sizeAt), sizeAt + 4)
  return known
}

function walkBlocks(bytes: Uint8Array, begin: number): { bound: number; end: number } {
  let bound = 0
  let at = begin
  for (let last = false; !last; ) {
    if (at + 3 > bytes.length) throw new Error('ends within its blocks')
    const header = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)
    last = (header & 1) === 1
    const type = (header >> 1) & 3
    const size = header >> 3
    if (type === 3) throw new Error('has a block of no known type')
    bound += type === 2 ? MAX_BLOCK : size
    at += 3 + (type === 1 ? 1 : size)
  }
  if (at > bytes.length) throw new Error('ends within its blocks')
  return { bound, end: at }
}

/** Frame_Content_Size: the two-byte form is offset by 256. */
function statedSize(view: DataView, at: number, sizeBytes: number): number {
  if (at + sizeBytes > view.byteLength) return Number.POSITIVE_INFINITY
  if (sizeBytes === 1) return view.getUint8(at)
  if (sizeBytes === 2) return view.getUint16(at, true) + 256
  if (sizeBytes === 4) return view.getUint32(at, true)
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32
}
