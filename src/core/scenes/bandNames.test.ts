import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  asideName,
  bandOfDescription,
  INSTRUMENT_BANDS,
  isLandsat,
  readBandFileName,
  readProductName,
} from './bandNames'

describe('readBandFileName', () => {
  it.each([
    ['T33TWM_20200704T095029_B02.jp2', 'B2', null],
    ['x.SAFE/GRANULE/g/IMG_DATA/R20m/T33TWM_20200704T095029_B8A_20m.jp2', 'B8A', 20],
    ['x/R60m/T33TWM_20200704T095029_B01.jp2', 'B1', 60],
    ['S2A_OPER_MSI_L1C_TL_EPA__20160605T115120_A000734_T33TWM_B12.jp2', 'B12', null],
    ['S2A_36QWD_20200701_0_L2A/B08.tif', 'B8', null],
    ['export-B2.tif', 'B2', null],
    ['b8a.tif', 'B8A', null],
    ['B08A.TIF', 'B8A', null],
    ['band_2.tif', 'B2', null],
    ['scene Band 8A.tif', 'B8A', null],
    ['2020-07-04-00:00_2020-07-04-23:59_Sentinel-2_L1C_B10_(Raw).tiff', 'B10', null],
    ['HLS.S30.T33TWM.2020186T095029.v2.0.B8A.tif', 'B8A', null],
    ['item/coastal.tif', 'B1', null],
    ['item/nir.tif', 'B8', null],
    ['item/nir08.tif', 'B8A', null],
    ['item/nir09.tif', 'B9', null],
    ['item/rededge2.tif', 'B6', null],
    ['item/scene_red_edge_3.tif', 'B7', null],
    ['item/swir16.tif', 'B11', null],
    ['item/swir22.tif', 'B12', null],
  ])('%s is %s', (path, band, resolution) => {
    expect(readBandFileName(path)).toMatchObject({ band, resolution })
  })

  it.each([
    'ndvi_B8_B4.tif',
    'B13.tif',
    'B0.tif',
    'B2x.tif',
    'image_12.tif',
    'red_river_dem.tif',
    'bands.tif',
    '__proto__.tif',
    'constructor.tif',
    '',
  ])('"%s" names no band', path => expect(readBandFileName(path)).toBeNull())

  it('knows a band by any usual spelling, whatever stands before and behind', () => {
    const word = fc.stringMatching(/^[A-Za-z]{3,8}$/).filter(text => !/^band|red|nir|blue|green/i.test(text))
    const separator = fc.constantFrom('_', '-', '.', ' ')
    fc.assert(
      fc.property(
        fc.constantFrom(...INSTRUMENT_BANDS),
        word,
        separator,
        fc.boolean(),
        (band, text, by, isLong) => {
          const spelled = isLong ? band.replace(/^B(\d)(?!\d)/, 'B0$1') : band
          const read = readBandFileName(`a/${text}${by}${spelled}.tif`)
          expect(read?.band).toBe(band)
          expect(readBandFileName(`a/${text}${by}B11.tif`)?.group).toBe(read?.group)
        },
      ),
    )
  })

  it('never reads a band, a product or a kind into random names, and never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), text => {
        const read = readBandFileName(text)
        if (read) expect([...INSTRUMENT_BANDS, 'B13']).toContain(read.band)
        bandOfDescription(text)
        readProductName(text)
        asideName(text)
        isLandsat(text)
      }),
      { numRuns: 150 },
    )
  })
})

describe('bandOfDescription', () => {
  it.each([
    ['B2', 'B2'],
    ['B02', 'B2'],
    ['B2 (Blue)', 'B2'],
    ['reflectance_b8a', 'B8A'],
    ['Blue', 'B2'],
    ['red edge 1', 'B5'],
    ['Water vapour', 'B9'],
    ['Band 2', null],
    ['QA60', null],
    ['SCL', null],
    ['B8 B4', null],
    ['', null],
    ['constructor', null],
  ])('"%s" is %s', (text, band) => expect(bandOfDescription(text)).toBe(band))
})

describe('readProductName', () => {
  it('takes the innermost compact name apart', () => {
    const inner = 'S2B_MSIL2A_20230216T095029_N0509_R079_T33TWM_20230216T120000'
    const outer = 'S2A_MSIL1C_20200704T095029_N0209_R079_T32TQM_20200704T120000'
    expect(readProductName(`${outer}.zip/${inner}.SAFE/GRANULE/x/IMG_DATA/a.jp2`)).toEqual({
      product: inner,
      level: 'L2A',
      baseline: '05.09',
      tile: 'T33TWM',
      sensed: '2023-02-16T09:50:29Z',
    })
  })

  it.each([
    [
      'S2A_36QWD_20200701_0_L2A/B04.tif',
      { level: 'L2A', tile: 'T36QWD', sensed: '2020-07-01', baseline: null },
    ],
    ['a/T33TWM_20200704T095029_B02.jp2', { level: null, tile: 'T33TWM', sensed: '2020-07-04T09:50:29Z' }],
    [
      '2020-07-04-00:00_2020-07-04-23:59_Sentinel-2_L1C_B02_(Raw).tiff',
      { level: 'L1C', sensed: '2020-07-04' },
    ],
    // The time in such a name is that of processing, and sensing dates mislead.
    [
      'S2A_OPER_MSI_L1C_TL_EPA__20160605T115120_A000734_T33TWM_B02.jp2',
      { level: 'L1C', tile: 'T33TWM', sensed: null },
    ],
    ['a/x_99999999T999999_B02.jp2', { sensed: null, tile: null }],
    ['a/20200230T095029_B02.jp2', { sensed: null }],
    ['my_N0500_T33TWM/B02.tif', { baseline: '05.00' }],
  ])('%s', (path, expected) => expect(readProductName(path)).toMatchObject(expected))
})

it('tells Landsat by its names', () => {
  const names = ['LC08_L2SP_193028_20200704_B4.TIF', 'a/LE07_x_B3.TIF', 'SR_B2', 'HLS.L30.T33TWM.x.B05.tif']
  expect(names.map(isLandsat)).toEqual([true, true, true, true])
  expect(['T33TWM_20200704T095029_B04.jp2', 'HLS.S30.T33TWM.x.B05.tif', 'B2'].map(isLandsat)).toEqual([
    false,
    false,
    false,
  ])
})
