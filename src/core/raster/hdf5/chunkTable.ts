/** What a chunked dataset says of itself. */
export interface ChunkedDataset {
  shape: readonly number[]
  chunks: readonly number[]
  /** Bytes a sample. */
  size: number
  /** Place of Deflate among its filters; -1: its chunks are not packed. */
  deflate: number
}

const SIGNATURE = [0x54, 0x52, 0x45, 0x45]
const RAW_DATA_CHUNKS = 1
const HEADER_BYTES = 24

interface ChunkKey {
  storedBytes: number
  /** Filters that were left out, a bit each. */
  skipped: number
  /** Of the chunk's first sample, and 0 at last. */
  offsets: number[]
}

/**
 * Compares the tables of an HDF5 file's chunks (HDF5 File Format Specification, III.A.1, version 1 B-trees) with their
 * dataset. The library believes them: of a chunk that is stored in fewer bytes than it has samples it gives whatever lies
 * in memory behind them, and a chunk whose place is damaged counts as never written. Later kinds of tables have
 * checksums, which the library compares.
 *
 * @throws Error where a table is damaged.
 */
export function checkChunkTables(file: Uint8Array, dataset: ChunkedDataset): void {
  const { chunks, size, deflate } = dataset
  const chunkBytes = chunks.reduce((product, length) => product * length, size)
  for (const keys of chunkTables(file, chunks.length)) {
    const fitting = keys.filter(({ offsets }) => fits(offsets, dataset))
    // It is another dataset's.
    if (fitting.length * 2 < keys.length) continue
    if (
      fitting.length < keys.length ||
      !keys.every((key, index) => index === 0 || follows(key, keys[index - 1]!))
    )
      throw new Error('its table of chunks is damaged')
    for (const { storedBytes, skipped } of keys) {
      const isPacked = deflate >= 0 && ((skipped >> deflate) & 1) === 0
      if (!isPacked && storedBytes < chunkBytes)
        throw new Error(`a chunk holds ${storedBytes} of ${chunkBytes} bytes`)
    }
  }
}

/** Lowest level of every table in the file whose chunks have this many dimensions. */
function* chunkTables(file: Uint8Array, rank: number): Generator<ChunkKey[]> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const keyBytes = 8 + 8 * (rank + 1)
  const step = keyBytes + 8
  for (let at = file.indexOf(SIGNATURE[0]!); at >= 0; at = file.indexOf(SIGNATURE[0]!, at + 1)) {
    if (at + HEADER_BYTES > file.length || !SIGNATURE.every((byte, index) => file[at + index] === byte))
      continue
    const count = view.getUint16(at + 6, true)
    const end = at + HEADER_BYTES + count * step
    if (file[at + 4] !== RAW_DATA_CHUNKS || file[at + 5] !== 0 || count === 0 || end > file.length) continue
    yield Array.from({ length: count }, (_, index) => {
      const begin = at + HEADER_BYTES + index * step
      return {
        storedBytes: view.getUint32(begin, true),
        skipped: view.getUint32(begin + 4, true),
        offsets: Array.from({ length: rank + 1 }, (_, axis) =>
          Number(view.getBigUint64(begin + 8 + 8 * axis, true)),
        ),
      }
    })
  }
}

function fits(offsets: readonly number[], { shape, chunks }: ChunkedDataset): boolean {
  return offsets.every((offset, axis) =>
    axis === chunks.length ? offset === 0 : offset % chunks[axis]! === 0 && offset < shape[axis]!,
  )
}

/** Whether a key comes behind another, row-major. */
function follows(key: ChunkKey, before: ChunkKey): boolean {
  const axis = key.offsets.findIndex((offset, index) => offset !== before.offsets[index])
  return axis >= 0 && key.offsets[axis]! > before.offsets[axis]!
}
