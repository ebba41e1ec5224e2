const HEAP = [0x48, 0x45, 0x41, 0x50]

/** Bytes of a heap's head: signature, version and three unused, size and first free block of its data, its address. */
const HEAD = 32

/** Where a list of free blocks ends. */
const NO_NEXT = 1n

/**
 * Follows the free blocks of every local heap (HDF5 file format, III.D), which hold the names of a group. The library
 * takes memory for each block until it has none left where they lead back to one another.
 *
 * @throws Error where a list of free blocks does not end.
 */
export function checkLocalHeaps(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = bytes.indexOf(HEAP[0]!); at >= 0; at = bytes.indexOf(HEAP[0]!, at + 1)) {
    if (at + HEAD > bytes.length || HEAP.some((byte, i) => bytes[at + i] !== byte)) continue
    // What is no heap, or has addresses of another width, is left to the library.
    if (view.getUint32(at + 4, true) !== 0) continue
    const size = view.getBigUint64(at + 8, true)
    const data = view.getBigUint64(at + 24, true)
    if (data + size > bytes.length) continue
    let next = view.getBigUint64(at + 16, true)
    for (let steps = 0n; next !== NO_NEXT && next + 16n <= size; steps++) {
      if (steps > size / 16n) throw new Error('a heap of names has free blocks that lead in a circle')
      next = view.getBigUint64(Number(data + next), true)
    }
  }
}
