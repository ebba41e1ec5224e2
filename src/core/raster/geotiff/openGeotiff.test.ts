import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesInput } from '../inputFile'
import type { RasterSource } from '../rasterSource'
import { type TinyTiff, tinyTiff } from '../testing/tinyTiff'
import { openGeotiff } from './openGeotiff'

const open = (image: TinyTiff): Promise<RasterSource> => openGeotiff(bytesInput('a.tif', tinyTiff(image)))

/** Distinct values per band and pixel, within `bits`. */
function values(width: number, height: number, bandCount: number, bits = 8): number[][] {
  return Array.from({ length: bandCount }, (_, band) =>
    Array.from({ length: width * height }, (_, pixel) => (band * 37 + pixel * 5) % 2 ** Math.min(bits, 30)),
  )
}

describe('openGeotiff', () => {
  it('reads every layout and sample size that it writes for itself', async () => {
    const arbitrary = fc.record({
      width: fc.integer({ min: 1, max: 21 }),
      height: fc.integer({ min: 1, max: 19 }),
      bandCount: fc.integer({ min: 1, max: 4 }),
      bits: fc.constantFrom(1, 2, 3, 4, 6, 8, 9, 10, 12, 14, 16, 32),
      littleEndian: fc.boolean(),
      planar: fc.boolean(),
      deflate: fc.boolean(),
      tile: fc.option(fc.constantFrom(4, 16), { nil: undefined }),
      rowsPerStrip: fc.option(fc.integer({ min: 1, max: 7 }), { nil: undefined }),
    })
    await fc.assert(
      fc.asyncProperty(arbitrary, async ({ bandCount, ...image }) => {
        const bands = values(image.width, image.height, bandCount, image.bits)
        const raster = await open({ ...image, bands })
        const read = await raster.read()
        expect(read.map(plane => Array.from(plane))).toEqual(bands)
      }),
      { numRuns: 150 },
    )
  })

  it('reads a window of some bands as the same part of the whole', async () => {
    const bands = values(13, 11, 3, 16)
    for (const layout of [{ tile: 4 }, { rowsPerStrip: 3 }, { tile: 4, planar: true }]) {
      const raster = await open({ width: 13, height: 11, bands, bits: 16, ...layout })
      const [second] = await raster.read({ window: { column: 3, row: 2, width: 7, height: 6 }, bands: [1] })
      const expected = Array.from(
        { length: 42 },
        (_, i) => bands[1]![(2 + Math.floor(i / 7)) * 13 + 3 + (i % 7)],
      )
      expect(Array.from(second!)).toEqual(expected)
    }
  })

  it('undoes horizontal differencing in both byte orders', async () => {
    const bands = values(9, 5, 2, 16).map(band => band.map(value => (value * 1999) % 65536))
    for (const littleEndian of [true, false]) {
      const raster = await open({
        width: 9,
        height: 5,
        bands,
        bits: 16,
        littleEndian,
        deflate: true,
        predictor: 2,
      })
      expect((await raster.read()).map(plane => Array.from(plane))).toEqual(bands)
    }
  })

  it('reads LERC of a big-endian file as libtiff writes it', async () => {
    // gdal_translate -co COMPRESS=LERC -co ENDIANNESS=BIG: 4 x 2 pixels of uint16.
    const stored =
      'TU0AKgAAAAgADAEAAAMAAAABAAQAAAEBAAMAAAABAAIAAAECAAMAAAABABAAAAEDAAMAAAABiEcAAAEGAAMAAAABAAEAAAERAAQAAAAB' +
      'AAAApgEVAAMAAAABAAEAAAEWAAMAAAABAAIAAAEXAAQAAAABAAAAWwEcAAMAAAABAAEAAAFTAAMAAAABAAEAAMXyAAQAAAACAAAAngAA' +
      'AAAAAAAEAAAAAExlcmMyIAQAAADLdeO8AgAAAAQAAAABAAAACAAAAAgAAABbAAAAAwAAAAAAAAAAAOA/AAAAAAAAcEAAAAAA4P/vQAAA' +
      'AAAAAf//AQABAAIAAwEsAfQbWOpg//8='
    const bytes = Uint8Array.from(atob(stored), character => character.charCodeAt(0))
    const raster = await openGeotiff(bytesInput('a.tif', bytes))
    expect(Array.from((await raster.read())[0]!)).toEqual([1, 2, 3, 300, 500, 7000, 60_000, 65_535])
  })

  it('reads signed and floating-point samples', async () => {
    const signed = await open({
      width: 2,
      height: 1,
      bands: [[-9999, 300]],
      bits: 16,
      format: 2,
      littleEndian: false,
    })
    expect([signed.dtype, Array.from((await signed.read())[0]!)]).toEqual(['int16', [-9999, 300]])
    const float = await open({ width: 2, height: 1, bands: [[0.25, Number.NaN]], bits: 32, format: 3 })
    expect([float.dtype, Array.from((await float.read())[0]!)]).toEqual(['float32', [0.25, Number.NaN]])
  })

  it('reads 64-bit integers as float64, of either sign', async () => {
    for (const [format, value] of [
      [1, 2 ** 53],
      [2, -(2 ** 53)],
    ] as const) {
      const bytes = tinyTiff({ width: 1, height: 1, bands: [[0]], bits: 64, format: 3 })
      const view = new DataView(bytes.buffer)
      view.setBigInt64(8, BigInt(value), true)
      for (let at = view.getUint32(4, true) + 2; at < bytes.length - 12; at += 12) {
        if (view.getUint16(at, true) === 339) view.setUint16(at + 8, format, true)
      }
      const raster = await openGeotiff(bytesInput('a.tif', bytes))
      expect([raster.dtype, await raster.read()]).toEqual([
        format === 1 ? 'uint64' : 'int64',
        [Float64Array.of(value)],
      ])
      expect(raster.notes).toEqual([
        { reason: 'encoding', message: '64-bit integers are read as float64, exact up to 2^53.' },
      ])
    }
  })

  it.each([true, false])(
    'reads tables of hundreds of strips or tiles (little-endian: %s)',
    async littleEndian => {
      const bands = values(2, 600, 1)
      for (const layout of [{ rowsPerStrip: 1 }, { tile: 2 }]) {
        const raster = await open({ width: 2, height: 600, bands, littleEndian, ...layout })
        expect(Buffer.compare((await raster.read())[0] as Uint8Array, Uint8Array.from(bands[0]!))).toBe(0)
      }
    },
  )

  it('says what else is in a file, and how its values are meant', async () => {
    const xml =
      '<GDALMetadata><Item name="DESCRIPTION" sample="1" role="description">B2 &lt;&amp;&gt; &quot;&apos;</Item>' +
      '<Item name="SCALE" sample="0" role="scale">0.1</Item><Item name="x" sample="9" role="description">no</Item>' +
      '<Item name="SCARP_SYNTHETIC_BANDS">B9,B10</Item>' +
      '</GDALMetadata>'
    const raster = await open({
      width: 1,
      height: 1,
      bands: [[1], [2]],
      tags: [
        { tag: 42112, type: 2, values: xml },
        { tag: 42113, type: 2, values: 'none' },
        { tag: 274, type: 3, values: [3] },
      ],
    })
    expect(raster.bandNames).toEqual(['', 'B2 <&> "\''])
    expect(raster.syntheticBands).toEqual(['B9', 'B10'])
    expect(raster.nodata).toBeNull()
    expect(raster.notes).toEqual([
      { reason: 'no-data', message: 'The no-data value "none" is not a number and is ignored.' },
      { reason: 'encoding', message: 'The file declares scale 0.1, offset 0; values are given as stored.' },
      {
        reason: 'orientation',
        message: 'The file asks to be shown turned (orientation 3); rows are read as stored.',
      },
    ])
    await expect(raster.read({ bands: [2] })).rejects.toMatchObject({
      code: 'bad-argument',
      message: 'No band 2 in "a.tif".',
    })
    for (const band of [-1, 0.5]) await expect(raster.read({ bands: [band] })).rejects.toThrow('No band')
  })

  it.each([
    ['nan', Number.NaN],
    ['-NaN', Number.NaN],
    ['inf', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    [' 1e3 ', 1000],
    ['  ', null],
  ])('takes the no-data value %j as %d', async (text, value) => {
    const raster = await open({
      width: 1,
      height: 1,
      bands: [[1]],
      tags: [{ tag: 42113, type: 2, values: text }],
    })
    expect([raster.nodata, raster.notes]).toEqual([value, []])
  })

  it('gives the transform of pixel corners, CRS and no-data value', async () => {
    const geoKeys = (raster: number) => [1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, raster, 3072, 0, 1, 32633]
    const image = (raster: number): TinyTiff => ({
      width: 2,
      height: 2,
      bands: [[1, 2, 3, 4]],
      tags: [
        { tag: 33550, type: 12, values: [10, 10, 0] },
        { tag: 33922, type: 12, values: [0, 0, 0, 500_000, 5_100_000, 0] },
        { tag: 34735, type: 3, values: geoKeys(raster) },
        { tag: 42113, type: 2, values: '-9999' },
      ],
    })
    const area = await open(image(1))
    expect(area.georeference?.transform).toEqual([500_000, 10, 0, 5_100_000, 0, -10])
    expect([area.georeference?.crs, area.nodata]).toEqual(['EPSG:32633', -9999])
    const point = await open(image(2))
    expect(point.georeference?.transform).toEqual([499_995, 10, 0, 5_100_005, 0, -10])
  })

  it('says that control points alone give no transform', async () => {
    const tiepoints = [0, 0, 0, 1, 1, 0, 1, 0, 0, 2, 1, 0, 0, 1, 0, 1, 0, 0]
    const raster = await open({
      width: 1,
      height: 1,
      bands: [[1]],
      tags: [{ tag: 33922, type: 12, values: tiepoints }],
    })
    expect(raster.georeference).toBeNull()
    expect(raster.notes.map(({ message }) => message).join()).toContain('control points')
  })

  it.each([
    ['Compression', 259, 34925, 'LZMA'],
    ['Compression', 259, 50002, 'JPEG XL'],
    ['Compression', 259, 50001, 'WebP'],
    ['Compression', 259, 4, 'Group 4'],
    ['PhotometricInterpretation', 262, 5, 'printing inks (CMYK)'],
    ['PhotometricInterpretation', 262, 6, 'luma and chroma (YCbCr)'],
    ['PhotometricInterpretation', 262, 8, 'CIE L*a*b*'],
    ['BitsPerSample', 258, 24, 'samples of 24 bits'],
    ['BitsPerSample', 258, 20, '-ot UInt32'],
    ['FillOrder', 317, 2, 'FillOrder 2'],
    ['SampleFormat', 339, 3, 'floating-point samples of 16 bits'],
  ])('refuses %s (%i) %i and names it', async (name, tag, value, named) => {
    const bits = name === 'SampleFormat' ? 16 : 8
    const bytes = tinyTiff({ width: 1, height: 1, bands: [[1]], bits })
    const view = new DataView(bytes.buffer)
    const directory = view.getUint32(4, true)
    for (let at = directory + 2; at < bytes.length - 12; at += 12) {
      if (view.getUint16(at, true) !== tag) continue
      // The writer here has no FillOrder: the predictor's tag becomes one.
      if (name === 'FillOrder') view.setUint16(at, 266, true)
      view.setUint16(at + 8, value, true)
    }
    await expect(openGeotiff(bytesInput('a.tif', bytes))).rejects.toMatchObject({
      code: 'file-unsupported',
      message: expect.stringContaining(named),
    })
  })

  it.each([
    ['a tag that is given twice', 277, 0, 256, 'gives ImageWidth twice'],
    ['a width that is a fraction', 256, 2, 5, 'gives ImageWidth as something other than whole numbers'],
    ['a sample format that does not exist', 339, 8, 7, 'sample format 7 does not exist'],
  ])('refuses %s, since readers differ in what they make of it', async (_what, tag, field, value, named) => {
    const bytes = tinyTiff({ width: 3, height: 1, bands: [[1, 2, 3]] })
    const view = new DataView(bytes.buffer)
    for (let at = view.getUint32(4, true) + 2; at < bytes.length - 12; at += 12) {
      if (view.getUint16(at, true) === tag) view.setUint16(at + field, value, true)
    }
    await expect(openGeotiff(bytesInput('a.tif', bytes))).rejects.toMatchObject({
      code: 'file-malformed',
      message: expect.stringContaining(named),
    })
  })

  it('refuses a read that is too large before it allocates', async () => {
    const bytes = tinyTiff({ width: 60_000, height: 1, bands: [new Array(60_000).fill(0)], rowsPerStrip: 1 })
    const raster = await openGeotiff(bytesInput('a.tif', bytes), {
      stagedBytes: 1,
      blockBytes: 2 ** 20,
      blockCount: 10,
      samples: 1000,
      milliseconds: 1000,
    })
    await expect(raster.read()).rejects.toMatchObject({ code: 'file-too-large' })
    await expect(
      raster.read({ window: { column: 59_999, row: 0, width: 2, height: 1 } }),
    ).rejects.toMatchObject({
      code: 'bad-argument',
    })
  })

  it('stops reading when it is told to', async () => {
    const raster = await open({ width: 4, height: 4, bands: values(4, 4, 1), rowsPerStrip: 1 })
    const controller = new AbortController()
    controller.abort()
    await expect(raster.read({ signal: controller.signal })).rejects.toMatchObject({ code: 'aborted' })
  })
})
