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
