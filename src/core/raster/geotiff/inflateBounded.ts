import { Unzlib } from 'fflate'

const STEP = 16_384

/**
 * Inflates a zlib stream (RFC 1950) of unknown size in steps, so that a stream that would grow without end costs no
 * more than one step beyond `limit`.
 *
 * @returns at most `limit` bytes; what a stream holds beyond is left.
 * @throws Error where the stream is damaged.
 */
export function inflateUpTo(bytes: Uint8Array, limit: number): Uint8Array {
  let block = new Uint8Array(Math.min(limit, Math.max(STEP, bytes.length * 4)))
  let filled = 0
  const inflate = new Unzlib(piece => {
    const room = piece.subarray(0, limit - filled)
    if (filled + room.length > block.length) {
      const larger = new Uint8Array(Math.min(limit, Math.max(block.length * 2, filled + room.length)))
      larger.set(block)
      block = larger
    }
    block.set(room, filled)
    filled += room.length
  })
  for (let at = 0; at < bytes.length && filled < limit; at += STEP) {
    inflate.push(bytes.subarray(at, at + STEP), false)
  }
  // The last bytes come out only once the stream is told to end.
  if (filled < limit) inflate.push(new Uint8Array(0), true)
  return block.subarray(0, filled)
}

/**
 * Inflates a zlib stream to exactly `length` bytes.
 *
 * @throws Error where the stream is damaged or ends before.
 */
export function inflateBounded(bytes: Uint8Array, length: number): Uint8Array {
  const inflated = inflateUpTo(bytes, length)
  if (inflated.length < length) throw new Error(`inflates to ${inflated.length} of ${length} bytes`)
  return inflated
}
