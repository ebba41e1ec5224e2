import { Inflate } from 'pako'

const CLEAR = 256

const END = 257

const MAX_BITS = 12

/**
 * TIFF's LZW (TIFF 6.0, section 13): codes most significant bit first, width changed one code early.
 *
 * @returns exactly `length` bytes; what the stream holds beyond them is left.
 * @throws Error where the stream is damaged or ends early; old-style streams (least significant bit first) too.
 */
export function decodeLzw(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes[0] === 0 && ((bytes[1] ?? 0) & 1) === 1) throw new Error('is old-style LZW')
  const out = new Uint8Array(length)
  // Each code stands for a run that was already written: where it begins and how long it is.
  const begins = new Uint32Array(1 << MAX_BITS)
  const lengths = new Uint32Array(1 << MAX_BITS)
  let next = END + 1
  let bits = 9
  let written = 0
  let previousBegin = -1
  let previousLength = 0
  let buffer = 0
  let buffered = 0
  let at = 0
  while (written < length) {
    while (buffered < bits) {
      if (at >= bytes.length) throw new Error(`LZW ends after ${written} of ${length} bytes`)
      buffer = ((buffer << 8) | bytes[at++]!) & 0xffffff
      buffered += 8
    }
    const code = (buffer >> (buffered - bits)) & ((1 << bits) - 1)
    buffered -= bits
    if (code === END) throw new Error(`LZW ends after ${written} of ${length} bytes`)
    if (code === CLEAR) {
      next = END + 1
      bits = 9
      previousBegin = -1
      continue
    }
    const begin = written
    if (code < CLEAR) {
      out[written++] = code
    } else if (code < next) {
      written = copyRun(out, begins[code]!, lengths[code]!, written)
    } else if (code === next && previousBegin >= 0) {
      written = copyRun(out, previousBegin, previousLength, written)
      if (written < length) out[written++] = out[previousBegin]!
    } else {
      throw new Error(`LZW code ${code} has no meaning yet`)
    }
    if (previousBegin >= 0 && next < 1 << MAX_BITS) {
      // The new run is the previous one and the first byte of this one, which follows it in the output.
      begins[next] = previousBegin
      lengths[next] = previousLength + 1
      next++
      if (next + 1 >= 1 << bits && bits < MAX_BITS) bits++
    }
    previousBegin = begin
    previousLength = written - begin
  }
  return out
}

function copyRun(out: Uint8Array, from: number, length: number, to: number): number {
  const end = Math.min(to + length, out.length)
  for (let source = from; to < end; source++, to++) out[to] = out[source]!
  return end
}
/**
 * PackBits (TIFF 6.0, section 9).
 *
 * @returns exactly `length` bytes.
 * @throws Error where the stream ends early.
 */
export function decodePackBits(bytes: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length)
  let written = 0
  let at = 0
  while (written < length && at < bytes.length) {
    const header = bytes[at++]!
    if (header === 128) continue
    if (header < 128) {
      const run = bytes.subarray(at, at + header + 1)
      if (run.length < header + 1 && written + run.length < length) break
      out.set(run.subarray(0, length - written), written)
      written += header + 1
      at += header + 1
    } else {
      if (at >= bytes.length) break
      const count = 257 - header
      out.fill(bytes[at++]!, written, Math.min(length, written + count))
      written += count
    }
  }
  if (written < length) throw new Error(`PackBits ends after ${written} of ${length} bytes`)
  return out
}

const CHUNK = 65_536

/**
 * Inflates a whole zlib stream (RFC 1950) and compares its checksum (Adler-32), which covers all of it. What follows the
 * stream is padding and is left.
 *
 * @param keep bytes of the output to keep; those behind them are only checked.
 * @param most bytes that the stream may inflate to: inflating stops there.
 * @throws Error where the stream is damaged, ends early, or grows beyond `most`.
 */
export function inflateUpTo(bytes: Uint8Array, keep: number, most: number = keep): Uint8Array {
  let out = new Uint8Array(Math.min(keep, Math.max(CHUNK, bytes.length * 4)))
  let filled = 0
  let total = 0
  const inflate = new Inflate({ windowBits: 15, chunkSize: CHUNK })
  inflate.onData = piece => {
    total += piece.length
    if (total > most) throw new Error(`inflates beyond ${most} bytes`)
    const kept = piece.subarray(0, keep - filled)
    if (filled + kept.length > out.length) {
      const larger = new Uint8Array(Math.min(keep, Math.max(out.length * 2, filled + kept.length)))
      larger.set(out)
      out = larger
    }
    out.set(kept, filled)
    filled += kept.length
  }
  if (!inflate.push(bytes, true) || inflate.err !== 0) {
    // zlib's own words: "incorrect data check" is a wrong checksum.
    throw new Error(`is damaged within its Deflate stream (${inflate.msg || 'it ends early'})`)
  }
  return out.subarray(0, filled)
}

/**
 * Inflates a zlib stream to exactly `length` bytes, as `inflateUpTo`.
 *
 * @throws Error where the stream is damaged, ends before, or grows beyond `most`.
 */
export function inflateBounded(bytes: Uint8Array, length: number, most: number = length): Uint8Array {
  const inflated = inflateUpTo(bytes, length, most)
  if (inflated.length < length) throw new Error(`inflates to ${inflated.length} of ${length} bytes`)
  return inflated
}
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
  const frameEnd = end + ((descriptor >> 2) & 1) * 4
  if (frameEnd > bytes.length) throw new Error('ends before its checksum')
  const frame = bytes.subarray(0, frameEnd)
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
