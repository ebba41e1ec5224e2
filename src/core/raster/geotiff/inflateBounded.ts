import { Unzlib } from 'fflate'

const STEP = 16_384

/** Puts decompressed pieces into a block of known length and says when it is full. */
function collector(length: number): { block: Uint8Array; filled(): number; add(piece: Uint8Array): void } {
  const block = new Uint8Array(length)
  let filled = 0
  return {
    block,
    filled: () => filled,
    add(piece) {
      const room = piece.length > length - filled ? piece.subarray(0, length - filled) : piece
      block.set(room, filled)
      filled += room.length
    },
  }
}

/**
 * Inflates a zlib stream (RFC 1950) into at most `length` bytes, in steps: a stream that would grow without end costs
 * no more than one step beyond what was asked for.
 *
 * @throws Error where the stream is damaged or ends before `length` bytes.
 */
export function inflateBounded(bytes: Uint8Array, length: number): Uint8Array {
  const collected = collector(length)
  const inflate = new Unzlib(piece => collected.add(piece))
  for (let at = 0; at < bytes.length && collected.filled() < length; at += STEP) {
    inflate.push(bytes.subarray(at, at + STEP), false)
  }
  if (collected.filled() < length) {
    // The last bytes come out only once the stream is told to end.
    inflate.push(new Uint8Array(0), true)
  }
  if (collected.filled() < length) throw new Error(`inflates to ${collected.filled()} of ${length} bytes`)
  return collected.block
}
