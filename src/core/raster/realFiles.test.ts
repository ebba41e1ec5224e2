import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { AppError } from '../foundation/appError'
import { bytesInput } from './inputFile'
import { openRaster } from './openRaster'

const shared = process.env.SCARP_SHARED ?? '../shared'
const folder = join(shared, 'data/tiff')
const foreign = join(shared, 'data/hdf5-foreign')
const present = existsSync(folder) && existsSync(foreign)
if (!present) console.warn(`Corner cases of TIFF and HDF5 are not at ${folder}: tests on them are left out.`)

const open = (name: string, at = folder) =>
  openRaster(bytesInput(name, new Uint8Array(readFileSync(join(at, name)))))

/** scripts/compare-with-gdal.mjs compares every pixel of these files with GDAL; here is what needs no GDAL. */
describe.runIf(present)('real rasters', () => {
  it.each([
    'bigendian',
    'bigtiff_deflate',
    'float32_deflate_pred3',
    'int16_nodata',
    'lerc_zstd_tiled',
    'nbits12',
    'packbits',
    'planar_separate_strip_deflate',
    'scale_offset',
    'tiled_edge_nodata0',
    'worldfile_only',
  ])('encodings__%s holds the same pixels as the plain file', async name => {
    const plain = await (await open('encodings__strip_none.tif')).read()
    const read = await (await open(`encodings__${name}.tif`)).read()
    expect(read.map(plane => Array.from(plane))).toEqual(plain.map(plane => Array.from(plane)))
  })

  it('opens or refuses each with a reason, and knows how many', async () => {
    const names = readdirSync(folder).filter(name => /\.tiff?$/.test(name))
    const refused: string[] = []
    for (const name of names) {
      try {
        const raster = await open(name)
        const side = { width: Math.min(64, raster.width), height: Math.min(64, raster.height) }
        await raster.read({ window: { column: 0, row: 0, ...side } })
      } catch (thrown) {
        if (!(thrown instanceof AppError)) throw thrown
        refused.push(`${thrown.code} ${name}`)
      }
    }
    expect(refused).toEqual([
      'file-unsupported image_tiff__cmyk-3c-32b-float.tiff',
      'file-malformed image_tiff__colormap-shl-overflow.tiff',
      'file-unsupported image_tiff__fax2d.tif',
      'file-unsupported image_tiff__flower-minisblack-24.tif',
      'file-unsupported image_tiff__flower-rgb-contig-24.tif',
      'file-unsupported image_tiff__flower-separated-contig-16.tif',
      'file-unsupported image_tiff__flower-separated-planar-16.tif',
      'file-malformed image_tiff__graydepth-invert-overflow-5a0aad5024cc4ff3.tiff',
      'file-unsupported image_tiff__off_l16.tif',
      'file-unsupported image_tiff__random-fp16-pred3.tiff',
      'file-unsupported image_tiff__seq-1c-1b-fax3-fillbits-71f6a21a.tiff',
      'file-unsupported image_tiff__seq-1c-24b-hpredict-072a9dc9.tiff',
      'file-unsupported image_tiff__seq-3c-24b-contig-27b9f8ce.tiff',
      'file-unsupported image_tiff__seq-4c-16b-cmyk-c6e52592.tiff',
      'file-unsupported image_tiff__seq-4c-8b-cmyk-352ac1da.tiff',
      'file-unsupported image_tiff__smallliz.tif',
      'file-unsupported image_tiff__usda_naip_256_webp_z3.tif',
      'file-unsupported image_tiff__white-fp16-pred3.tiff',
      'file-unsupported image_tiff__zackthecat.tif',
      'file-unsupported rioxarray__cint16.tif',
    ])
  })

  it('reads rotated, control-point and user-defined georeferences for what they are', async () => {
    const rotated = await open('rasterio__rotated.tif')
    expect(rotated.georeference?.transform?.[2]).not.toBe(0)
    const points = await open('rio_tiler__cog_gcps.tif')
    expect(points.georeference?.transform ?? null).toBeNull()
    const own = await open('encodings__userdefined_laea.tif')
    expect([own.georeference?.crs, own.georeference?.geoKeys?.ProjectedCSTypeGeoKey]).toEqual([null, 32767])
    expect((await open('rasterio__float_nan.tif')).nodata).toBeNaN()
  })

  it.each([
    'cabuar_512x512.hdf5',
    'no_band.h5',
    'quakeset_earthquakes.h5',
    'so2sat_training.h5',
    'two-subs.h5',
  ])('refuses %s, which is no patch, and says what it holds', async name => {
    await expect(open(name, foreign)).rejects.toMatchObject({
      code: 'file-unsupported',
      message: expect.stringMatching(/It holds "/),
    })
  })
})
