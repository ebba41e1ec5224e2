/** Counts files in the library's own memory, so that two writers never share a name. */
let files = 0

/**
 * An HDF5 file with one dataset at its root, as Landslide4Sense has them. The library (four megabytes) is loaded on
 * the first call.
 *
 * @param dtype h5wasm's: "<B" uint8, "<d" float64
 */
export async function oneDatasetHdf5(
  name: string,
  data: Uint8Array | Float64Array,
  shape: number[],
  dtype: '<B' | '<d',
): Promise<Uint8Array<ArrayBuffer>> {
  const hdf5 = await import('h5wasm')
  const { FS } = await hdf5.ready
  const path = `written-${files++}.h5`
  const file = new hdf5.File(path, 'w')
  try {
    file.create_dataset({ name, data, shape, dtype })
  } finally {
    file.close()
  }
  try {
    return new Uint8Array(FS.readFile(path))
  } finally {
    FS.unlink(path)
  }
}
