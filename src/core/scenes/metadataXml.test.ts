import { describe, expect, it } from 'vitest'
import { bytesInput } from '../raster/inputFile'
import { readProductMetadata, readTileMetadata } from './metadataXml'
import { safeLayout } from './testing/makeSafe'

const xml = (text: string) => bytesInput('x.SAFE/MTD_MSIL1C.xml', new TextEncoder().encode(text))

describe('readProductMetadata', () => {
  it('reads level, baseline, time, quantification, offsets and images of both levels', async () => {
    const l1c = await readProductMetadata(safeLayout({ baseline: '05.00' }).product)
    expect(l1c).toMatchObject({
      product: 'S2A_MSIL1C_20200704T095029_N0500_R079_T33TWM_20200704T120000',
      level: 'L1C',
      baseline: '05.00',
      sensed: '2020-07-04T09:50:29Z',
      quantification: 10_000,
    })
    expect(Object.keys(l1c.offsets)).toHaveLength(13)
    expect([l1c.offsets.B1, l1c.offsets.B8A, l1c.offsets.B12]).toEqual([-1000, -1000, -1000])
    expect(l1c.images.has('T33TWM_20200704T095029_B8A')).toBe(true)
    const l2a = await readProductMetadata(safeLayout({ level: 'L2A', baseline: '02.14' }).product)
    expect(l2a).toMatchObject({ level: 'L2A', baseline: '02.14', quantification: 10_000, offsets: {} })
  })

  it('counts bands as the instrument does, or as the product says', async () => {
    const offsets = '<RADIO_ADD_OFFSET band_id="8">-900</RADIO_ADD_OFFSET>'
    expect((await readProductMetadata(xml(`<a:b xmlns:a="c">${offsets}</a:b>`))).offsets).toEqual({
      B8A: -900,
    })
    const stated = `<Spectral_Information bandId="8" physicalBand="B9"><x/></Spectral_Information>`
    expect((await readProductMetadata(xml(`<b>${offsets}${stated}</b>`))).offsets).toEqual({ B9: -900 })
  })

  it.each([
    [
      'a quantification of 0',
      '<b><QUANTIFICATION_VALUE>0</QUANTIFICATION_VALUE></b>',
      'quantification value of "0"',
    ],
    ['one that is no number', '<b><QUANTIFICATION_VALUE>NaN</QUANTIFICATION_VALUE></b>', '"NaN"'],
    ['an endless one', '<b><QUANTIFICATION_VALUE>1e999</QUANTIFICATION_VALUE></b>', '"1e999"'],
    ['an offset of 1e9', '<b><RADIO_ADD_OFFSET band_id="1">1e9</RADIO_ADD_OFFSET></b>', 'an offset of "1e9"'],
    ['an empty offset', '<b><BOA_ADD_OFFSET band_id="1"/></b>', 'an offset of nothing'],
    ['a document type', '<!DOCTYPE b [<!ENTITY a "&b;&b;">]><b>&a;</b>', 'document type'],
    ['an unknown entity', '<b>&a;</b>', 'damaged'],
    ['a cut-off end', '<b><PROCESSING_BASELINE>05.00', 'damaged'],
    ['text', 'not XML at all', 'damaged'],
    ['deep nesting', '<b>'.repeat(10_000), 'nested too deep'],
    ['nothing', '', 'damaged'],
  ])('refuses %s by name', async (_, text, why) => {
    const reading = readProductMetadata(xml(text))
    await expect(reading).rejects.toMatchObject({ code: 'file-malformed' })
    await expect(reading).rejects.toThrow(why)
    await expect(reading).rejects.toThrow('"x.SAFE/MTD_MSIL1C.xml"')
  })

  it('refuses a file of more than 16 MB unread', async () => {
    const file = { path: 'MTD_MSIL1C.xml', size: 2 ** 40, slice: () => Promise.reject(new Error('read')) }
    await expect(readProductMetadata(file)).rejects.toMatchObject({ code: 'file-too-large' })
  })

  it('takes elements called like the prototype for what they are', async () => {
    const read = await readProductMetadata(xml('<b><__proto__>1</__proto__><constructor/></b>'))
    expect(read).toMatchObject({ level: null, quantification: null, offsets: {} })
  })
})

describe('readTileMetadata', () => {
  it('reads system, corner and sizes by resolution', async () => {
    const tile = await readTileMetadata(safeLayout({ width: 61, height: 60 }).tile)
    expect(tile).toMatchObject({ tile: 'T33TWM', crs: 'EPSG:32633' })
    expect([...tile.grids]).toEqual([
      [10, { x: 465180, y: 5080250, width: 61, height: 60 }],
      [20, { x: 465180, y: 5080250, width: 31, height: 30 }],
      [60, { x: 465180, y: 5080250, width: 11, height: 10 }],
    ])
  })

  it('refuses numbers that cannot be, and leaves out what is incomplete', async () => {
    const size = (rows: string) => xml(`<b><Size resolution="10"><NROWS>${rows}</NROWS></Size></b>`)
    await expect(readTileMetadata(size('1e12'))).rejects.toMatchObject({ code: 'file-malformed' })
    expect((await readTileMetadata(size('10'))).grids.size).toBe(0)
  })
})
