import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fromArrayBuffer } from 'geotiff'
import { describe, expect, test } from 'vitest'
import { bytesInput } from '../raster/inputFile'
import { openRaster } from '../raster/openRaster'
import type { Georeference } from '../raster/rasterSource'
import { gdalInfo, gdalPixels, hasTool, temporaryFile } from './gdal.testing'
import { writeMaskGeotiff, writeProbabilityGeotiff } from './resultGeotiffs'

describe('write mask geotiff', () => {
  const SHARED = join(process.env.SCARP_SHARED ?? '../shared', 'data')
  if (!existsSync(SHARED)) console.warn(`${SHARED} is missing: the places of real files are not compared.`)

  const UTM: Georeference = {
    crs: 'EPSG:32633',
    transform: [465181.0522318204, 9.99479222007154, 0, 5080254.63349641, 0, -9.997448467363668],
    geoKeys: {
      GTModelTypeGeoKey: 1,
      GTRasterTypeGeoKey: 2,
      GTCitationGeoKey: 'WGS 84 / UTM zone 33N',
      ProjectedCSTypeGeoKey: 32633,
      ProjLinearUnitsGeoKey: 9001,
    },
  }

  /** Lambert azimuthal on a place of its own: no EPSG code, only keys. */
  const USER_DEFINED: Georeference = {
    crs: null,
    transform: [0, 10, 0, 0, 0, -10],
    geoKeys: {
      GTModelTypeGeoKey: 1,
      GTRasterTypeGeoKey: 1,
      GeographicTypeGeoKey: 4326,
      GeogSemiMajorAxisGeoKey: 6378137,
      ProjectedCSTypeGeoKey: 32767,
      ProjectionGeoKey: 32767,
      ProjCoordTransGeoKey: 10,
      ProjLinearUnitsGeoKey: 9001,
      ProjCenterLongGeoKey: 14,
      ProjCenterLatGeoKey: 46,
      ProjFalseEastingGeoKey: 0,
      ProjFalseNorthingGeoKey: 0,
      PCSCitationGeoKey: 'Field grid',
    },
  }

  function stripes(width: number, height: number): Uint8Array {
    const values = [0, 1, 1, 0, 255]
    return Uint8Array.from({ length: width * height }, (_, i) => values[(i + Math.floor(i / width) * 3) % 5]!)
  }

  async function written(width: number, height: number, georeference: Georeference | null) {
    const mask = stripes(width, height)
    const metadata = { MODELS: 'a, b & "c" <d>', THRESHOLD: '0.7', ROUND: '2' }
    const bytes = await writeMaskGeotiff({ mask, width, height, georeference, metadata, name: 'image_37' })
    return { mask, bytes }
  }

  describe('read back by geotiff.js', () => {
    test('pixels, no data, palette and place are as given', async () => {
      const { mask, bytes } = await written(100, 101, UTM)
      const image = await (await fromArrayBuffer(bytes.buffer)).getImage()
      expect(new Uint8Array((await image.readRasters({ interleave: true })) as Uint8Array)).toEqual(mask)
      expect(image.getGDALNoData()).toBe(255)
      expect(image.getGeoKeys()?.ProjectedCSTypeGeoKey).toBe(32633)
      expect(image.getGeoKeys()?.GTRasterTypeGeoKey).toBe(1)
      expect(image.getOrigin().slice(0, 2)).toEqual([UTM.transform![0], UTM.transform![3]])
      const map = (await image.fileDirectory.loadValue('ColorMap')) as Uint16Array
      expect([map[1], map[257], map[513]].map(level => level! / 257)).toEqual([213, 94, 0])
    })

    test('levels of a raster over one tile hold every second pixel', async () => {
      const { mask, bytes } = await written(700, 520, UTM)
      const tiff = await fromArrayBuffer(bytes.buffer)
      expect(await tiff.getImageCount()).toBe(2)
      const half = await tiff.getImage(1)
      expect([half.getWidth(), half.getHeight()]).toEqual([350, 260])
      const pixels = (await half.readRasters({ interleave: true })) as Uint8Array
      expect(pixels[100 * 350 + 77]).toBe(mask[200 * 700 + 154])
      const whole = (await (await tiff.getImage(0)).readRasters({ interleave: true })) as Uint8Array
      expect(whole.every((value, index) => value === mask[index])).toBe(true)
    })
  })

  test('the same mask gives the same bytes', async () => {
    expect((await written(64, 48, UTM)).bytes).toEqual((await written(64, 48, UTM)).bytes)
  })

  test('refuses a mask that does not fill its raster', async () => {
    const request = {
      mask: new Uint8Array(9),
      width: 4,
      height: 3,
      georeference: null,
      metadata: {},
      name: 'x',
    }
    await expect(writeMaskGeotiff(request)).rejects.toMatchObject({ code: 'shape-mismatch' })
  })

  describe.runIf(hasTool('gdalinfo', '--version'))('read by GDAL', () => {
    test('Byte, no data 255, colour table, metadata, COG layout, every pixel', async () => {
      const { mask, bytes } = await written(700, 520, UTM)
      const path = temporaryFile('mask.tif', bytes)
      const info = gdalInfo(path)
      const band = info.bands[0]!
      expect(info.size).toEqual([700, 520])
      expect(band).toMatchObject({ type: 'Byte', noDataValue: 255, colorInterpretation: 'Palette' })
      expect(band.colorTable?.entries.slice(0, 2)).toEqual([
        [255, 255, 255, 255],
        [213, 94, 0, 255],
      ])
      expect(band.colorTable?.entries[255]?.[3]).toBe(0)
      expect(band.overviews?.map(overview => overview.size)).toEqual([[350, 260]])
      expect(info.metadata.IMAGE_STRUCTURE).toMatchObject({ LAYOUT: 'COG', COMPRESSION: 'DEFLATE' })
      expect(info.metadata['']).toMatchObject({
        MODELS: 'a, b & "c" <d>',
        THRESHOLD: '0.7',
        ROUND: '2',
        TIFFTAG_DOCUMENTNAME: 'image_37',
      })
      expect(gdalPixels(path)).toEqual(mask)
    })

    test('a competition patch has no coordinate system and no transform, and says so', async () => {
      const { bytes } = await written(128, 128, null)
      const info = gdalInfo(temporaryFile('patch.tif', bytes))
      expect(info.coordinateSystem).toBeUndefined()
      expect(info.geoTransform).toBeUndefined()
      expect(info.metadata['']?.GEOREFERENCE).toContain('no coordinate reference system')
    })

    test('a user-defined system and a rotated grid arrive', async () => {
      const rotated: Georeference = { ...USER_DEFINED, transform: [500, 8, 2, 900, 1.5, -9] }
      const info = gdalInfo(temporaryFile('laea.tif', (await written(40, 30, rotated)).bytes))
      expect(info.coordinateSystem?.wkt).toContain('Lambert Azimuthal Equal Area')
      expect(info.coordinateSystem?.wkt).toContain('Longitude of natural origin",14')
      expect(info.geoTransform).toEqual([500, 8, 2, 900, 1.5, -9])
    })

    test('a code alone becomes a projected or a geographic system', async () => {
      const of = async (crs: string) =>
        gdalInfo(temporaryFile('c.tif', (await written(8, 8, { ...UTM, crs, geoKeys: null })).bytes))
      expect((await of('EPSG:27700')).coordinateSystem?.wkt).toContain('PROJCRS')
      expect((await of('EPSG:4326')).coordinateSystem?.wkt).toContain('GEOGCRS')
      await expect(of('ESRI:102003')).rejects.toMatchObject({ code: 'export-failed' })
    })

    test.runIf(existsSync(SHARED)).each([
      ['scenes/s2_l1c_slovenia_14band_raw_2.tif', 'EPSG:32633'],
      ['tiff/encodings__userdefined_laea.tif', null],
      ['tiff/rasterio__rotated.tif', null],
      ['tiff/stars__lc.tif', null],
      ['tiff/geotiff_test_data__wind_direction.tif', 'EPSG:4326'],
      ['tiff/rio_tiler__cog_gcps.tif', null],
    ])('CRS and transform equal those of %s', async (name, crs) => {
      const path = join(SHARED, name)
      const raster = await openRaster(bytesInput(name, readFileSync(path)))
      expect(raster.georeference?.crs).toBe(crs)
      const { bytes } = await written(raster.width, raster.height, raster.georeference)
      const source = gdalInfo(path)
      const info = gdalInfo(temporaryFile('mask.tif', bytes))
      expect(info.size).toEqual(source.size)
      expect(info.geoTransform).toEqual(source.geoTransform)
      expect(info.coordinateSystem?.wkt).toBe(source.coordinateSystem?.wkt)
    })
  })
})

describe('write probability geotiff', () => {
  const WIDTH = 37
  const HEIGHT = 21
  const probability = Float32Array.from({ length: WIDTH * HEIGHT }, (_, index) => index / (WIDTH * HEIGHT))
  const valid = new Uint8Array(WIDTH * HEIGHT).fill(1, 5)
  const request = {
    probability,
    valid,
    width: WIDTH,
    height: HEIGHT,
    georeference: null,
    metadata: {},
    name: 'p',
  }

  test('float32 samples come back exactly, NaN where there is no data', async () => {
    const bytes = await writeProbabilityGeotiff(request)
    const image = await (await fromArrayBuffer(bytes.buffer)).getImage()
    const samples = (await image.readRasters({ interleave: true })) as Float32Array
    expect(Array.from(samples.subarray(0, 5))).toEqual(new Array(5).fill(Number.NaN))
    expect(samples.subarray(5)).toEqual(probability.subarray(5))
    expect(image.getGDALNoData()).toBeNaN()
    expect(probability[0]).toBe(0)
  })

  describe.runIf(hasTool('gdalinfo', '--version'))('read by GDAL', () => {
    test('Float32, no data NaN, every value', async () => {
      const path = temporaryFile('p.tif', await writeProbabilityGeotiff(request))
      expect(gdalInfo(path).bands[0]).toMatchObject({ type: 'Float32', noDataValue: 'NaN' })
      const values = new Float32Array(gdalPixels(path).slice().buffer)
      expect(values.subarray(5)).toEqual(probability.subarray(5))
      expect(values[0]).toBeNaN()
    })
  })
})
