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
