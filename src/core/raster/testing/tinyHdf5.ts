interface Writable {
  create_dataset(dataset: {
    name: string
    data: unknown
    shape: number[]
    dtype?: string
    chunks?: number[]
    compression?: number
  }): void
  close(): number
}

let written = 0

/** An HDF5 file with the given datasets at its root, written by the HDF5 library itself. */
export async function tinyHdf5(
  datasets: {
    name: string
    data: Float64Array | Float32Array | Uint8Array | Uint16Array
    shape: number[]
    dtype?: string
    chunks?: number[]
    compression?: number
  }[],
): Promise<Uint8Array> {
  const library = await import('h5wasm')
  const { FS } = (await library.ready) as unknown as {
    FS: { readFile(path: string): Uint8Array; unlink(path: string): void }
  }
  const path = `/tiny-${written++}.h5`
  const file = new library.File(path, 'w') as unknown as Writable
  for (const dataset of datasets) file.create_dataset(dataset)
  file.close()
  const bytes = FS.readFile(path).slice()
  FS.unlink(path)
  return bytes
}
