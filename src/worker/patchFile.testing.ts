import { BAND_COUNT, BANDS } from '../core/patches/bands'

const SIDE = 32

/** A small Landslide4Sense file (stored units) of an image or its mask; the number makes its pixels its own. */
export async function patchFile(kind: 'img' | 'mask', number: number): Promise<Blob> {
  const hdf5 = await import('h5wasm')
  const { FS } = await hdf5.ready
  const path = `${kind}-${number}.h5`
  const file = new hdf5.File(path, 'w')
  if (kind === 'img') {
    const data = Float64Array.from({ length: SIDE * SIDE * BAND_COUNT }, (_, index) => {
      const band = BANDS[index % BAND_COUNT]!
      const raw = band.unit === 'reflectance x 10000' ? 900 : band.unit === 'degree' ? 12 : 800
      return (raw * (1 + 0.3 * Math.sin(number + index * 0.37))) / band.l4sDivisor
    })
    file.create_dataset({ name: 'img', data, shape: [SIDE, SIDE, BAND_COUNT], dtype: '<d' })
  } else {
    const data = Uint8Array.from({ length: SIDE * SIDE }, (_, index) => (index % 7 === 0 ? 1 : 0))
    file.create_dataset({ name: 'mask', data, shape: [SIDE, SIDE], dtype: '<B' })
  }
  file.close()
  const bytes = FS.readFile(path) as Uint8Array<ArrayBuffer>
  FS.unlink(path)
  return new Blob([bytes])
}
