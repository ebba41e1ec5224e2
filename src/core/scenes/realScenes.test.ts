import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hasTool } from '../export/gdal.testing'
import { bytesInput, type InputFile } from '../raster/inputFile'
import { openRaster } from '../raster/openRaster'
import { INSTRUMENT_BANDS } from './bandNames'
import { findScenes } from './findScenes'
import { makeSafe } from './testing/makeSafe'
import { sceneTiff } from './testing/sceneTiff'

const folder = join(process.env.SCARP_SHARED ?? '../shared', 'data/scenes')
const present = existsSync(folder)
if (!present) console.warn(`Scenes are not at ${folder}: tests on them are left out.`)

const input = (path: string, name = path) => bytesInput(name, new Uint8Array(readFileSync(path)))
const find = (files: InputFile[]) => findScenes(files, { open: openRaster })
const slovenia = join(folder, 's2_l1c_slovenia_13band_2.tif')

describe.runIf(present)('real scenes', () => {
  it('are told from terrain, patches and masks in one folder', async () => {
    const names = readdirSync(folder).filter(name => name.endsWith('.tif'))
    const found = await find(names.map(name => input(join(folder, name), name)))
    expect(found.refused).toEqual([])
    expect(found.scenes.map(({ name }) => name)).toEqual([
      's2_aberystwyth_10band_mosaic',
      's2_l1c_slovenia_13band_0',
      's2_l1c_slovenia_13band_2',
      's2_l1c_slovenia_13band_3',
    ])
    expect(found.elevation.map(({ path, evidence }) => [path, evidence]).sort()).toEqual([
      ['AberSRTM_4326.tif', 'name'],
      ['SRTM_aber.tif', 'name'],
      ['dem_slovenia.tif', 'name'],
    ])
    expect(found.slopes.map(({ path }) => path).sort()).toEqual([
      'SRTM_aber_slope_deg.tif',
      'slope_slovenia_deg.tif',
    ])
    expect(found.rest.map(({ path }) => path).sort()).toEqual([
      'l4s_strip_1_2_3_14band_raw.tif',
      'l4s_strip_1_2_3_mask.tif',
      'l4s_strip_40_41_14band_raw.tif',
      'l4s_strip_40_41_mask.tif',
      's2_l1c_slovenia_14band_raw_2.tif',
    ])
    for (const { level, offset, quantification, naming, kind } of found.scenes.slice(1)) {
      expect({ level, offset, quantification, naming, kind }).toEqual({
        level: 'L1C',
        // The hazy one has no pixel below 1000 in B2 to B4: B10 decides.
        offset: { value: 0, byBand: {}, evidence: 'values' },
        quantification: { value: 10_000, evidence: 'values' },
        naming: 'metadata',
        kind: 'stack',
      })
    }
  })

  it('of Aberystwyth, ten bands x 1000, get the right questions', async () => {
    const { scenes } = await find([input(join(folder, 's2_aberystwyth_10band_mosaic.tif'), 'a.tif')])
    expect(scenes[0]).toMatchObject({
      level: null,
      quantification: { value: 1000, evidence: 'values' },
      offset: { value: 0, evidence: 'values' },
      grid: { crs: 'EPSG:27700', width: 930, height: 947 },
      naming: 'metadata',
    })
    expect(scenes[0]!.remarks).toEqual([
      'Taken as reflectance x 1000, by its values: the median of the surface bands is 141.',
      expect.stringMatching(/^Offset 0, by its values: there are pixels darker than the offset/),
      'B1, B9 and B10 are missing: the models’ own mean is used for them.',
    ])
  })
})

const near = (value: number) => expect.closeTo(value, 6)

describe.runIf(present)('real pixels in other wrappings', () => {
  it('are the same scene as single bands', async () => {
    const raster = await openRaster(input(slovenia))
    const [x, width, , y, , height] = raster.georeference!.transform!
    const planes = await raster.read()
    const files = INSTRUMENT_BANDS.map((band, index) =>
      sceneTiff(`slovenia/${band}.tif`, {
        ...{ width: raster.width, height: raster.height, corner: [x, y], side: [width, -height] },
        value: (_, pixel) => planes[index]![pixel]!,
      }),
    )
    const { scenes, refused } = await find(files)
    expect(refused).toEqual([])
    const [one] = (await find([input(slovenia)])).scenes
    const { kind, level, quantification, offset, grid } = scenes[0]!
    expect({ kind, level, quantification, offset, grid }).toEqual({
      kind: 'single-bands',
      ...{ level: 'L1C', quantification: one!.quantification, offset: one!.offset, grid: one!.grid },
    })
  })

  it.runIf(hasTool('gdal_translate', '--version'))(
    'are a product, with and without its metadata',
    async () => {
      const product = { baseline: '05.10', x: 465181, y: 5080255 }
      const { files, layout } = await makeSafe(
        slovenia,
        { width: 100, height: 101 },
        'JP2OpenJPEG',
        product,
        1000,
      )
      const { scenes, refused, rest } = await find(files)
      expect([refused, rest]).toEqual([[], []])
      const [one] = (await find([input(slovenia)])).scenes
      expect(scenes).toMatchObject([
        {
          ...{ name: layout.folder.replace('.SAFE', ''), level: 'L1C', baseline: '05.10', remarks: [] },
          offset: { value: -1000, evidence: 'metadata' },
          // Their position is stored by the middle of a pixel, which leaves a rounding.
          grid: { crs: 'EPSG:32633', width: 96, height: 96, transform: one!.grid!.transform.map(near) },
          bands: { B1: { width: 16, height: 16 } },
        },
      ])
      const images = files.filter(({ path }) => /IMG_DATA/.test(path))
      const bare = await find(images.map(file => ({ ...file, path: file.path.split('/').at(-1)! })))
      expect(bare.scenes[0]!.offset).toMatchObject({ value: -1000, evidence: 'values' })
    },
  )
})
