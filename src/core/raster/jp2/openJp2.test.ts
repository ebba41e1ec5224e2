import { describe, expect, it } from 'vitest'
import { bytesInput } from '../inputFile'
import { openRaster } from '../openRaster'
import { gdalJp2, type Jp2Case } from '../testing/gdalJp2'
import { decodeCodestream } from './openjpeg'

const LOSSLESS = ['QUALITY=100', 'REVERSIBLE=YES']

const tiles = (size: number, ...more: string[]) => [
  ...LOSSLESS,
  `BLOCKXSIZE=${size}`,
  `BLOCKYSIZE=${size}`,
  ...more,
]

const CASES: Jp2Case[] = [
  {
    name: 'tiles of 192, as Sentinel-2 has at 60 m',
    width: 500,
    height: 430,
    options: tiles(192, 'RESOLUTIONS=6'),
  },
  {
    name: 'tiles of 640, as at 20 m',
    width: 1300,
    height: 80,
    options: tiles(640, 'TLM=YES', 'PLT=YES', 'RESOLUTIONS=6'),
  },
  { name: 'tiles of 1024, as at 10 m', width: 1100, height: 60, options: tiles(1024) },
  { name: 'tiles of 64', width: 161, height: 137, options: tiles(64) },
  { name: 'one tile', width: 201, height: 137, options: tiles(512) },
  { name: 'a codestream without boxes', width: 150, height: 100, options: tiles(64, 'CODEC=J2K') },
  { name: 'lossy 9-7', width: 200, height: 150, options: ['QUALITY=20', 'BLOCKXSIZE=128', 'BLOCKYSIZE=128'] },
  { name: 'precincts', width: 200, height: 150, options: tiles(128, 'PRECINCTS={64,64},{32,32}') },
  { name: 'markers between packets', width: 150, height: 100, options: tiles(64, 'SOP=YES', 'EPH=YES') },
  { name: 'a part a resolution', width: 200, height: 150, options: tiles(128, 'TILEPARTS=RESOLUTIONS') },
  {
    name: 'a part a layer',
    width: 200,
    height: 150,
    options: [...tiles(128).slice(1), 'TILEPARTS=LAYERS', 'PROGRESSION=PCRL', 'QUALITY=10,30,100'],
  },
  {
    name: 'small code-blocks',
    width: 150,
    height: 100,
    options: tiles(96, 'CODEBLOCK_WIDTH=8', 'CODEBLOCK_HEIGHT=16'),
  },
  { name: '1 bit', width: 90, height: 70, bits: 1, options: tiles(64) },
  { name: '8 bits', width: 90, height: 70, bits: 8, options: tiles(64) },
  { name: '12 bits', width: 90, height: 70, bits: 12, options: tiles(64) },
  { name: '15 bits', width: 90, height: 70, bits: 15, options: tiles(64) },
  { name: 'signed samples', width: 90, height: 70, signed: true, options: tiles(64) },
  { name: 'three bands coded together', width: 90, height: 70, bits: 8, bands: 3, options: tiles(64) },
  { name: 'three bands apart', width: 90, height: 70, bands: 3, options: tiles(64, 'YCC=NO') },
  {
    name: 'three lossy bands',
    width: 90,
    height: 70,
    bits: 8,
    bands: 3,
    options: ['QUALITY=30', 'BLOCKXSIZE=64', 'BLOCKYSIZE=64'],
  },
  { name: 'no wavelet level', width: 90, height: 70, options: tiles(64, 'RESOLUTIONS=1') },
]

const PLACES: Jp2Case[] = [
  { epsg: 32633, transform: [500_000, 10, 0, 4_200_000, 0, -10] },
  // Latitude first, and northing first.
  { epsg: 4326, transform: [10, 0.001, 0, 45, 0, -0.001] },
  { epsg: 3035, transform: [4_400_000, 10, 0, 2_700_000, 0, -10] },
  { epsg: 32633, transform: [500_000, 8, 6, 4_200_000, 6, -8] },
  { epsg: 4326, transform: [10, 0.008, 0.006, 45, 0.006, -0.008] },
].flatMap(place =>
  ['GMLJP2=YES GeoJP2=NO', 'GMLJP2=NO GeoJP2=YES', 'GMLJP2=NO GeoJP2=NO'].map(sources => ({
    ...place,
    name: `EPSG:${place.epsg} ${place.transform} ${sources}`,
    width: 8,
    height: 8,
    bits: 8,
    options: [...LOSSLESS, ...sources.split(' ')],
  })),
)

const made = gdalJp2([...CASES, ...PLACES])

const open = (bytes: Uint8Array, name = 'x.jp2') => openRaster(bytesInput(name, bytes))

describe.skipIf(!made)('JPEG 2000 against GDAL', () => {
  it('says which tiles it is decoded in, so that a cache decodes none twice', async () => {
    const blocksOf = async (name: string) => (await open(made!.get(name)!.bytes)).blocks
    expect(await blocksOf('tiles of 640, as at 20 m')).toEqual({ width: 640, height: 80 })
    expect(await blocksOf('tiles of 64')).toEqual({ width: 64, height: 64 })
  })

  it.each(CASES)(
    'reads $name at every level',
    async ({ name, width, height, bands = 1, bits = 16, signed }) => {
      const theirs = made!.get(name)!
      const raster = await open(theirs.bytes)
      expect(raster).toMatchObject({ kind: 'jp2', width, height, bandCount: bands, nodata: null })
      expect(raster.dtype).toBe(bits <= 8 ? 'uint8' : signed ? 'int16' : 'uint16')
      expect(raster.levels).toBeGreaterThanOrEqual(theirs.levels - 1)
      for (let level = 0; level <= raster.levels; level++) {
        const ours = await raster.read({ level })
        const [across, down] = [Math.ceil(width / 2 ** level), Math.ceil(height / 2 ** level)]
        expect(ours.map(plane => plane.length)).toEqual(ours.map(() => across * down))
        // GDAL leaves the smallest levels out; there the library's own reading of the whole file is the measure.
        const whole =
          level < theirs.levels
            ? theirs.planes(level, ours[0]!, bands)
            : bands === 1 && !signed
              ? [await wholeImage(theirs.bytes, level, { width, height, bits, components: bands })]
              : []
        for (const [band, plane] of whole.entries()) {
          const at = ours[band]!.findIndex((value, pixel) => value !== plane[pixel])
          const text = at < 0 ? 'equal' : `pixel ${at} is ${ours[band]![at]}, not ${plane[at]}`
          expect(text, `band ${band} at level ${level}`).toBe('equal')
        }
      }
    },
  )

  async function wholeImage(
    bytes: Uint8Array,
    level: number,
    expected: Parameters<typeof decodeCodestream>[2],
  ): Promise<Uint8Array | Uint16Array> {
    const begin = Buffer.from(bytes).indexOf(Buffer.from([0xff, 0x4f, 0xff, 0x51]))
    const decoded = await decodeCodestream(bytes.subarray(begin), level, expected)
    return expected.bits <= 8 ? decoded : new Uint16Array(decoded.buffer, 0, decoded.length >> 1)
  }

  it.each(PLACES)('places $name', async ({ name, epsg, transform }) => {
    const { georeference, notes } = await open(made!.get(name)!.bytes)
    if (name.endsWith('GMLJP2=NO GeoJP2=NO')) expect(georeference).toBeNull()
    else {
      expect(georeference?.crs).toBe(`EPSG:${epsg}`)
      for (const [index, number] of transform!.entries())
        expect(georeference?.transform?.[index]).toBeCloseTo(number, 9)
    }
    expect(notes).toEqual([])
  })

  it('reads windows across tiles, at levels and of some bands', async () => {
    const theirs = made!.get('tiles of 192, as Sentinel-2 has at 60 m')!
    const raster = await open(theirs.bytes)
    for (const level of [0, 1, 3]) {
      const width = Math.ceil(500 / 2 ** level)
      const [whole] = await raster.read({ level })
      for (const [column, row, across, down] of [
        [0, 0, 1, 1],
        [20, 22, 5, 30],
        [width - 7, 3, 7, 40],
      ] as const) {
        const [part] = await raster.read({ level, window: { column, row, width: across, height: down } })
        for (let y = 0; y < down; y++) {
          const begin = (row + y) * width + column
          expect(part!.slice(y * across, (y + 1) * across)).toEqual(whole!.slice(begin, begin + across))
        }
      }
    }
    const colours = await open(made!.get('three bands apart')!.bytes)
    const [red, green, blue] = await colours.read()
    expect(await colours.read({ bands: [2, 0] })).toEqual([blue, red])
    expect(green).not.toEqual(red)
    await expect(colours.read({ bands: [3] })).rejects.toMatchObject({ code: 'bad-argument' })
    await expect(colours.read({ level: colours.levels + 1 })).rejects.toMatchObject({ code: 'bad-argument' })
  })
})
