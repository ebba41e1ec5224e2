import { describe, expect, it } from 'vitest'
import { bytesInput } from '../inputFile'
import { tinyHdf5 } from '../testing/tinyHdf5'
import { openHdf5 } from './openHdf5'

const pixels = Float64Array.from({ length: 3 * 2 * 14 }, (_, i) => i / 7)
const image = { name: 'img', data: pixels, shape: [3, 2, 14] }

describe('openHdf5', () => {
  it('reads an image by bands, row-major', async () => {
    const raster = await openHdf5(bytesInput('image_1.h5', await tinyHdf5([image])))
    expect(raster).toMatchObject({ kind: 'l4s-image', width: 2, height: 3, bandCount: 14, dtype: 'float64' })
    const planes = await raster.read()
    for (const [band, plane] of planes.entries()) {
      expect(Array.from(plane)).toEqual(Array.from({ length: 6 }, (_, pixel) => pixels[pixel * 14 + band]))
    }
    const [corner] = await raster.read({ bands: [13], window: { column: 1, row: 2, width: 1, height: 1 } })
    expect(Array.from(corner!)).toEqual([pixels.at(-1)])
  })

  it('reads chunked, compressed, single-precision images alike', async () => {
    const data = Float32Array.from(pixels)
    const bytes = await tinyHdf5([{ ...image, data, dtype: '<f', chunks: [1, 2, 14], compression: 6 }])
    const raster = await openHdf5(bytesInput('image_1.h5', bytes))
    expect(raster.dtype).toBe('float32')
    const [second] = await raster.read({ bands: [1] })
    expect(second![5]).toBe(data[5 * 14 + 1])
  })

  it('reads a mask', async () => {
    const bytes = await tinyHdf5([{ name: 'mask', data: Uint8Array.from([0, 1, 1, 0]), shape: [2, 2] }])
    const raster = await openHdf5(bytesInput('mask_1.h5', bytes))
    expect(raster).toMatchObject({ kind: 'l4s-mask', bandCount: 1, dtype: 'uint8' })
    expect(Array.from((await raster.read())[0]!)).toEqual([0, 1, 1, 0])
  })

  it.each([
    ['twelve bands', [{ name: 'img', data: new Float64Array(24), shape: [1, 2, 12] }], '"img" (1 x 2 x 12)'],
    ['another name', [{ name: 'data', data: new Float64Array(4), shape: [2, 2] }], '"data" (2 x 2)'],
    [
      'a mask of three dimensions',
      [{ name: 'mask', data: new Uint8Array(4), shape: [2, 2, 1] }],
      '2 x 2 x 1',
    ],
  ])('refuses %s and says what it holds', async (_, datasets, found) => {
    await expect(openHdf5(bytesInput('x.h5', await tinyHdf5(datasets)))).rejects.toMatchObject({
      code: 'file-unsupported',
      message: expect.stringContaining(found),
    })
  })

  it('leaves nothing behind in the library over many files, sound and broken', async () => {
    const bytes = await tinyHdf5([image])
    const library = await import('h5wasm')
    const module = (await library.ready) as unknown as {
      FS: { readdir(path: string): string[] }
      HEAPU8: Uint8Array
    }
    const round = async () => {
      for (let i = 0; i < 150; i++) {
        const raster = await openHdf5(bytesInput('image_1.h5', bytes))
        await raster.read({ bands: [0] })
        await openHdf5(bytesInput('cut.h5', bytes.slice(0, 900))).catch(() => undefined)
      }
    }
    await round()
    const before = { files: module.FS.readdir('/'), heap: module.HEAPU8.length }
    await round()
    expect({ files: module.FS.readdir('/'), heap: module.HEAPU8.length }).toEqual(before)
    expect(before.files.filter(name => name.startsWith('scarp'))).toEqual([])
  })
})
