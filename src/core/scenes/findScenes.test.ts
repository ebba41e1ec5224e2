import { describe, expect, it } from 'vitest'
import { bytesInput, type InputFile } from '../raster/inputFile'
import { openRaster } from '../raster/openRaster'
import { INSTRUMENT_BANDS } from './bandNames'
import { describeScene } from './describeScene'
import { findScenes } from './findScenes'
import { type SafeProduct, safeLayout } from './testing/makeSafe'
import { type SceneTiff, sceneTiff } from './testing/sceneTiff'

const find = (files: InputFile[]) => findScenes(files, { open: openRaster })

/** Reflectance x 10000 as Level-1C has it: B10 nearly 0. */
const storedIn = (band: string, offset = 0) => {
  const index = INSTRUMENT_BANDS.indexOf(band)
  return (_: number, pixel: number) =>
    (band === 'B10' ? 5 + (pixel % 7) : 480 + 90 * index + (pixel % 97)) + offset
}

/** A product whose images are TIFFs under the names of its JPEG 2000 files. */
function safe(product: SafeProduct = {}, change: (band: string, side: number) => SceneTiff = () => ({})) {
  const layout = safeLayout(product)
  const { width = 60, height = 60, x = 465180, y = 5080250, epsg = 32633 } = product
  const bands = layout.bands.map(({ band, side, path }) =>
    sceneTiff(path, {
      width: Math.ceil((width * 10) / side),
      height: Math.ceil((height * 10) / side),
      side,
      corner: [x, y],
      epsg,
      value: storedIn(band),
      ...change(band, side),
    }),
  )
  return { layout, files: [layout.product, layout.tile, ...layout.aside, ...bands] }
}

/** Loose files, one band each. */
const loose = (nameOf: (band: string) => string, bands = INSTRUMENT_BANDS, change: SceneTiff = {}) =>
  bands.map(band => sceneTiff(nameOf(band), { value: storedIn(band), ...change }))

const two = (band: string) => (band.length === 2 ? `B0${band[1]}` : band)

describe('a product in SAFE’s layout', () => {
  it('is one scene, with everything its metadata say', async () => {
    const { layout, files } = safe()
    const { scenes, refused, rest, elevation, slopes } = await find(files)
    expect([refused, rest, elevation, slopes]).toEqual([[], [], [], []])
    expect(scenes).toHaveLength(1)
    const [scene] = scenes
    expect(scene).toMatchObject({
      name: layout.folder.replace('.SAFE', ''),
      kind: 'safe',
      level: 'L1C',
      baseline: '02.09',
      tile: 'T33TWM',
      sensed: '2020-07-04T09:50:29Z',
      quantification: { value: 10_000, evidence: 'metadata' },
      offset: { value: 0, byBand: {}, evidence: 'metadata' },
      naming: 'name',
      grid: { crs: 'EPSG:32633', transform: [465180, 10, 0, 5080250, 0, -10], width: 60, height: 60 },
      remarks: [],
    })
    expect(Object.keys(scene!.bands)).toEqual(INSTRUMENT_BANDS)
    expect(scene!.bands.B8A).toMatchObject({ width: 30, height: 30, resolution: 20, band: 0 })
    expect(scene!.bands.B10).toMatchObject({ width: 10, resolution: 60 })
  })

  it('of baseline 04.00 has the offset of its metadata, band by band', async () => {
    const { scenes } = await find(safe({ baseline: '05.10' }).files)
    expect(scenes[0]!.offset).toMatchObject({
      value: -1000,
      evidence: 'metadata',
      byBand: { B1: -1000, B8A: -1000 },
    })
    expect(describeScene(scenes[0]!)[3]).toEqual({
      band: 'B4',
      title: 'Red',
      path: expect.stringContaining('_B04.jp2'),
      file: 'T33TWM_20200704T095029_B04.jp2',
      resolution: '10 m',
      scale: 'reflectance x 10000',
      offset: '-1000',
    })
  })

  it('of Level-2A has each band at its finest, and no B10', async () => {
    const { scenes, refused } = await find(safe({ level: 'L2A' }).files)
    expect(refused).toEqual([])
    const [scene] = scenes
    expect(scene).toMatchObject({ level: 'L2A', kind: 'safe', grid: { width: 60 } })
    expect(
      Object.fromEntries(Object.values(scene!.bands).map(({ name, resolution }) => [name, resolution])),
    ).toEqual({
      ...{
        B1: 60,
        B2: 10,
        B3: 10,
        B4: 10,
        B5: 20,
        B6: 20,
        B7: 20,
        B8: 10,
        B8A: 20,
        B9: 60,
        B11: 20,
        B12: 20,
      },
    })
    expect(scene!.remarks.join(' ')).toContain('Level-2A has no B10')
    expect(describeScene(scene!)[9]).toMatchObject({
      band: 'B10',
      path: null,
      file: expect.stringContaining('mean'),
    })
  })

  it('is recognised in a zip, without its folder, as a granule alone and as IMG_DATA alone', async () => {
    const { layout, files } = safe({ baseline: '05.10' })
    const moved = async (from: string, to: string) =>
      (await find(files.filter(({ path }) => path.startsWith(from)).map(file => under(file, from, to))))
        .scenes
    expect(await moved('', 'x.zip/')).toMatchObject([
      { name: layout.folder.replace('.SAFE', ''), kind: 'safe' },
    ])
    expect(await moved(`${layout.folder}/`, 'data/')).toMatchObject([{ kind: 'safe', baseline: '05.10' }])
    // Without the product's metadata the offset is seen in the values, which here have none.
    const [granule] = await moved(`${layout.granule}/`, '')
    expect(granule).toMatchObject({ kind: 'safe', tile: 'T33TWM', baseline: null })
    expect(granule!.offset).toMatchObject({ value: 0, evidence: 'values' })
    const [images] = await moved(`${layout.granule}/IMG_DATA/`, '')
    expect(images).toMatchObject({ kind: 'single-bands', tile: 'T33TWM', level: 'L1C' })
  })

  it('of the old format, with many tiles, is a scene a tile', async () => {
    const root = 'S2A_OPER_PRD_MSIL1C_PDMC_20160605T183112_R079_V20160605T095032_20160605T095032.SAFE'
    const tiles = ['T33TWM', 'T33TVM'].flatMap((tile, index) => {
      const granule = `${root}/GRANULE/S2A_OPER_MSI_L1C_TL_EPA__20160605T115120_A000734_${tile}_N02.02`
      const nameOf = (band: string) =>
        `${granule}/IMG_DATA/S2A_OPER_MSI_L1C_TL_EPA__20160605T115120_A000734_${tile}_${two(band)}.jp2`
      return loose(nameOf, INSTRUMENT_BANDS, { corner: [400_000 + 100_000 * index, 5_000_000] })
    })
    const { scenes, refused } = await find([
      ...tiles,
      bytesInput(
        `${root}/S2A_OPER_MTD_SAFL1C_PDMC_20160605T183112_R079_V20160605T095032_20160605T095032.xml`,
        new TextEncoder().encode('<a><PROCESSING_BASELINE>02.02</PROCESSING_BASELINE></a>'),
      ),
    ])
    expect(refused).toEqual([])
    expect(scenes.map(({ tile, sensed, baseline }) => [tile, sensed, baseline])).toEqual([
      ['T33TVM', '2016-06-05T09:50:32Z', '02.02'],
      ['T33TWM', '2016-06-05T09:50:32Z', '02.02'],
    ])
    expect(new Set(scenes.map(({ name }) => name)).size).toBe(2)
  })

  it('is one scene of two days each, and the same product twice is said', async () => {
    const [one, other] = [safe(), safe({ stamp: '20200709T095031' })]
    const copy = one.files.map(file => under(file, '', 'copy.zip/'))
    const { scenes, refused } = await find([...one.files, ...other.files, ...copy])
    expect(scenes.map(({ sensed }) => sensed)).toEqual(['2020-07-04T09:50:29Z', '2020-07-09T09:50:31Z'])
    expect(refused.map(({ message }) => message)).toEqual([
      `"copy.zip/${one.layout.folder}" is the same product as "${one.layout.folder}", which is taken.`,
    ])
  })

  it('processed twice is two scenes that know each other', async () => {
    const { scenes } = await find([...safe().files, ...safe({ baseline: '05.00' }).files])
    expect(scenes.map(({ remarks }) => remarks.at(-1))).toEqual([
      expect.stringContaining('N0500'),
      expect.stringContaining('N0209'),
    ])
  })

  it('is placed by its tile’s metadata where its images are bare', async () => {
    const { files } = safe({ width: 61 }, () => ({ corner: null, epsg: null }))
    const { scenes, refused } = await find(files)
    expect(refused).toEqual([])
    expect(scenes[0]!.grid).toEqual({
      crs: 'EPSG:32633',
      transform: [465180, 10, 0, 5080250, 0, -10],
      width: 61,
      height: 60,
    })
    expect(scenes[0]!.bands.B5).toMatchObject({ width: 31, resolution: 20 })
    const bare = await find(files.filter(({ path }) => !path.endsWith('MTD_TL.xml')))
    expect(bare.scenes[0]).toMatchObject({ grid: null, bands: { B2: { resolution: 10 } } })
    expect(bare.scenes[0]!.remarks.join(' ')).toContain('gdal_translate -a_srs EPSG:32633')
  })

  it('loses a band that lies elsewhere or has another size, by name', async () => {
    const { files } = safe({}, (band, side) => {
      if (band === 'B3') return { corner: [565180, 5080250] }
      if (band === 'B4') return { epsg: 32632 }
      return band === 'B8' ? { width: 60, height: 59 } : { side }
    })
    const { scenes, refused } = await find(files)
    expect(Object.keys(scenes[0]!.bands)).not.toEqual(expect.arrayContaining(['B3']))
    expect(scenes[0]!.remarks.join(' ')).toContain('B3, B4 and B8 are missing')
    expect(refused.map(({ path, message }) => [/B\d\d/.exec(path)![0], message])).toEqual([
      ['B03', expect.stringContaining('lies elsewhere (EPSG:32633, upper left 565180, 5080250)')],
      ['B04', expect.stringContaining('(EPSG:32632, upper left 465180, 5080250)')],
      ['B08', expect.stringContaining('has 60 x 59 pixels, which do not nest in the 60 x 60')],
    ])
  })

  it.each([
    ['a quantification of 0', '<a><QUANTIFICATION_VALUE>0</QUANTIFICATION_VALUE></a>', "which can't be"],
    ['entities that grow', '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', 'document type'],
  ])('with %s in its metadata is refused once', async (_, text, why) => {
    const { layout, files } = safe()
    const { scenes, refused } = await find(
      files.map(file =>
        file === layout.product ? bytesInput(file.path, new TextEncoder().encode(text)) : file,
      ),
    )
    expect(scenes).toEqual([])
    expect(refused).toMatchObject([{ path: layout.folder, message: expect.stringContaining(why) }])
  })

  it('loses a band whose pixels are of another size, and believes its files where metadata place it elsewhere', async () => {
    const { layout, files } = safe({}, band => (band === 'B5' ? { side: 20.1 } : {}))
    const elsewhere = safeLayout({ x: 565180 }).tile
    const { scenes, refused } = await find(files.map(file => (file === layout.tile ? elsewhere : file)))
    expect(refused).toMatchObject([
      { path: expect.stringContaining('_B05'), message: expect.stringContaining('nest') },
    ])
    expect(scenes[0]!.grid!.transform[0]).toBe(465180)
    expect(scenes[0]!.remarks[0]).toContain('place it elsewhere (EPSG:32633, 565180, 5080250)')
  })

  it('without images, and one of Sentinel-1, get one message', async () => {
    const { layout } = safe()
    const { refused, scenes, rest } = await find([
      layout.product,
      ...layout.aside,
      sceneTiff('S1A_IW_GRDH_1SDV_20200704.SAFE/measurement/s1a-iw-grd-vv.tiff'),
    ])
    expect([scenes, rest]).toEqual([[], []])
    expect(refused.map(({ message }) => message)).toEqual([
      expect.stringContaining('has no images of bands'),
      expect.stringContaining('is of Sentinel-1'),
    ])
  })

  it('says of a cut-off band which one, and once where nothing can be read', async () => {
    const { files } = safe()
    const cut = (file: InputFile) =>
      bytesInput(file.path, new Uint8Array([0x49, 0x49, 42, 0, 255, 255, 255, 0]))
    const one = await find(files.map(file => (file.path.endsWith('_B03.jp2') ? cut(file) : file)))
    expect(one.refused).toMatchObject([{ code: 'file-malformed', path: expect.stringContaining('_B03.jp2') }])
    expect(one.scenes[0]!.remarks.join(' ')).toContain('B3 is missing')
    const all = await find(files.map(file => (/IMG_DATA.*_B..\.jp2/.test(file.path) ? cut(file) : file)))
    expect([all.scenes.length, all.refused.length]).toEqual([0, 1])
  })
})

describe('beside a product', () => {
  it('terrain and patches are found, and its own folder’s name does not make its bands masks', async () => {
    const { layout, files } = safe()
    const beside = [
      sceneTiff(`${layout.folder}/dem.tif`, { value: (_, pixel) => 300 + pixel }),
      sceneTiff(`${layout.folder}/patch.tif`, { bands: 14 }),
    ]
    const found = await find([...files, ...beside].map(file => under(file, '', 'labels/')))
    expect(found.scenes).toMatchObject([{ kind: 'safe', remarks: [] }])
    expect(found.elevation.map(({ path }) => path)).toEqual([`labels/${layout.folder}/dem.tif`])
    expect(found.rest.map(({ path }) => path)).toEqual([`labels/${layout.folder}/patch.tif`])
    expect(found.refused).toEqual([])
  })
})

describe('files of one band', () => {
  it.each([
    ['T33TWM_20200704T095029_B02.jp2', (band: string) => `T33TWM_20200704T095029_${two(band)}.jp2`],
    ['export-B2.tif', (band: string) => `d/export-${band}.tif`],
    ['a folder each', (band: string) => `d/${two(band)}/T33TWM_20200704T095029_${two(band)}.tif`],
  ])('go together by their names: %s', async (_, nameOf) => {
    const { scenes, refused } = await find(loose(nameOf))
    expect(refused).toEqual([])
    expect(scenes).toMatchObject([
      { kind: 'single-bands', level: 'L1C', offset: { value: 0, evidence: 'values' } },
    ])
    expect(Object.keys(scenes[0]!.bands)).toEqual(INSTRUMENT_BANDS)
    expect(scenes[0]!.quantification).toEqual({ value: 10_000, evidence: 'values' })
  })

  it('are known by their colours, as the Earth Search catalogue calls them', async () => {
    const colours = [
      'coastal',
      'blue',
      'green',
      'red',
      'rededge1',
      'rededge2',
      'rededge3',
      'nir',
      'nir08',
      'nir09',
    ]
    const names = [...colours, 'swir16', 'swir22']
    const bands = INSTRUMENT_BANDS.filter(band => band !== 'B10')
    const files = names.map((name, index) =>
      sceneTiff(`S2A_33TWM_20200704_0_L2A/${name}.tif`, { value: storedIn(bands[index]!) }),
    )
    const { scenes } = await find([...files, sceneTiff('S2A_33TWM_20200704_0_L2A/SCL.tif')])
    expect(scenes).toMatchObject([{ level: 'L2A', tile: 'T33TWM', sensed: '2020-07-04' }])
    expect(Object.entries(scenes[0]!.bands).map(([band, { path }]) => [band, path.split('/')[1]])).toEqual(
      bands.map((band, index) => [band, `${names[index]}.tif`]),
    )
  })

  it('without a dark pixel and without B10 have to be asked, with the numbers', async () => {
    const bright = (offset: number, bands = INSTRUMENT_BANDS) =>
      bands.map(band => sceneTiff(`d/${band}.tif`, { value: storedIn(band, offset) }))
    const noCirrus = INSTRUMENT_BANDS.filter(band => band !== 'B10')
    const asked = (await find(bright(1000, noCirrus))).scenes[0]!
    expect(asked.offset).toEqual({ value: null, byBand: {}, evidence: 'asked' })
    expect(asked.remarks.join(' ')).toContain('B2 1570, B3 1660, B4 1750')
    expect(describeScene(asked)[1]!.offset).toBe('unknown')
    const seen = (await find(bright(1000))).scenes[0]!
    expect(seen.offset).toMatchObject({ value: -1000, evidence: 'values' })
    expect(seen.remarks.join(' ')).toContain('B10 1005')
  })

  it('have the offset of the baseline in their name, unless their values say otherwise', async () => {
    const nameOf = (band: string) =>
      `S2A_MSIL1C_20200704T095029_N0500_R079_T33TWM_20200704T120000/${band}.tif`
    const has = INSTRUMENT_BANDS.map(band => sceneTiff(nameOf(band), { value: storedIn(band, 1000) }))
    expect((await find(has)).scenes[0]!.offset).toMatchObject({ value: -1000, evidence: 'name' })
    const harmonised = (await find(loose(nameOf))).scenes[0]!
    expect(harmonised.offset).toMatchObject({ value: null, evidence: 'asked' })
    expect(harmonised.remarks.join(' ')).toContain('its values say otherwise')
  })

  it.each([
    ['0209', 0, 'name'],
    ['0301', 0, 'name'],
    ['0400', -1000, 'name'],
    ['0511', -1000, 'name'],
    // A test processing, of which nobody knows: the values decide.
    ['9999', -1000, 'values'],
  ])('of baseline N%s in their name have an offset of %s by %s', async (baseline, offset, evidence) => {
    const product = `S2A_MSIL1C_20200704T095029_N${baseline}_R079_T33TWM_20200704T120000`
    const files = INSTRUMENT_BANDS.map(band =>
      sceneTiff(`${product}/${band}.tif`, { value: storedIn(band, -offset) }),
    )
    expect((await find(files)).scenes[0]!.offset).toMatchObject({ value: offset, evidence })
  })

  it('of another tile or day in their folder are refused by name, and so are copies', async () => {
    const nameOf = (band: string) => `d/T33TWM_20200704T095029_${two(band)}.tif`
    const { scenes, refused } = await find([
      ...loose(
        nameOf,
        INSTRUMENT_BANDS.filter(band => band !== 'B3' && band !== 'B5'),
      ),
      sceneTiff('d/T33TWL_20200704T095029_B03.tif'),
      sceneTiff('d/T33TWM_20200709T095031_B05.tif'),
      sceneTiff('d/T33TWM_20200704T095029_B2.tif'),
    ])
    expect(scenes).toHaveLength(1)
    expect(scenes[0]!.remarks.join(' ')).toContain('B3 and B5 are missing')
    const messages = refused.map(({ message }) => message).sort()
    expect(messages).toEqual([
      expect.stringMatching(
        /T33TWL_.*_B03.tif" is of tile T33TWL, the other bands in its folder are of T33TWM/,
      ),
      expect.stringMatching(/_B2.tif" and "d\/.*_B02.tif" are both B2/),
      expect.stringMatching(
        /is of 2020-07-09 09:50:31, the other bands in its folder are of 2020-07-04 09:50:29/,
      ),
    ])
  })

  it('of two days in one folder are two scenes', async () => {
    const day = (stamp: string) => loose(band => `d/T33TWM_${stamp}_${two(band)}.tif`)
    const { scenes, refused } = await find([...day('20200704T095029'), ...day('20200709T095031')])
    expect(refused).toEqual([])
    expect(scenes.map(({ name }) => name)).toEqual(['T33TWM_20200704T095029', 'T33TWM_20200709T095031'])
  })

  it('are named after their folder where their names have nothing in common, never two alike', async () => {
    const { scenes } = await find([
      ...loose(band => `a/event/${band}.tif`),
      ...loose(band => `b/event/${band}.tif`),
    ])
    expect(scenes.map(({ name }) => name)).toEqual(['event', 'event-2'])
  })

  it('that are too few say what is missing', async () => {
    const { scenes, refused } = await find(loose(band => `d/x_${band}.tif`, ['B4', 'B8']))
    expect(scenes).toEqual([])
    expect(refused.map(({ message }) => message)).toEqual([
      expect.stringContaining('only B4, B8 are here'),
      expect.stringContaining('only B4, B8 are here'),
    ])
  })

  it('numbered 1 to 13 are in the order of Level-1C, to be confirmed', async () => {
    const files = INSTRUMENT_BANDS.map((band, index) =>
      sceneTiff(`d/band_${index + 1}.tif`, { value: storedIn(band) }),
    )
    const { scenes } = await find(files)
    expect(scenes).toMatchObject([{ naming: 'assumed', bands: { B8A: { path: 'd/band_9.tif' } } }])
    expect(scenes[0]!.remarks[0]).toContain('numbered 1 to 13')
    const named = await find([...files.slice(0, 12), sceneTiff('d/band_8A.tif')])
    expect(named.scenes).toMatchObject([{ naming: 'name', bands: { B9: { path: 'd/band_9.tif' } } }])
  })

  it.each([
    [
      'degrees',
      { side: 0.0001, corner: [14.5, 45.8], epsg: 4326, isGeographic: true },
      'gdalwarp -t_srs EPSG:32633 -tr 10 10',
    ],
    [
      'degrees of the south',
      { side: 0.0001, corner: [-70, -33], epsg: 4326, isGeographic: true },
      'EPSG:32719',
    ],
    ['Web Mercator', { corner: [1_614_000, 5_750_000], epsg: 3857 }, 'EPSG:32633'],
    ['a system without code', { epsg: 32767 }, 'without EPSG code'],
  ] as const)('in %s are refused once, with the command', async (_, place, fix) => {
    const { scenes, refused } = await find(loose(band => `d/${band}.tif`, INSTRUMENT_BANDS, place))
    expect(scenes).toEqual([])
    expect(refused).toMatchObject([{ message: expect.stringContaining(fix) }])
  })

  it('have to say where they lie', async () => {
    const { scenes } = await find(
      loose(band => `d/${band}.tif`, INSTRUMENT_BANDS, { corner: null, epsg: null }),
    )
    expect(scenes[0]).toMatchObject({ grid: null })
    expect(scenes[0]!.remarks.join(' ')).toContain('do not say where they lie')
    // World files give the corner, the tile's name its system.
    const world = INSTRUMENT_BANDS.map(band =>
      bytesInput(`d/T33TWM_x_${band}.tfw`, new TextEncoder().encode('10\n0\n0\n-10\n465185\n5080245\n')),
    )
    const bare = loose(band => `d/T33TWM_x_${band}.tif`, INSTRUMENT_BANDS, { corner: null, epsg: null })
    const placed = await find([...bare, ...world])
    expect(placed.scenes[0]!.grid).toMatchObject({
      crs: 'EPSG:32633',
      transform: [465180, 10, 0, 5080250, 0, -10],
    })
  })

  it('of Landsat, and pictures, are no scene', async () => {
    const { scenes, refused } = await find([
      sceneTiff('LC08_L1TP_193028_20200704_B4.TIF'),
      sceneTiff('T33TWM_20200704T095029_TCI.jp2', { bands: 3 }),
      sceneTiff('e/T33TWM_20200704T095029_SCL_20m.jp2'),
      sceneTiff('true_colour.tif', { bands: 3, bits: 8 }),
    ])
    expect(scenes).toEqual([])
    expect(refused.map(({ message }) => message).sort()).toEqual([
      expect.stringContaining('is of Landsat'),
      expect.stringContaining('_TCI.jp2" is a picture of 3 colours'),
      expect.stringContaining('(SCL) is no spectral band'),
      expect.stringContaining('"true_colour.tif" is a picture of 3 colours'),
    ])
  })
})

describe('rasters of several bands', () => {
  const stack = (path: string, order: readonly string[], image: SceneTiff = {}) =>
    sceneTiff(path, {
      bands: order.length,
      value: (band, pixel) =>
        INSTRUMENT_BANDS.includes(order[band]!) ? storedIn(order[band]!)(0, pixel) : 1,
      ...image,
    })

  it('with names are taken by them, and what else they hold is named', async () => {
    const names = [
      'B8A',
      ...INSTRUMENT_BANDS.filter(band => band !== 'B8A' && band !== 'B10'),
      'AOT',
      'SCL',
      'QA60',
    ]
    const { scenes, refused } = await find([stack('e.tif', names, { names })])
    expect(refused).toEqual([])
    expect(scenes).toMatchObject([
      { kind: 'stack', level: 'L2A', naming: 'metadata', bands: { B8A: { band: 0 }, B1: { band: 1 } } },
    ])
    expect(scenes[0]!.remarks).toContain('Left out: AOT, SCL, QA60.')
    expect(describeScene(scenes[0]!)[0]).toMatchObject({ file: 'band 2 of e.tif' })
  })

  it.each([
    ['Level-1C', INSTRUMENT_BANDS],
    ['EuroSAT, B8A last', [...INSTRUMENT_BANDS.filter(band => band !== 'B8A'), 'B8A']],
    ['Level-2A', INSTRUMENT_BANDS.filter(band => band !== 'B10')],
    ['Level-1C without B8A', INSTRUMENT_BANDS.filter(band => band !== 'B8A')],
  ])('without names are taken in the order that B10 tells: %s', async (_, order) => {
    const { scenes } = await find([stack('s.tif', order)])
    expect(scenes[0]!.naming).toBe('assumed')
    expect(Object.fromEntries(Object.values(scenes[0]!.bands).map(({ name, band }) => [name, band]))).toEqual(
      Object.fromEntries(order.map((name, band) => [name, band])),
    )
    expect(scenes[0]!.remarks[0]).toContain('Check the order')
  })

  it('on the contract of 14 bands stay patches, 13 bands and a mask are a scene', async () => {
    const names = [...INSTRUMENT_BANDS, 'QA60']
    const { scenes, rest } = await find([
      sceneTiff('patch.tif', { bands: 14 }),
      sceneTiff('patch_mask.tif', { bits: 8 }),
      stack('scene.tif', names, { names }),
    ])
    expect(rest.map(({ path }) => path).sort()).toEqual(['patch.tif', 'patch_mask.tif'])
    expect(scenes.map(({ name }) => name)).toEqual(['scene'])
  })

  it.each([
    ['x1000', 10, 16, 1, 1000],
    ['reflectance', 10_000, 32, 3, 1],
  ] as const)('of reflectance %s are taken so', async (_, divisor, bits, format, quantification) => {
    const value = (band: number, pixel: number) => storedIn(INSTRUMENT_BANDS[band]!)(0, pixel) / divisor
    const { scenes } = await find([stack('s.tif', INSTRUMENT_BANDS, { bits, format, value })])
    expect(scenes[0]).toMatchObject({
      quantification: { value: quantification, evidence: 'values' },
      offset: { value: 0, evidence: 'values' },
    })
  })

  it('with values of no known size have to be asked', async () => {
    const value = (band: number, pixel: number) => 40_000 + 100 * band + (pixel % 9)
    const { scenes } = await find([stack('s.tif', INSTRUMENT_BANDS, { value })])
    expect(scenes[0]).toMatchObject({
      quantification: { value: null, evidence: 'asked' },
      offset: { value: null, evidence: 'asked' },
    })
    expect(scenes[0]!.remarks.join(' ')).toContain('Choose what a reflectance of 1 is stored as')
  })

  it.each([
    ['7 bands without names', { bands: 7 }, 'has 7 bands, and nothing says which'],
    ['a band twice', { bands: 5, names: ['B2', 'B3', 'B4', 'B8', 'B02'] }, 'has B2 twice, as bands 1 and 5'],
    ['bands of Landsat', { bands: 4, names: ['SR_B2', 'SR_B3', 'SR_B4', 'SR_B5'] }, 'is of Landsat'],
    [
      'what lies beside Landsat’s',
      { bands: 5, names: ['B2', 'B3', 'B4', 'B5', 'QA_PIXEL'] },
      'is of Landsat',
    ],
    [
      'more bands than there are',
      { bands: 16, names: Array.from({ length: 16 }, (_, n) => `B${n + 1}`) },
      'nothing says which',
    ],
  ])('with %s are refused with the fix', async (_, image, why) => {
    const { scenes, refused } = await find([sceneTiff('s.tif', image)])
    expect(scenes).toEqual([])
    expect(refused).toMatchObject([{ path: 's.tif', message: expect.stringContaining(why) }])
  })

  it('of a thousand million pixels are refused', async () => {
    const bands = await openRaster(stack('s.tif', INSTRUMENT_BANDS))
    const huge = { ...bands, width: 40_000, height: 40_000 }
    const { refused } = await findScenes([stack('s.tif', INSTRUMENT_BANDS)], {
      open: async () => ({ ...huge, read: async request => bands.read({ bands: request?.bands }) }),
    })
    expect(refused).toMatchObject([
      { code: 'file-too-large', message: expect.stringContaining('40000 x 40000') },
    ])
  })
})

describe('terrain, areas and the rest', () => {
  const hill = (_: number, pixel: number) => 300 + pixel
  it('tells elevation and slope by name, else by values', async () => {
    const float = { bits: 32, format: 3 } as const
    const steep = (_: number, pixel: number) => (pixel % 400) / 10
    const { elevation, slopes, refused, rest, scenes } = await find([
      sceneTiff('Copernicus_DSM_COG_10_N46_00_E014_00_DEM.tif', {
        value: hill,
        epsg: 4326,
        isGeographic: true,
      }),
      sceneTiff('n46_e014_1arc_v3.tif', { value: hill }),
      sceneTiff('surface.tif', { value: hill, ...float }),
      sceneTiff('dem_slope.tif', { value: steep, ...float }),
      sceneTiff('angles.tif', { value: steep, ...float }),
      sceneTiff('Copernicus_DSM_COG_10_N46_00_E014_00_WBM.tif', { bits: 8 }),
      sceneTiff('unclear.tif', { value: hill }),
      sceneTiff('classes.tif', { bits: 8, value: (_, pixel) => pixel % 3 }),
      sceneTiff('lost_dem.tif', { value: hill, corner: null, epsg: null }),
      bytesInput('N46E014.hgt', new Uint8Array(100)),
    ])
    expect(scenes).toEqual([])
    expect(elevation.map(({ path, evidence, crs }) => [path, evidence, crs])).toEqual([
      ['Copernicus_DSM_COG_10_N46_00_E014_00_DEM.tif', 'name', 'EPSG:4326'],
      ['n46_e014_1arc_v3.tif', 'name', 'EPSG:32633'],
      ['surface.tif', 'values', 'EPSG:32633'],
    ])
    expect(slopes.map(({ path, evidence }) => [path, evidence])).toEqual([
      ['dem_slope.tif', 'name'],
      ['angles.tif', 'values'],
    ])
    expect(rest.map(({ path }) => path)).toEqual(['classes.tif'])
    expect(refused.map(({ message }) => message)).toEqual([
      expect.stringContaining('Convert it: gdal_translate "N46E014.hgt"'),
      expect.stringContaining('comes with an elevation model'),
      expect.stringContaining('elevation, slope or a band?'),
      expect.stringContaining('does not say where it lies'),
    ])
  })

  it('keeps areas apart from catalogue items, and says of archives in archives', async () => {
    const text = (path: string, content: string) => bytesInput(path, new TextEncoder().encode(content))
    const { areas, rest, refused } = await find([
      text('a.geojson', '{}'),
      text('b.json', '{"type": "FeatureCollection"}'),
      text('item.json', '{"type": "Feature", "stac_version": "1.0.0"}'),
      text('c.gpkg', ''),
      text('image_1.h5', ''),
      text('outer.zip/inner.zip', ''),
    ])
    expect(areas.map(({ path }) => path)).toEqual(['a.geojson', 'b.json', 'c.gpkg'])
    expect(rest.map(({ path }) => path)).toEqual(['item.json', 'image_1.h5'])
    expect(refused).toMatchObject([{ message: expect.stringContaining('a zip archive inside another') }])
  })
})

describe('what strangers give', () => {
  it('sorts 100,000 files by their names, without reading them', async () => {
    let reads = 0
    const unread = (path: string): InputFile => ({
      path,
      size: 10,
      slice: async () => {
        reads++
        return new Uint8Array(10)
      },
    })
    const layout = safeLayout()
    const files = Array.from({ length: 100_000 }, (_, index) =>
      unread(
        [
          `img/image_${index}.h5`,
          `d${index}/x_B02.tif`,
          `x.SAFE/DATASTRIP/${index}.xml`,
          `l/${index}_mask.tif`,
        ][index % 4]!,
      ),
    )
    const { rest, refused } = await find([...files, layout.product])
    expect([reads, rest.length, refused.length]).toEqual([0, 50_000, 25_002])
  })

  it('takes names with controls and folders above for names', async () => {
    const nameOf = (band: string) => `../../etc/\u001b[2J\u202e/__proto__/T33TWM_20200704T095029_${band}.tif`
    const { scenes } = await find(loose(nameOf))
    expect(scenes).toHaveLength(1)
    expect(scenes[0]!.name).not.toMatch(/[\p{Cc}/\u202e]/u)
  })

  it('stops when cancelled', async () => {
    const controller = new AbortController()
    const { files } = safe()
    const open: typeof openRaster = (file, options) => {
      controller.abort()
      return openRaster(file, options)
    }
    await expect(findScenes(files, { open, signal: controller.signal })).rejects.toMatchObject({
      code: 'aborted',
    })
  })
})

function under(file: InputFile, from: string, to: string): InputFile {
  return { ...file, path: to + file.path.slice(from.length), slice: (begin, end) => file.slice(begin, end) }
}
