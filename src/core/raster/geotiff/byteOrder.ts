/** Swaps samples of `size` bytes in place, from big-endian to little-endian. */
export function swapBytes(bytes: Uint8Array, size: number): void {
  if (size < 2) return
  for (let at = 0; at + size <= bytes.length; at += size) {
    for (let low = at, high = at + size - 1; low < high; low++, high--) {
      const kept = bytes[low]!
      bytes[low] = bytes[high]!
      bytes[high] = kept
    }
  }
}

/** Reverses the bits of every byte in place (TIFF FillOrder 2). */
export function reverseBits(bytes: Uint8Array): void {
  for (let i = 0; i < bytes.length; i++) {
    let byte = bytes[i]!
    byte = ((byte & 0xf0) >> 4) | ((byte & 0x0f) << 4)
    byte = ((byte & 0xcc) >> 2) | ((byte & 0x33) << 2)
    bytes[i] = ((byte & 0xaa) >> 1) | ((byte & 0x55) << 1)
  }
}
