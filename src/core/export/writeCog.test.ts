import { unzlibSync } from 'fflate'
import { fromArrayBuffer } from 'geotiff'
import { describe, expect, test } from 'vitest'
import { openGeotiff } from '../raster/geotiff/openGeotiff'
import { bytesInput } from '../raster/inputFile'
import type { Georeference } from '../raster/rasterSource'
import { gdalInfo, hasTool, temporaryFile } from './gdal.testing'
import { geoFields, hasPlace } from './geoFields'
import { encodeDirectory } from './tiffFields'
import { type BlockStore, type StreamedCog, streamCog, writeCog } from './writeCog'

/** Entries of each directory by tag: [type, count, value or offset], as the bytes have them. */
function directories(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const found: { at: number; entries: Map<number, [number, number, number]>; tags: number[] }[] = []
  for (let at = view.getUint32(4, true); at > 0; ) {
    const entries = new Map<number, [number, number, number]>()
    const count = view.getUint16(at, true)
    for (let i = 0, entry = at + 2; i < count; i++, entry += 12) {
      const type = view.getUint16(entry + 2, true)
      const length = view.getUint32(entry + 4, true)
      const value =
        type === 3 && length === 1 ? view.getUint16(entry + 8, true) : view.getUint32(entry + 8, true)
      entries.set(view.getUint16(entry, true), [type, length, value])
    }
    found.push({ at, entries, tags: [...entries.keys()] })
    at = view.getUint32(at + 2 + count * 12, true)
  }
  return found
}

function blocksOf(bytes: Uint8Array, entries: ReadonlyMap<number, [number, number, number]>) {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const [[, count, at], [, , sizes]] = [entries.get(324)!, entries.get(325)!]
  return Array.from({ length: count }, (_, i) =>
    count === 1
      ? { at, size: sizes }
      : { at: view.getUint32(at + i * 4, true), size: view.getUint32(sizes + i * 4, true) },
  )
}

const grey = (width: number, height: number) => ({
  width,
  height,
  samples: Uint8Array.from({ length: width * height }, (_, i) => (i * 7 + Math.floor(i / width)) % 251),
  nodata: '255',
  georeference: null,
  name: 'grey',
  description: 'A test',
  metadata: {},
})

describe('encode directory', () => {
  test('sorts by tag, keeps four bytes inside and writes longer values behind, each at an even place', () => {
    const bytes = encodeDirectory(
      [
        { tag: 305, type: 'ascii', value: 'abcd' },
        { tag: 258, type: 'short', value: [1, 2] },
        { tag: 256, type: 'long', value: [70_000] },
        { tag: 280, type: 'ascii', value: 'abc' },
        { tag: 33550, type: 'double', value: [1.5] },
      ],
      1000,
      77,
    )
    const view = new DataView(bytes.buffer)
    const entry = (i: number) =>
      [0, 2, 4, 8].map(to =>
        to < 4 ? view.getUint16(2 + i * 12 + to, true) : view.getUint32(2 + i * 12 + to, true),
      )
    expect(view.getUint16(0, true)).toBe(5)
    expect([0, 1, 2, 3, 4].map(entry)).toEqual([
      [256, 4, 1, 70_000],
      [258, 3, 2, 0x2_0001],
      [280, 2, 4, 0x63_6261],
      [305, 2, 5, 1066],
      [33550, 12, 1, 1072],
    ])
    expect(view.getUint32(62, true)).toBe(77)
    expect([...bytes.subarray(66, 72)]).toEqual([97, 98, 99, 100, 0, 0])
    expect(view.getFloat64(72, true)).toBe(1.5)
    expect(bytes.length).toBe(80)
  })
})

describe('write cog', () => {
  test('says what it holds, level by level', async () => {
    const bytes = await writeCog({ ...grey(1030, 520), colours: new Map([[1, [213, 94, 0]]]) })
    const [whole, half, quarter, ...more] = directories(bytes)
    expect(more).toEqual([])
    expect(bytes.subarray(0, 4)).toEqual(Uint8Array.of(0x49, 0x49, 42, 0))
    const text = new TextDecoder().decode(bytes.subarray(8, whole!.at))
    const structure = text.slice(text.indexOf('\n') + 1).replace(/\0$/, '')
    expect(text).toMatch(
      /^GDAL_STRUCTURAL_METADATA_SIZE=000\d{3} bytes\nLAYOUT=IFDS_BEFORE_DATA\nBLOCK_ORDER=ROW_MAJOR\nBLOCK_LEADER=SIZE_AS_UINT4\nBLOCK_TRAILER=LAST_4_BYTES_REPEATED\nKNOWN_INCOMPATIBLE_EDITION=NO\n /,
    )
    expect(Number(text.slice(30, 36))).toBe(structure.length)
    const single = [256, 257, 258, 259, 262, 277, 284, 322, 323, 339]
    const of = (level: typeof whole) => single.map(tag => level!.entries.get(tag)?.[2])
    expect(of(whole)).toEqual([1030, 520, 8, 8, 3, 1, 1, 512, 512, 1])
    expect(of(half)).toEqual([515, 260, 8, 8, 3, 1, 1, 512, 512, 1])
    expect(of(quarter)).toEqual([258, 130, 8, 8, 3, 1, 1, 512, 512, 1])
    expect([whole, half, quarter].map(level => level!.entries.get(254)?.[2])).toEqual([undefined, 1, 1])
    expect([whole, half, quarter].map(level => level!.entries.get(324)?.[1])).toEqual([6, 2, 1])
    expect(whole!.tags.filter(tag => [269, 305, 320, 42112, 42113].includes(tag))).toHaveLength(5)
    expect(half!.tags.filter(tag => [269, 305, 42112].includes(tag))).toEqual([])
  })

  test('places blocks behind all directories, smallest level first, with size before and tail repeated', async () => {
    const bytes = await writeCog(grey(700, 520))
    const view = new DataView(bytes.buffer)
    const levels = directories(bytes)
    const blocks = levels.map(({ entries }) => blocksOf(bytes, entries))
    const inFile = blocks.toReversed().flat()
    inFile.forEach(({ at, size }, i) => {
      expect(view.getUint32(at - 4, true)).toBe(size)
      expect(bytes.subarray(at + size, at + size + 4)).toEqual(bytes.subarray(at + size - 4, at + size))
      expect(inFile[i + 1]?.at ?? bytes.length + 4).toBe(at + size + 8)
    })
    expect(inFile).toHaveLength(5)
  })

  test.each([
    [1, 1, 16],
    [16, 3, 16],
    [3, 17, 32],
    [512, 512, 512],
    [513, 1, 512],
    [1, 513, 512],
  ])(
    '%i x %i: tiles of %i, filled with the nearest pixel, and levels by every second pixel',
    async (width, height, tile) => {
      const image = grey(width, height)
      const bytes = await writeCog(image)
      const levels = directories(bytes)
      expect(levels).toHaveLength(width > 512 || height > 512 ? 2 : 1)
      levels.forEach(({ entries }, level) => {
        const step = 2 ** level
        const [w, h] = [Math.ceil(width / step), Math.ceil(height / step)]
        expect([256, 257, 322, 323].map(tag => entries.get(tag)?.[2])).toEqual([w, h, tile, tile])
        blocksOf(bytes, entries).forEach(({ at, size }, i) => {
          const across = Math.ceil(w / tile)
          const [left, top] = [(i % across) * tile, Math.floor(i / across) * tile]
          const expected = Uint8Array.from({ length: tile * tile }, (_, pixel) => {
            const column = Math.min(w - 1, left + (pixel % tile)) * step
            const row = Math.min(h - 1, top + Math.floor(pixel / tile)) * step
            return image.samples[row * width + column]!
          })
          // Equality of so many values one by one takes seconds.
          expect(Buffer.compare(unzlibSync(bytes.subarray(at, at + size)), expected)).toBe(0)
        })
      })
    },
  )

  test('floats keep their bits, on every level', async () => {
    const samples = Float32Array.from({ length: 520 * 3 }, (_, i) => i / 7)
    const bytes = await writeCog({ ...grey(520, 3), samples, nodata: 'nan' })
    const [whole] = directories(bytes)
    expect([258, 262, 339].map(tag => whole!.entries.get(tag)?.[2])).toEqual([32, 1, 3])
    const half = await (await fromArrayBuffer(bytes.buffer)).getImage(1)
    const read = (await half.readRasters({ interleave: true })) as Float32Array
    expect([read.length, read[0], read[259], read[260]]).toEqual([520, 0, samples[518], samples[1040]])
  })

  test('a palette holds all reds, greens, then blues in 16 bits; values without a colour are black', async () => {
    const bytes = await writeCog({
      ...grey(4, 4),
      colours: new Map([
        [1, [213, 94, 1]],
        [255, [1, 2, 3]],
      ]),
    })
    const image = await (await fromArrayBuffer(bytes.buffer)).getImage()
    const map = [...((await image.fileDirectory.loadValue('ColorMap')) as Uint16Array)]
    const expected = new Array(768).fill(0)
    for (const [at, level] of [
      [1, 213],
      [257, 94],
      [513, 1],
      [255, 1],
      [511, 2],
      [767, 3],
    ] as const)
      expected[at] = level * 257
    expect(map).toEqual(expected)
  })

  test('metadata are escaped twice, as GDAL reads them, and without control characters', async () => {
    const bytes = await writeCog({
      ...grey(4, 4),
      metadata: { 'A"<&>': 'x & "y" <z>\u0001\ttab' },
      description: 'd<e',
    })
    const image = await (await fromArrayBuffer(bytes.buffer)).getImage()
    const text = async (tag: 'GDAL_METADATA' | 'DocumentName' | 'Software') =>
      String(await image.fileDirectory.loadValue(tag)).replace(/\0$/, '')
    expect(await text('GDAL_METADATA')).toBe(
      '<GDALMetadata>\n' +
        '  <Item name="A&quot;&lt;&amp;&gt;">x &amp;amp; &amp;quot;y&amp;quot; &amp;lt;z&amp;gt; \ttab</Item>\n' +
        '  <Item name="DESCRIPTION" sample="0" role="description">d&amp;lt;e</Item>\n' +
        '</GDALMetadata>\n',
    )
    expect(await text('DocumentName')).toBe('grey')
    expect(await text('Software')).toBe('Scarp')
  })

  test.each([
    [0, 5, 0],
    [5, 0, 0],
    [2, 2, 5],
    [-1, -4, 4],
  ])('refuses %i x %i of %i pixels', async (width, height, count) => {
    await expect(
      writeCog({ ...grey(1, 1), width, height, samples: new Uint8Array(count) }),
    ).rejects.toThrowError(
      expect.objectContaining({
        code: 'shape-mismatch',
        message: `grey: ${count} pixels do not fill a raster of ${width} x ${height}; export it again from the patch.`,
      }),
    )
  })
})

describe('stream cog', () => {
  /** Every block is asked for at the place where it was put. */
  function store(): BlockStore & { bytes: number } {
    const file = new Uint8Array(2 ** 20)
    const kept = {
      bytes: 0,
      async append(block: Uint8Array) {
        file.set(block, kept.bytes)
        kept.bytes += block.length
      },
      read: async (begin: number, length: number) => file.slice(begin, begin + length),
    }
    return kept
  }
  /** Band b has pixel b * 1000 + row + column / 256; as floats. */
  const ramp = (width: number, height: number, bands: number): StreamedCog => ({
    ...grey(width, height),
    sampleType: 'float32',
    nodata: 'nan',
    tile: 16,
    descriptions: Array.from({ length: bands }, (_, band) => `Band ${band} <&>`),
    rows: async (top, count) =>
      Array.from({ length: bands }, (_, band) =>
        Float32Array.from(
          { length: count * width },
          (_, i) => band * 1000 + top + Math.floor(i / width) + (i % width) / 256,
        ),
      ),
  })
  const collected = async (image: StreamedCog, mostClassicBytes?: number) => {
    const parts: Uint8Array[] = []
    for await (const part of streamCog(image, store(), {}, mostClassicBytes)) parts.push(part)
    return Buffer.concat(parts)
  }

  test('one band in runs of rows gives the very bytes of the same raster in memory', async () => {
    const { rows, ...image } = ramp(700, 1100, 1)
    const tile = 512
    const [samples] = (await rows(0, 1100)) as [Float32Array]
    const whole = await writeCog({ ...image, samples, description: 'Band 0 <&>' })
    expect(Buffer.compare(await collected({ ...image, rows, tile }), whole)).toBe(0)
  })

  test.each([
    ['classic', undefined, 42],
    ['BigTIFF', 1000, 43],
  ])('bands lie apart, on every level, and geotiff.js and GDAL read them: %s', async (_, most, magic) => {
    const [width, height] = [75, 67]
    const image = ramp(width, height, 3)
    const bytes = await collected(image, most)
    expect(bytes.readUInt16LE(2)).toBe(magic)
    const tiff = await fromArrayBuffer(new Uint8Array(bytes).buffer)
    expect(await tiff.getImageCount()).toBe(4)
    const whole = (await image.rows(0, height)) as Float32Array[]
    for (const level of [0, 1, 2, 3]) {
      const step = 2 ** level
      const read = (await (await tiff.getImage(level)).readRasters()) as unknown as Float32Array[]
      const [w, h] = [Math.ceil(width / step), Math.ceil(height / step)]
      for (const band of [0, 1, 2]) {
        const expected = Float32Array.from(
          { length: w * h },
          (_, i) => whole[band]![Math.floor(i / w) * step * width + (i % w) * step]!,
        )
        expect(read[band]).toEqual(expected)
      }
    }
    if (!hasTool('gdalinfo', '--version')) return
    const info = gdalInfo(temporaryFile('stack.tif', bytes))
    expect(info.bands.map(({ description, overviews }) => [description, overviews?.length])).toEqual([
      ['Band 0 <&>', 3],
      ['Band 1 <&>', 3],
      ['Band 2 <&>', 3],
    ])
  })

  test('holds one run of rows at a time, each asked for once, and stops between two', async () => {
    const asked: [number, number][] = []
    const image = ramp(40, 50, 2)
    const controller = new AbortController()
    const watched: StreamedCog = {
      ...image,
      rows: (top, count) => {
        asked.push([top, count])
        if (top === 32) controller.abort()
        return image.rows(top, count)
      },
    }
    const parts = streamCog(watched, store(), { signal: controller.signal })
    await expect(parts.next()).rejects.toThrowError(expect.objectContaining({ code: 'aborted' }))
    expect(asked).toEqual([
      [0, 16],
      [16, 16],
      [32, 16],
    ])
  })

  test('hears a cancel within a row of tiles, and compresses none after it', async () => {
    const image = ramp(16 * 40, 16, 2)
    const controller = new AbortController()
    const kept = store()
    let tiles = 0
    const counting: BlockStore = {
      read: kept.read,
      append: bytes => {
        tiles++
        // As an event of the window or a signal of the system comes.
        if (tiles === 3) setTimeout(() => controller.abort(), 0)
        return kept.append(bytes)
      },
    }
    const parts = streamCog(image, counting, { signal: controller.signal })
    await expect(parts.next()).rejects.toMatchObject({ code: 'aborted' })
    expect(tiles).toBeLessThanOrEqual(4)
  })
})

describe('geo fields', () => {
  const north: Georeference['transform'] = [500, 10, 0, 900, 0, -20]
  const place = (change: Partial<Georeference>): Georeference => ({
    crs: null,
    transform: north,
    geoKeys: null,
    ...change,
  })
  const fields = (change: Partial<Georeference>) =>
    new Map(geoFields(place(change)).map(({ tag, type, value }) => [tag, [type, value]]))
  const keysOf = (change: Partial<Georeference>) => fields(change).get(34735)?.[1]

  test.each<[string, number[], [number, number[]][]]>([
    [
      'north-up',
      [500, 10, 0, 900, 0, -20],
      [
        [33550, [10, 20, 0]],
        [33922, [0, 0, 0, 500, 900, 0]],
      ],
    ],
    ...[
      [500, 10, 1, 900, 0, -20],
      [500, 10, 0, 900, 1, -20],
      [500, -10, 0, 900, 0, -20],
      [500, 0, 0, 900, 0, -20],
      [500, 10, 0, 900, 0, 20],
      [500, 10, 0, 900, 0, 0],
    ].map(([x, a, b, y, c, d]): [string, number[], [number, number[]][]] => [
      'any other',
      [x!, a!, b!, y!, c!, d!],
      [[34264, [a!, b!, 0, x!, c!, d!, 0, y!, 0, 0, 0, 0, 0, 0, 0, 1]]],
    ]),
  ])('a grid that is %s (%j) is written so', (_, transform, expected) => {
    expect([...fields({ transform: transform as never })]).toEqual(
      expected.map(([tag, value]) => [tag, ['double', value]]),
    )
  })

  test.each<[number, number]>([
    [4000, 3072],
    [4001, 2048],
    [4999, 2048],
    [5000, 3072],
    [32633, 3072],
    [65535, 3072],
    ...[5324, 6318, 6668, 7844, 8237, 8999, 9000].map((code): [number, number] => [code, 2048]),
  ])('EPSG:%i is written under key %i', (code, key) => {
    const kind = key === 2048 ? 2 : 1
    expect(keysOf({ crs: `EPSG:${code}` })).toEqual([
      1,
      1,
      0,
      3,
      1024,
      0,
      1,
      kind,
      1025,
      0,
      1,
      1,
      key,
      0,
      1,
      code,
    ])
  })

  test.each(['EPSG:65536', 'ESRI:102003', 'EPSG:x1', 'EPSG:1x', 'xEPSG:1'])('%s is refused', crs => {
    expect(() => geoFields(place({ crs }))).toThrowError(
      expect.objectContaining({
        code: 'export-failed',
        message: `The coordinate system ${crs} has no GeoTIFF keys: assign an EPSG coordinate system to the source first.`,
      }),
    )
  })

  test("the source's own keys stay: whole numbers, doubles, lists, texts; what is no key goes", () => {
    const geoKeys = {
      GTRasterTypeGeoKey: 2,
      GTModelTypeGeoKey: 1,
      GTCitationGeoKey: 'Grid é||',
      PCSCitationGeoKey: 'b',
      GeogSemiMajorAxisGeoKey: 6378137,
      ProjFalseEastingGeoKey: 0,
      '3092': 1,
      '3077': 2,
      '3097': 7,
      GeogTOWGS84GeoKey: [1, 2, 3],
      NoSuchKey: 5,
      ProjLinearUnitsGeoKey: undefined,
      GeogAngularUnitsGeoKey: null,
    }
    const found = fields({ crs: 'EPSG:4326', geoKeys: geoKeys as never })
    expect(found.get(34735)).toEqual([
      'short',
      [
        ...[1, 1, 0, 10],
        ...[1024, 0, 1, 1],
        ...[1025, 0, 1, 1],
        ...[1026, 34737, 7, 0],
        ...[2057, 34736, 1, 0],
        ...[2062, 34736, 3, 1],
        ...[3073, 34737, 2, 7],
        ...[3077, 34736, 1, 4],
        ...[3082, 34736, 1, 5],
        ...[3092, 34736, 1, 6],
        ...[3097, 0, 1, 7],
      ],
    ])
    expect(found.get(34736)).toEqual(['double', [6378137, 1, 2, 3, 2, 0, 1]])
    expect(found.get(34737)).toEqual(['ascii', 'Grid ?|b|'])
  })

  test.each([2053, 2055, 2057, 2058, 2059, 2061, 3077, 3078, 3096])('key %i holds a double', key => {
    expect(fields({ geoKeys: { [key]: 1 } as never }).get(34736)).toEqual(['double', [1]])
  })

  test.each([2054, 2056, 2060, 3076, 3097])('key %i holds a whole number', key => {
    expect(fields({ geoKeys: { [key]: 1 } as never }).has(34736)).toBe(false)
  })

  test('a directory that only says how pixels lie describes no system', () => {
    expect(keysOf({ geoKeys: { GTRasterTypeGeoKey: 2 } })).toBeUndefined()
    expect(keysOf({ geoKeys: { GTRasterTypeGeoKey: 2 }, crs: 'EPSG:4326' })).toHaveLength(16)
    expect(keysOf({})).toBeUndefined()
  })

  test('a place needs a system: by name, or by keys together with a transform', () => {
    expect(hasPlace(null)).toBe(false)
    expect(hasPlace(place({}))).toBe(false)
    expect(hasPlace(place({ crs: 'EPSG:4326', transform: null }))).toBe(true)
    expect(hasPlace(place({ geoKeys: { GTModelTypeGeoKey: 1 } }))).toBe(true)
    const controlPoints = place({ geoKeys: { GTModelTypeGeoKey: 1 }, transform: null })
    expect(hasPlace(controlPoints)).toBe(false)
    expect(geoFields(controlPoints)).toEqual([])
    expect(geoFields(null)).toEqual([])
  })
})

describe('overviews as levels', () => {
  const image = grey(1201, 600)
  const open = (bytes: Uint8Array) => openGeotiff(bytesInput('a.tif', bytes))

  test('are read whole and by windows', async () => {
    const cog = await writeCog(image)
    const raster = await open(cog)
    expect(raster.levels).toBe(directories(cog).length - 1)
    expect(raster.levels).toBe(2)
    for (const level of [0, 1, 2]) {
      const [width, height] = [Math.ceil(1201 / 2 ** level), Math.ceil(600 / 2 ** level)]
      const [plane] = await raster.read({ level })
      const expected = Uint8Array.from({ length: width * height }, (_, at) => {
        const [x, y] = [(at % width) * 2 ** level, Math.floor(at / width) * 2 ** level]
        return image.samples[y * 1201 + x]!
      })
      expect(plane).toEqual(expected)
      const window = { column: width - 3, row: height - 2, width: 3, height: 2 }
      const [part] = await raster.read({ level, window })
      expect(part!.slice(3)).toEqual(expected.slice(-3))
      const beyond = { ...window, column: width }
      await expect(raster.read({ level, window: beyond })).rejects.toMatchObject({ code: 'bad-argument' })
    }
    await expect(raster.read({ level: 3 })).rejects.toMatchObject({
      code: 'bad-argument',
      message: 'No level 3 in "a.tif", which has 2.',
    })
  })

  test.each([
    ['of another width', 256, 602, 0],
    ['of another sample type', 339, 2, 0],
    ['without its blocks', 324, 2 ** 32 - 1, 0],
    ['that is no overview but a page', 254, 0, 0],
    ['that is a mask', 254, 5, 0],
  ])('end before one %s', async (_, tag, value, levels) => {
    const bytes = await writeCog(image)
    const view = new DataView(bytes.buffer)
    const { at, tags } = directories(bytes)[1]!
    const entry = at + 2 + 12 * tags.indexOf(tag)
    if (view.getUint16(entry + 2, true) === 3) view.setUint16(entry + 8, value, true)
    else view.setUint32(entry + 8, value, true)
    const raster = await open(bytes)
    expect(raster.levels).toBe(levels)
    expect((await raster.read())[0]).toEqual(image.samples)
  })

  test('end before one that is missing in the middle', async () => {
    const three = await writeCog(grey(2100, 40))
    expect((await open(three)).levels).toBe(3)
    const [, , second] = directories(three)
    const view = new DataView(three.buffer)
    view.setUint32(second!.at + 2 + 12 * second!.tags.indexOf(256) + 8, 500, true)
    expect((await open(three)).levels).toBe(1)
  })
})
