import { describe, expect, test } from 'vitest'
import type { FileNote } from '../fileNote'
import { bytesInput } from '../inputFile'
import { DEFAULT_LIMITS, type RasterLimits } from '../rasterLimits'
import { tinyTiff } from '../testing/tinyTiff'
import { type ModelTags, readGeoreference } from './georeference'
import { readDirectories } from './tiffDirectory'
import { codecName, readTiffLayout } from './tiffLayout'

const SIZE = 1000

/** The layout of an image of 8 x 6 in strips of 4 rows, with some tags other. */
function layoutOf(change: Record<string, unknown>, limits: Partial<RasterLimits> = {}, fileSize = SIZE) {
  const tags: Record<string, unknown> = {
    ImageWidth: 8,
    ImageLength: 6,
    BitsPerSample: [8],
    RowsPerStrip: 4,
    StripOffsets: [100, 200],
    StripByteCounts: [32, 16],
    ...change,
  }
  return readTiffLayout('a.tif', fileSize, async name => tags[name as string], {
    ...DEFAULT_LIMITS,
    ...limits,
  })
}

describe('the layout of a TIFF', () => {
  const strips = { StripOffsets: undefined, StripByteCounts: undefined }
  const tiles = { ...strips, TileWidth: 16, TileLength: 16, TileOffsets: [100], TileByteCounts: [256] }

  test('is that of its tags, with what the specification says of those that are absent', async () => {
    expect(await layoutOf({})).toEqual({
      width: 8,
      height: 6,
      bandCount: 1,
      dtype: 'uint8',
      sampleKind: 'unsigned',
      bitsPerSample: 8,
      planar: false,
      tiled: false,
      blockWidth: 8,
      blockHeight: 4,
      compression: 1,
      predictor: 1,
      yCbCr: false,
      offsets: [100, 200],
      byteCounts: [32, 16],
      unwrittenBlocks: 0,
    })
    const plain = { BitsPerSample: undefined, RowsPerStrip: undefined, StripOffsets: 100, StripByteCounts: 6 }
    expect(await layoutOf(plain)).toMatchObject({ bitsPerSample: 1, blockHeight: 6, dtype: 'uint8' })
    expect(await layoutOf({ RowsPerStrip: 0, StripOffsets: [9], StripByteCounts: [48] })).toMatchObject({
      blockHeight: 6,
    })
    expect(await layoutOf({ RowsPerStrip: 2 ** 32 - 1 })).toMatchObject({ blockHeight: 6 })
    expect(await layoutOf(tiles)).toMatchObject({ tiled: true, blockWidth: 16, blockHeight: 16 })
  })

  test.each([
    [1, 8, 'unsigned', 'uint8'],
    [1, 9, 'unsigned', 'uint16'],
    [1, 16, 'unsigned', 'uint16'],
    [1, 32, 'unsigned', 'uint32'],
    [1, 64, 'unsigned', 'uint64'],
    [4, 8, 'unsigned', 'uint8'],
    [2, 8, 'signed', 'int8'],
    [2, 16, 'signed', 'int16'],
    [2, 32, 'signed', 'int32'],
    [2, 64, 'signed', 'int64'],
    [3, 32, 'float', 'float32'],
    [3, 64, 'float', 'float64'],
  ])('format %i of %i bits is %s, %s', async (SampleFormat, BitsPerSample, sampleKind, dtype) => {
    expect(await layoutOf({ SampleFormat, BitsPerSample })).toMatchObject({ sampleKind, dtype })
  })

  test('planes count where there is more than one, predictors where the codec predicts, luma where it is JPEG', async () => {
    expect(await layoutOf({ PlanarConfiguration: 2 })).toMatchObject({ planar: false })
    const planes = { PlanarConfiguration: 2, SamplesPerPixel: 2, BitsPerSample: [8, 8] }
    const four = { StripOffsets: [1, 2, 3, 4], StripByteCounts: [32, 16, 32, 16] }
    expect(await layoutOf({ ...planes, ...four })).toMatchObject({ planar: true, bandCount: 2 })
    await expect(layoutOf(planes)).rejects.toMatchObject({
      message: expect.stringContaining('4 blocks and lists 2'),
    })
    for (const Compression of [5, 8, 32946, 50000]) {
      expect(await layoutOf({ Compression, Predictor: 2 })).toMatchObject({
        predictor: 2,
        compression: Compression,
      })
    }
    for (const Compression of [1, 32773]) {
      expect(await layoutOf({ Compression, Predictor: 7 })).toMatchObject({ predictor: 1 })
    }
    const float = { Compression: 8, Predictor: 3, SampleFormat: 3, BitsPerSample: 32 }
    expect(await layoutOf(float)).toMatchObject({ predictor: 3 })
    const jpeg = { Compression: 7, SamplesPerPixel: 3, PhotometricInterpretation: 6 }
    expect(await layoutOf(jpeg)).toMatchObject({ yCbCr: true })
    expect(await layoutOf({ ...jpeg, PhotometricInterpretation: 2 })).toMatchObject({ yCbCr: false })
  })

  test('blocks that were never written are counted; without lengths an uncompressed one ends with the file', async () => {
    expect(await layoutOf({ StripOffsets: [100, 0], StripByteCounts: [32, 0] })).toMatchObject({
      unwrittenBlocks: 1,
    })
    expect(await layoutOf({ StripByteCounts: undefined })).toMatchObject({ byteCounts: [900, 800] })
    expect(await layoutOf({ StripOffsets: [968, 984] }, {}, SIZE)).toMatchObject({ offsets: [968, 984] })
  })

  const sound = (what: string) =>
    `"a.tif" is not a sound TIFF: ${what}. Write it again, for example with gdal_translate.`
  const convert = (what: string, options = '') =>
    `"a.tif" ${what}. Convert it with gdal_translate ${options}-co COMPRESS=DEFLATE.`
  const cut = (block: number, end: number) =>
    `"a.tif" is cut off: block ${block} ends at byte ${end} of 1000. Copy or download it again.`
  const large = (width: number, height: number) =>
    `"a.tif" keeps ${width} x ${height} pixels in one block; write it in tiles, for example with gdal_translate -co TILED=YES.`
  const huge = { RowsPerStrip: 2 ** 26, StripOffsets: [1], StripByteCounts: [1] }

  test.each<[string, string, Record<string, unknown>, Partial<RasterLimits>?]>([
    ['file-malformed', sound('it declares 0 x 6 pixels'), { ImageWidth: 0 }],
    ['file-malformed', sound('it declares 8 x 0 pixels'), { ImageLength: 0 }],
    ['file-malformed', sound('it declares 8 x 6 pixels'), { SamplesPerPixel: 0 }],
    ['file-malformed', sound('tag ImageWidth is -1'), { ImageWidth: -1 }],
    ['file-malformed', sound('tag ImageWidth is NaN'), { ImageWidth: [Number.NaN] }],
    ['file-too-large', '"a.tif" declares 67108865 x 6 pixels in 1 bands.', { ImageWidth: 2 ** 26 + 1 }],
    ['file-too-large', '"a.tif" declares 8 x 67108865 pixels in 1 bands.', { ImageLength: 2 ** 26 + 1 }],
    ['file-too-large', '"a.tif" declares 8 x 6 pixels in 4097 bands.', { SamplesPerPixel: 4097 }],
    ['file-unsupported', convert('uses LZMA compression, which is not read here'), { Compression: 34925 }],
    ['file-unsupported', convert('uses compression scheme 99, which is not read here'), { Compression: 99 }],
    ['file-malformed', sound('samples of 0 bits'), { BitsPerSample: 0 }],
    ['file-malformed', sound('samples of 65 bits'), { BitsPerSample: 65 }],
    ['file-malformed', sound('samples of 1.5 bits'), { BitsPerSample: 1.5 }],
    [
      'file-unsupported',
      convert('holds floating-point samples of 16 bits, which are not read here', '-ot Float32 '),
      { SampleFormat: 3, BitsPerSample: 16 },
    ],
    [
      'file-unsupported',
      convert('holds signed samples of 12 bits, which are not read here', '-ot Int32 '),
      { SampleFormat: 2, BitsPerSample: 12 },
    ],
    [
      'file-unsupported',
      convert('holds samples of 17 bits, which are not read here', '-ot UInt32 '),
      { BitsPerSample: 17 },
    ],
    ...[5, 6].map((SampleFormat): [string, string, Record<string, unknown>] => [
      'file-unsupported',
      convert('holds complex numbers, which are not read here'),
      { SampleFormat },
    ]),
    [
      'file-unsupported',
      convert('mixes sample types between bands (BitsPerSample)'),
      { SamplesPerPixel: 2, BitsPerSample: [8, 16] },
    ],
    [
      'file-unsupported',
      convert('uses predictor 2 on 12-bit samples, which is not read here'),
      { Compression: 5, Predictor: 2, BitsPerSample: 12 },
    ],
    [
      'file-unsupported',
      convert('uses predictor 3 on 8-bit samples, which is not read here'),
      { Compression: 8, Predictor: 3 },
    ],
    [
      'file-unsupported',
      convert('stores the bits of each byte in reverse (FillOrder 2), which is not read here'),
      { FillOrder: 2 },
    ],
    [
      'file-unsupported',
      convert('holds JPEG of 16 bits, which is not read here'),
      { Compression: 7, BitsPerSample: 16 },
    ],
    ['file-malformed', sound('planar configuration 0 does not exist'), { PlanarConfiguration: 0 }],
    ['file-malformed', sound('planar configuration 3 does not exist'), { PlanarConfiguration: 3 }],
    ...(
      [
        [5, 'printing inks (CMYK)'],
        [8, 'CIE L*a*b* colours'],
        [9, 'CIE L*a*b* colours'],
        [10, 'CIE L*a*b* colours'],
      ] as const
    ).map(([PhotometricInterpretation, colours]): [string, string, Record<string, unknown>] => [
      'file-unsupported',
      convert(`holds ${colours}, which are not read here`),
      { PhotometricInterpretation },
    ]),
    ...[
      { Compression: 5, SamplesPerPixel: 3 },
      { Compression: 7, SamplesPerPixel: 1 },
      { Compression: 7, SamplesPerPixel: 3, PlanarConfiguration: 2 },
    ].map((tags): [string, string, Record<string, unknown>] => [
      'file-unsupported',
      convert('holds luma and chroma (YCbCr) other than as JPEG of three bands, which is not read here'),
      { ...tags, PhotometricInterpretation: 6 },
    ]),
    ['file-malformed', sound('its tiles are empty'), { ...tiles, TileWidth: 0 }],
    ['file-malformed', sound('its tiles are empty'), { ...tiles, TileLength: undefined }],
    ['file-too-large', large(8, 4), {}, { blockBytes: 31 }],
    ['file-too-large', large(8, 4), { SamplesPerPixel: 2, BitsPerSample: [4, 4] }, { blockBytes: 31 }],
    ['file-too-large', large(8, 2 ** 23 + 1), { ...huge, ImageLength: 2 ** 23 + 1, Compression: 7 }],
    ['file-too-large', '"a.tif" consists of 2 blocks; write it in larger tiles.', {}, { blockCount: 1 }],
    ['file-malformed', sound('it needs 2 blocks and lists 1'), { StripOffsets: [100] }],
    ['file-malformed', sound('it needs 2 blocks and lists 0'), { StripOffsets: undefined }],
    [
      'file-malformed',
      sound('it does not say how long its blocks are'),
      { StripByteCounts: undefined, Compression: 8 },
    ],
    ['file-malformed', sound('it needs 2 blocks and gives the length of 1'), { StripByteCounts: [32] }],
    ['file-malformed', sound('block 1 is listed with 16 bytes at byte 0'), { StripOffsets: [100, 0] }],
    ['file-malformed', sound('block 0 is listed with 0 bytes at byte 100'), { StripByteCounts: [0, 16] }],
    ['file-malformed', cut(1, 1001), { StripOffsets: [100, 985] }],
    ['file-malformed', cut(0, Number.NaN), { StripOffsets: [Number.NaN, 100] }],
  ])('%s: %s', async (code, message, tags, limits) => {
    await expect(layoutOf(tags, limits)).rejects.toMatchObject({ code, message })
  })

  test('limits themselves are taken', async () => {
    expect(await layoutOf({}, { blockBytes: 32, blockCount: 2 })).toBeDefined()
    const wide = { ...huge, ImageWidth: 2 ** 26, ImageLength: 1 }
    expect(await layoutOf({ ...wide, SamplesPerPixel: 4 })).toMatchObject({ width: 2 ** 26 })
    expect(await layoutOf({ ...huge, ImageLength: 2 ** 23, Compression: 7 })).toMatchObject({
      height: 2 ** 23,
    })
    expect(await layoutOf({ ...huge, ImageWidth: 1, ImageLength: 1, SamplesPerPixel: 4096 })).toMatchObject({
      bandCount: 4096,
    })
  })

  test.each([
    [2, 'CCITT run-length compression'],
    [3, 'CCITT Group 3 fax compression'],
    [4, 'CCITT Group 4 fax compression'],
    [6, 'old-style JPEG compression'],
    [7, 'JPEG compression'],
    [32771, 'word-aligned CCITT compression'],
    [32809, 'ThunderScan compression'],
    [32909, 'PixarLog compression'],
    [33003, 'JPEG 2000 compression'],
    [33005, 'JPEG 2000 compression'],
    [34661, 'JBIG compression'],
    [34676, 'SGI LogLuv compression'],
    [34677, 'SGI LogLuv compression'],
    [34712, 'JPEG 2000 compression'],
    [34887, 'LERC compression'],
    [34892, 'lossy DNG JPEG compression'],
    [34925, 'LZMA compression'],
    [50000, 'Zstandard compression'],
    [50001, 'WebP compression'],
    [50002, 'JPEG XL compression'],
    [52546, 'JPEG XL compression'],
    [5, 'compression scheme 5'],
  ])('scheme %i is called %s', (scheme, name) => {
    expect(codecName(scheme)).toBe(name)
  })
})

describe('the georeference of a TIFF', () => {
  const keys = { GTModelTypeGeoKey: 1, ProjectedCSTypeGeoKey: 32633 }
  const place = {
    pixelScale: [10, 20, 0],
    tiepoints: [2, 3, 0, 500, 900, 0],
    transformation: null,
    geoKeys: keys,
  }
  const read = (change: Partial<ModelTags>) => {
    const notes: FileNote[] = []
    return { notes, found: readGeoreference({ ...place, ...change }, notes) }
  }
  const noteOf = (change: Partial<ModelTags>) =>
    read(change).notes.map(({ reason, message }) => `${reason}: ${message}`)

  test('has the corner of the first pixel, wherever the tie point is', () => {
    expect(read({})).toEqual({
      notes: [],
      found: { crs: 'EPSG:32633', transform: [480, 10, 0, 960, 0, -20], geoKeys: keys },
    })
    const point = { ...keys, GTRasterTypeGeoKey: 2 }
    expect(read({ geoKeys: point }).found?.transform).toEqual([475, 10, 0, 970, 0, -20])
    expect(read({ geoKeys: { ...keys, GTRasterTypeGeoKey: 1 } }).found?.transform).toEqual([
      480, 10, 0, 960, 0, -20,
    ])
    const matrix = [1, 2, 0, 3, 4, 5, 0, 6]
    const turned = { pixelScale: null, tiepoints: null, transformation: matrix }
    expect(read(turned).found?.transform).toEqual([3, 1, 2, 6, 4, 5])
    expect(read({ ...turned, geoKeys: point }).found?.transform).toEqual([1.5, 1, 2, 1.5, 4, 5])
    expect(read({ ...turned, pixelScale: [0, 5, 0] }).found?.transform).toEqual([3, 1, 2, 6, 4, 5])
    expect(read({ ...turned, pixelScale: [5, 0, 0] }).found?.transform).toEqual([3, 1, 2, 6, 4, 5])
    expect(read({ ...turned, pixelScale: [5] }).found?.transform).toEqual([3, 1, 2, 6, 4, 5])
    expect(read({ pixelScale: [10, 20] }).found?.transform).toEqual([480, 10, 0, 960, 0, -20])
  })

  const none = { pixelScale: null, tiepoints: null, transformation: null }
  const points = [0, 0, 0, 1, 1, 0]
  test.each<[string, Partial<ModelTags>, object | null, string[]]>([
    ['nothing', { ...none, geoKeys: null }, null, []],
    [
      'a matrix cut short',
      { ...none, transformation: [1, 2, 3, 4, 5, 6, 7] },
      { crs: 'EPSG:32633', transform: null },
      [],
    ],
    [
      'a size without a place',
      { tiepoints: [1, 2, 3, 4, 5] },
      { crs: null, transform: null },
      ['position: The file gives a pixel size but no position: it has no usable georeference.'],
    ],
    [
      'a negative height',
      { pixelScale: [10, -20, 0] },
      { transform: [480, 10, 0, 960, 0, -20] },
      ['position: The vertical pixel size is negative; the image is taken as north-up.'],
    ],
    [
      'control points',
      { ...none, tiepoints: points },
      { crs: null, transform: null },
      [
        'position: The file has ground control points only and no transform; rectify it (gdalwarp) to place it on a map.',
      ],
    ],
    ['half a point', { ...none, tiepoints: points.slice(1) }, { crs: null, transform: null }, []],
    [
      'infinity',
      { tiepoints: [0, 0, 0, Number.POSITIVE_INFINITY, 0, 0] },
      { crs: null, transform: null },
      ['position: The transform is not finite and was left out.'],
    ],
  ])('of %s', (_, change, found, notes) => {
    const result = read(change)
    if (found === null) expect(result.found).toBeNull()
    else expect(result.found).toMatchObject(found)
    expect(noteOf(change)).toEqual(notes)
  })

  const without = 'no-epsg: The coordinate system is described without an EPSG code; its keys are kept.'
  const own =
    'no-epsg: The coordinate system is user-defined; it has no EPSG code and its keys are kept as they are.'
  const odd = (code: number) =>
    `no-epsg: The coordinate system's code ${code} is not an EPSG code; its keys are kept as they are.`
  test.each<[Record<string, unknown>, string | null, string[]]>([
    [{ GTModelTypeGeoKey: 2, GeographicTypeGeoKey: 4326, ProjectedCSTypeGeoKey: 9 }, 'EPSG:4326', []],
    [{ GTModelTypeGeoKey: 1, GeographicTypeGeoKey: 4326, ProjectedCSTypeGeoKey: 1024 }, 'EPSG:1024', []],
    [{ GeographicTypeGeoKey: 4326 }, 'EPSG:4326', []],
    [{ GeographicTypeGeoKey: 4326, ProjectedCSTypeGeoKey: 32766 }, 'EPSG:32766', []],
    [{ GTModelTypeGeoKey: 1 }, null, [without]],
    [{ GTModelTypeGeoKey: 3, GTCitationGeoKey: 'x' }, null, [without]],
    [{ GTCitationGeoKey: 'x' }, null, []],
    [{ ProjectedCSTypeGeoKey: 32767 }, null, [own]],
    [{ ProjectedCSTypeGeoKey: 1023 }, null, [odd(1023)]],
    [{ ProjectedCSTypeGeoKey: 32768 }, null, [odd(32768)]],
  ])('keys %j are %s', (geoKeys, crs, notes) => {
    expect(read({ geoKeys }).found?.crs).toBe(crs)
    expect(noteOf({ geoKeys })).toEqual(notes)
  })

  test('keys are plain values; those without a name go', () => {
    const geoKeys = {
      undefined: 5,
      GTCitationGeoKey: 'Grid|\0',
      GeogTOWGS84GeoKey: Float64Array.of(1, 2),
      ProjLinearUnitsGeoKey: [9001],
      GTModelTypeGeoKey: null,
    }
    expect(read({ geoKeys }).found?.geoKeys).toEqual({
      GTCitationGeoKey: 'Grid',
      GeogTOWGS84GeoKey: [1, 2],
      ProjLinearUnitsGeoKey: [9001],
    })
    expect(read({ ...none, geoKeys: { undefined: 5 } }).found).toBeNull()
  })
})

describe('the directories of a TIFF', () => {
  /** BigTIFF or TIFF of directories one behind the other: each [tag, type, count, value]. */
  function file(entries: [number, number, number, number][][], big: boolean, little: boolean, last = 0) {
    const [head, count, entry, pointer] = big ? [16, 8, 20, 8] : [8, 2, 12, 4]
    const bytes = new Uint8Array(
      head + entries.reduce((sum, list) => sum + count + list.length * entry + pointer, 0),
    )
    const view = new DataView(bytes.buffer)
    const number = (at: number, value: number) =>
      big ? view.setBigUint64(at, BigInt(value), little) : view.setUint32(at, value, little)
    view.setUint16(0, little ? 0x4949 : 0x4d4d)
    view.setUint16(2, big ? 43 : 42, little)
    number(big ? 8 : 4, head)
    let at = head
    entries.forEach((list, index) => {
      if (big) number(at, list.length)
      else view.setUint16(at, list.length, little)
      at += count
      for (const [tag, type, values, value] of list) {
        view.setUint16(at, tag, little)
        view.setUint16(at + 2, type, little)
        number(at + 4, values)
        if (type === 3) view.setUint16(at + 4 + pointer, value, little)
        else view.setUint32(at + 4 + pointer, value, little)
        at += entry
      }
      number(at, index === entries.length - 1 ? last : at + pointer)
      at += pointer
    })
    return bytes
  }
  async function listed(bytes: Uint8Array) {
    const found: [number, { bytes: number; value: number | null }][][] = []
    for await (const { tags } of readDirectories(bytesInput('a.tif', bytes))) found.push([...tags])
    return found
  }

  test.each([
    [false, true],
    [false, false],
    [true, true],
    [true, false],
  ])('are listed one after another (big: %s, little-endian: %s)', async (big, little) => {
    const first: [number, number, number, number][] = [
      [254, 4, 1, 70_000],
      [256, 3, 1, 513],
      [273, 3, 2, 0],
      [274, 4, 2, 0],
      [270, 2, 3, 0],
      [271, 12, 4, 0],
      [272, 99, 4, 0],
      [271, 5, 1, 0],
      [280, 12, 1e6, 0],
    ]
    const filler = Array.from({ length: 5 }, (_, i): [number, number, number, number] => [500 + i, 3, 1, i])
    const found = await listed(file([first, filler], big, little))
    expect(found).toHaveLength(2)
    expect(new Map(found[0])).toEqual(
      new Map([
        [254, { type: 4, bytes: 4, value: 70_000, isRepeated: false }],
        [256, { type: 3, bytes: 2, value: 513, isRepeated: false }],
        [273, { type: 3, bytes: 4, value: null, isRepeated: false }],
        [274, { type: 4, bytes: 8, value: null, isRepeated: false }],
        [270, { type: 2, bytes: 3, value: null, isRepeated: false }],
        [271, { type: 5, bytes: 40, value: null, isRepeated: true }],
        [272, { type: 99, bytes: 0, value: null, isRepeated: false }],
        [280, { type: 12, bytes: 0, value: null, isRepeated: false }],
      ]),
    )
    expect(found[1]).toHaveLength(5)
  })

  test('types have the sizes of TIFF 6.0 and BigTIFF', async () => {
    const sizes = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8, 0]
    const [tags] = await listed(file([sizes.map((_, type) => [300 + type, type, 3, 0])], false, true))
    expect(tags!.map(([, { bytes }]) => bytes)).toEqual(sizes.map(size => size * 3))
  })

  test('a circle, a table beyond the end and one of too many tags end the file', async () => {
    const one: [number, number, number, number][] = [[256, 3, 1, 1]]
    await expect(listed(file([one], false, true, 8))).rejects.toMatchObject({
      code: 'file-malformed',
      message: '"a.tif" is cut off or damaged: its directories form a circle. Copy or download it again.',
    })
    await expect(listed(file([one], false, true, 5000))).rejects.toMatchObject({
      code: 'file-malformed',
      message:
        '"a.tif" is cut off or damaged: its directory points to byte 5002 of 26. Copy or download it again.',
    })
    const many = (count: number) =>
      listed(
        file(
          [Array.from({ length: count }, (_, i): [number, number, number, number] => [i, 3, 1, 1])],
          false,
          true,
        ),
      )
    expect((await many(1024))[0]).toHaveLength(1024)
    await expect(many(1025)).rejects.toMatchObject({
      code: 'file-too-large',
      message: '"a.tif" has 1025 tags in one directory; write it again.',
    })
  })

  test('what our own writer of small files writes is read', async () => {
    const [tags] = await listed(
      tinyTiff({ width: 3, height: 2, bands: [[1, 2, 3, 4, 5, 6]], littleEndian: false }),
    )
    expect(new Map(tags).get(256)).toEqual({ type: 3, bytes: 2, value: 3, isRepeated: false })
  })
})
