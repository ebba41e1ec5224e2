import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../foundation/appError'
import { bytesInput } from '../inputFile'
import { openRaster } from '../openRaster'
import { box, TINY_JP2_SUM, tinyCodestream, tinyJp2 } from '../testing/tinyJp2'
import { SOD, SOT } from './codestream'

const open = (bytes: Uint8Array) => openRaster(bytesInput('x.jp2', bytes))

async function sumOf(bytes: Uint8Array): Promise<number> {
  const [plane] = await (await open(bytes)).read()
  let sum = 0
  for (const value of plane!) sum += value
  return sum
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Where a marker stands, from a place on. */
function find(bytes: Uint8Array, marker: number, from = 0): number {
  for (let at = from; at + 2 <= bytes.length; at++) if (viewOf(bytes).getUint16(at) === marker) return at
  return -1
}

/** Beginnings and lengths of the tile-parts. */
function partsOf(codestream: Uint8Array): { at: number; length: number; tile: number }[] {
  const parts = []
  for (let at = find(codestream, SOT); viewOf(codestream).getUint16(at) === SOT; ) {
    const length = viewOf(codestream).getUint32(at + 6)
    parts.push({ at, length, tile: viewOf(codestream).getUint16(at + 4) })
    at += length
  }
  return parts
}

function changed(
  change: (view: DataView, bytes: Uint8Array) => void,
  codestream = tinyCodestream(),
): Uint8Array {
  change(viewOf(codestream), codestream)
  return codestream
}

/** Puts a segment behind SIZ. */
function withSegment(marker: number, content: number[], codestream = tinyCodestream()): Uint8Array {
  const at = 4 + viewOf(codestream).getUint16(4)
  const segment = [
    marker >> 8,
    marker & 255,
    (content.length + 2) >> 8,
    (content.length + 2) & 255,
    ...content,
  ]
  return Uint8Array.from([...codestream.subarray(0, at), ...segment, ...codestream.subarray(at)])
}

const numbers = (value: number, bytes: number) =>
  Array.from({ length: bytes }, (_, index) => Math.floor(value / 256 ** (bytes - 1 - index)) & 255)

/** TLM with tile numbers of two bytes and lengths of four. */
function withLengths(lengths: { tile: number; length: number }[], codestream = tinyCodestream()): Uint8Array {
  const entries = lengths.flatMap(({ tile, length }) => [...numbers(tile, 2), ...numbers(length, 4)])
  return withSegment(0xff55, [0, 0x60, ...entries], codestream)
}

const first = partsOf(tinyCodestream())[0]!.at
const [SIZ_WIDTH, SIZ_TILE, SIZ_COMPONENTS, SIZ_DEPTH, COD_LAYERS] = [8, 24, 40, 42, 45 + 6]

describe('sound ones', () => {
  it('reads a codestream with boxes and without', async () => {
    expect(await sumOf(tinyCodestream())).toBe(TINY_JP2_SUM)
    expect(await sumOf(tinyJp2())).toBe(TINY_JP2_SUM)
  })

  it('reads tile-parts in any order between tiles', async () => {
    const codestream = tinyCodestream({ parts: 2 })
    const parts = partsOf(codestream)
    expect(parts.length).toBe(12)
    const ordered = [
      ...parts.filter((_, at) => at % 2 === 0),
      ...parts.filter((_, at) => at % 2 === 1).reverse(),
    ]
    const mixed = Uint8Array.from([
      ...codestream.subarray(0, parts[0]!.at),
      ...ordered.flatMap(({ at, length }) => [...codestream.subarray(at, at + length)]),
      ...codestream.subarray(codestream.length - 2),
    ])
    expect(await sumOf(mixed)).toBe(TINY_JP2_SUM)
    const [small] = await (await open(mixed)).read({ level: 1 })
    expect(small).toEqual((await (await open(tinyCodestream())).read({ level: 1 }))[0])
  })

  it('takes a last part without a length, and a missing end', async () => {
    const { at } = partsOf(tinyCodestream()).at(-1)!
    const open = changed(view => view.setUint32(at + 6, 0))
    expect(await sumOf(open)).toBe(TINY_JP2_SUM)
    expect(await sumOf(open.slice(0, -2))).toBe(TINY_JP2_SUM)
    expect(await sumOf(tinyCodestream().slice(0, -2))).toBe(TINY_JP2_SUM)
  })

  it('goes by the list of lengths, and walks where it is wrong', async () => {
    const parts = partsOf(tinyCodestream())
    const swapped = parts.map(({ tile, length }, at) => ({
      tile: at === 2 ? 3 : at === 3 ? 2 : tile,
      length,
    }))
    const shorter = parts.map(({ tile, length }, at) => ({ tile, length: at === 4 ? length - 1 : length }))
    const longer = parts.map(({ tile }) => ({ tile, length: 2 ** 32 - 1 }))
    for (const list of [parts, swapped, shorter, longer, parts.slice(1), []])
      expect(await sumOf(withLengths(list))).toBe(TINY_JP2_SUM)
    // A part in the middle that is none is found by walking at once, by the list when it is read.
    const broken = () => changed((_, bytes) => bytes.fill(0, parts[2]!.at, parts[2]!.at + 2))
    await expect(open(broken())).rejects.toMatchObject({ code: 'file-malformed' })
    const raster = await open(withLengths(parts, broken()))
    const [plane] = await raster.read({ window: { column: 0, row: 0, width: 40, height: 32 } })
    expect(plane?.length).toBe(1280)
    await expect(raster.read()).rejects.toMatchObject({ code: 'file-malformed' })
  })

  it('reads of a file what a window needs', async () => {
    const file = bytesInput(
      'x.jp2',
      tinyJp2(tinyCodestream(), { boxes: [box('free', new Uint8Array(100_000))] }),
    )
    let bytes = 0
    const raster = await openRaster({
      ...file,
      async slice(begin, end) {
        const slice = await file.slice(begin, end)
        bytes += slice.length
        return slice
      },
    })
    const opening = bytes
    expect(opening).toBeLessThan(20_000)
    await raster.read({ window: { column: 3, row: 3, width: 20, height: 20 } })
    expect(bytes - opening).toBe(partsOf(tinyCodestream())[0]!.length)
  })

  it('stops between tiles where it is cancelled', async () => {
    const controller = new AbortController()
    const file = bytesInput('x.jp2', tinyCodestream())
    let reading = 0
    const raster = await openRaster({
      ...file,
      slice(begin, end) {
        if (reading > 0 && ++reading > 2) controller.abort()
        return file.slice(begin, end)
      },
    })
    reading = 1
    await expect(raster.read({ signal: controller.signal })).rejects.toMatchObject({ code: 'aborted' })
    expect(reading).toBe(3)
  })
})

describe('damaged and hostile ones', () => {
  it('refuses one cut off anywhere, and names the tile that is missing', async () => {
    const sound = tinyJp2()
    const parts = partsOf(tinyCodestream())
    const begin = find(sound, SOT)
    for (let length = 12; length < sound.length - 2; length += 7) {
      const error = await open(sound.slice(0, length)).catch(thrown => thrown)
      expect(error, `${length} bytes`).toMatchObject({ code: 'file-malformed' })
      if (length < begin + 2) continue
      const missing = parts.findIndex(({ at, length: bytes }) => length < begin - parts[0]!.at + at + bytes)
      expect(error.message).toBe(
        `"x.jp2" is cut off: tile ${missing + 1} of 6 is missing. Download it again.`,
      )
    }
  })

  it.each<[string, (view: DataView, bytes: Uint8Array) => void, string, string]>([
    ['one tile of 65,500 x 65,500', huge, 'file-too-large', 'tiles of 65500 x 65500 pixels'],
    ['no width', view => view.setUint32(SIZ_WIDTH, 0), 'file-malformed', 'contradict'],
    ['no tile width', view => view.setUint32(SIZ_TILE, 0), 'file-malformed', 'contradict'],
    [
      'tiles of one pixel',
      view => view.setUint32(SIZ_TILE, 1) ?? view.setUint32(SIZ_WIDTH, 2 ** 31),
      'file-malformed',
      'tiles',
    ],
    ['no band', view => view.setUint16(SIZ_COMPONENTS, 0), 'file-malformed', 'contradict'],
    ['more bands than sizes', view => view.setUint16(SIZ_COMPONENTS, 3), 'file-malformed', 'contradict'],
    ['17 bits', view => view.setUint8(SIZ_DEPTH, 16), 'file-unsupported', '17 bits'],
    ['a band of half the width', view => view.setUint8(SIZ_DEPTH + 1, 2), 'file-unsupported', 'subsampled'],
    ['no step', view => view.setUint8(SIZ_DEPTH + 1, 0), 'file-malformed', 'contradict'],
    ['33 wavelet levels', view => view.setUint8(COD_LAYERS + 3, 33), 'file-malformed', '33 wavelet levels'],
    ['code-blocks of 4096', view => view.setUint8(COD_LAYERS + 4, 10), 'file-malformed', 'code-blocks'],
    ['no layer', view => view.setUint16(COD_LAYERS, 0), 'file-malformed', 'layer'],
    ['high throughput', view => view.setUint8(COD_LAYERS + 6, 0x40), 'file-unsupported', 'high-throughput'],
    [
      'a part of a tile beyond the last',
      view => view.setUint16(first + 4, 6),
      'file-malformed',
      'tile 7 of 6',
    ],
    ['a part of one byte', view => view.setUint32(first + 6, 1), 'file-malformed', '1 bytes long'],
    ['a part that ends early', view => view.setUint32(first + 6, 60), 'file-malformed', 'no tile begins'],
    [
      'a part beyond the end',
      view => view.setUint32(first + 6, 2 ** 32 - 1),
      'file-malformed',
      'tile 1 of 6',
    ],
    ['parts out of order', view => view.setUint8(first + 10, 1), 'file-malformed', 'not in order'],
    ['a part too few', view => view.setUint8(first + 11, 2), 'file-malformed', 'tile 1 of 6 is missing'],
  ])('refuses %s', async (_, change, code, named) => {
    const began = process.cpuUsage()
    await expect(open(changed(change))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(named),
    })
    const { user, system } = process.cpuUsage(began)
    expect((user + system) / 1e6, 'seconds of the processor').toBeLessThan(5)
  })

  function huge(view: DataView): void {
    for (const at of [SIZ_WIDTH, SIZ_WIDTH + 4, SIZ_TILE, SIZ_TILE + 4]) view.setUint32(at, 65_500)
  }

  it('refuses many layers in many precincts before anything is decoded', async () => {
    const precincts = changed(view => {
      view.setUint16(COD_LAYERS, 65_535)
      // Of 2 x 2 at both resolutions.
      view.setUint16(COD_LAYERS + 8, 0x1111)
    })
    await expect(open(precincts)).rejects.toMatchObject({
      code: 'file-too-large',
      message: expect.stringContaining('pieces'),
    })
  })

  it.each([
    ['packed headers of all tiles', 0xff60, 'PPM'],
    ['high-throughput coding', 0xff50, 'high-throughput'],
  ])('refuses %s by name', async (_, marker, named) => {
    await expect(open(withSegment(marker, [0, 0, 0, 0]))).rejects.toMatchObject({
      code: 'file-unsupported',
      message: expect.stringContaining(named),
    })
  })

  it('refuses other numbers of bands by name', async () => {
    const two = changed((view, bytes) => {
      view.setUint16(SIZ_COMPONENTS, 2)
      view.setUint16(4, view.getUint16(4) + 3)
      bytes.copyWithin(SIZ_DEPTH + 6, SIZ_DEPTH + 3)
      bytes.set([11, 1, 1], SIZ_DEPTH + 3)
    })
    await expect(open(two)).rejects.toMatchObject({
      code: 'file-unsupported',
      message: expect.stringContaining('2 bands; 1 and 3 are read'),
    })
  })

  it.each([
    ['shorter than its head', 3],
    ['none at all', 7],
  ])('refuses a box with a length that is %s', async (_, length) => {
    const bytes = tinyJp2()
    viewOf(bytes).setUint32(12, length)
    await expect(open(bytes)).rejects.toMatchObject({ code: 'file-malformed' })
  })

  it('refuses boxes that leave the one around them, lie about 64 bits, or are far too many', async () => {
    const outer = box('asoc', box('xml ', new Uint8Array(20)))
    viewOf(outer).setUint32(8, 400)
    await expect(open(tinyJp2(tinyCodestream(), { boxes: [outer] }))).rejects.toMatchObject({
      message: expect.stringContaining('leaves the one around it'),
    })
    const long = box('free', Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff))
    viewOf(long).setUint32(0, 1)
    await expect(open(tinyJp2(tinyCodestream(), { boxes: [long] }))).rejects.toMatchObject({
      code: 'file-malformed',
    })
    const many = Array.from({ length: 3000 }, () => box('free'))
    await expect(open(tinyJp2(tinyCodestream(), { boxes: many }))).rejects.toMatchObject({
      code: 'file-too-large',
    })
    let deep = box('free')
    for (let depth = 0; depth < 100; depth++) deep = box('asoc', deep)
    expect(await sumOf(tinyJp2(tinyCodestream(), { boxes: [deep] }))).toBe(TINY_JP2_SUM)
  })

  it('names the tile whose data are damaged, and reads the next file as if nothing had been', async () => {
    const begin = partsOf(tinyCodestream())[3]!
    const broken = changed((_, bytes) => {
      const data = find(bytes, SOD, begin.at)
      bytes.fill(0xff, data + 2, begin.at + begin.length)
    })
    const raster = await open(broken)
    for (let turn = 0; turn < 3; turn++) {
      await expect(raster.read()).rejects.toMatchObject({
        code: 'file-malformed',
        message: expect.stringContaining('damaged in tile 4'),
      })
      expect(await sumOf(tinyCodestream())).toBe(TINY_JP2_SUM)
    }
    const [sound] = await raster.read({ window: { column: 0, row: 0, width: 32, height: 32 } })
    expect(sound).toEqual(
      (
        await (await open(tinyCodestream())).read({ window: { column: 0, row: 0, width: 32, height: 32 } })
      )[0],
    )
  })

  it('survives bytes changed at random', async () => {
    const sound = tinyJp2(tinyCodestream({ parts: 2 }))
    const change = fc.record({ at: fc.nat(sound.length - 1), value: fc.integer({ min: 0, max: 255 }) })
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async changes => {
        const bytes = sound.slice()
        for (const { at, value } of changes) bytes[at] = value
        const limits = { milliseconds: 5000, samples: 2 ** 22, blockBytes: 2 ** 24 }
        try {
          await (await openRaster(bytesInput('x', bytes), { limits })).read()
        } catch (thrown) {
          if (!(thrown instanceof AppError)) throw thrown
          expect(thrown.code).not.toBe('internal')
        }
      }),
      { numRuns: 150 },
    )
    expect(await sumOf(sound)).toBe(TINY_JP2_SUM)
  })
})

describe('the place that GMLJP2 gives', () => {
  const grid = (pos: string, along: string, down: string, name = 'urn:ogc:def:crs:EPSG::32633') =>
    `<gml:RectifiedGrid dimension="2"><gml:origin><gml:Point srsName="${name}"><gml:pos>${pos}</gml:pos></gml:Point>` +
    `</gml:origin><gml:offsetVector>${along}</gml:offsetVector><gml:offsetVector>${down}</gml:offsetVector></gml:RectifiedGrid>`
  const placeOf = async (gml: string): Promise<[string | null, ...number[]] | null> => {
    const { georeference } = await open(tinyJp2(tinyCodestream(), { gml }))
    return georeference && [georeference.crs, ...georeference.transform!]
  }
  it.each([
    ['urn:ogc:def:crs:EPSG:6.18:32633', 'EPSG:32633'],
    ['http://www.opengis.net/def/crs/EPSG/0/32633', 'EPSG:32633'],
    ['EPSG:32633', 'EPSG:32633'],
    ['urn:ogc:def:crs:OGC:1.3:CRS84', 'EPSG:4326'],
    ['gmljp2://xml/CRSDictionary.gml#ogrcrs1', null],
  ])('takes the system from "%s"', async (name, crs) => {
    expect(await placeOf(grid('5 95', '10 0', '0 -10', name))).toEqual([crs, 0, 10, 0, 100, 0, -10])
  })

  it('tells the order of axes by the grid, whatever the code says', async () => {
    const urn = 'urn:ogc:def:crs:EPSG::4326'
    const place = ['EPSG:4326', 10, 0.5, 0, 45, 0, -0.5]
    expect(await placeOf(grid('44.75 10.25', '0 0.5', '-0.5 0', urn))).toEqual(place)
    expect(await placeOf(grid('10.25 44.75', '0.5 0', '0 -0.5', urn))).toEqual(place)
  })

  it.each([
    ['no numbers', grid('x y', '10 0', '0 -10')],
    ['one number', grid('5', '10 0', '0 -10')],
    ['one step', grid('5 95', '10 0', '')],
    ['pixels without area', grid('5 95', '10 0', '10 0')],
    ['no end', grid('5 95', '10 0', '0 -10').slice(0, -10)],
    ['numbers without end', grid('1e999 5', '10 0', '0 -10')],
    ['very many brackets', '<gml:RectifiedGrid '.repeat(20_000)],
  ])('takes none from a document with %s', async (_, gml) => {
    expect(await placeOf(gml)).toBeNull()
  })
})
