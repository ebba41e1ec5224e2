import { describe, expect, test } from 'vitest'
import { BAND_SETS, bandSetsOf, describeMapping, mapBands, readBandNames } from './bandSets'
import { BANDS } from './bands'

describe('read band names', () => {
  test('two digits, small letters and spaces make no difference; a set’s id stands for its bands', () => {
    expect(readBandNames('B02, b3,B8A , b12,slope,elevation,vv')).toEqual([
      'B2',
      'B3',
      'B8A',
      'B12',
      'Slope',
      'DEM',
      'VV',
    ])
    expect(readBandNames('RGB')).toEqual(['B4', 'B3', 'B2'])
    for (const { bands } of BAND_SETS) expect(readBandNames(bands.join(','))).toEqual(bands)
  })

  test.each([
    ['B02,B13', '"B13" is not a band. Known bands: B1 to B12'],
    ['B02,,B04', 'has an empty place'],
    ['', '"" is neither a band nor a set of bands'],
    ['B02,B03,B2', 'B2 is in the list of bands twice'],
    ['sentinel', 'Known sets: rgb, satlas, bigearthnet-s2-v0.2'],
  ])('"%s" is refused: %s', (text, message) => {
    expect(() => readBandNames(text)).toThrow(
      expect.objectContaining({ code: 'bad-argument', message: expect.stringContaining(message) }),
    )
  })
})

describe('known sets', () => {
  test('those of one length are all offered: ten and thirteen bands come in two orders', () => {
    const ids = (count: number) => bandSetsOf(count).map(({ id }) => id)
    expect(ids(3)).toEqual(['rgb'])
    expect(ids(10)).toEqual(['bigearthnet-s2-v0.2', 'bigearthnet-s2-v0.1'])
    expect(ids(13)).toEqual(['sentinel2-l1c', 'eurosat'])
    expect(ids(4)).toEqual([])
  })

  test('sets of ten and of thirteen differ in their order alone', () => {
    for (const count of [10, 13]) {
      const [one, other] = bandSetsOf(count)
      expect([...one!.bands].sort()).toEqual([...other!.bands].sort())
      expect(one!.bands).not.toEqual(other!.bands)
    }
  })
})

describe('map bands', () => {
  const placesOf = (text: string) => mapBands(readBandNames(text)).ours.map(({ from }) => from)
  const no = null

  test('each of the 14 finds its namesake wherever it stands', () => {
    expect(mapBands(readBandNames('rgb')).ours.map(({ band }) => band)).toEqual(BANDS.map(({ name }) => name))
    expect(placesOf('rgb')).toEqual([no, 2, 1, 0, no, no, no, no, no, no, no, no, no, no])
    expect(placesOf('bigearthnet-s2-v0.2')).toEqual([no, 0, 1, 2, 3, 4, 5, 6, no, no, 8, 9, no, no])
    expect(placesOf('bigearthnet-s2-v0.1')).toEqual([no, 0, 1, 2, 4, 5, 6, 3, no, no, 7, 8, no, no])
    expect(placesOf('sentinel2-l1c')).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, no, no])
    expect(placesOf('eurosat')).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, no, no])
  })

  test('in words: what is kept, dropped, and starts from zero', () => {
    const words = (text: string) => describeMapping(mapBands(readBandNames(text)))
    expect(words('bigearthnet-s2-v0.1')).toBe(
      'B2 to B8, B11 and B12 keep their weights. B8A is dropped. B1, B9, B10, slope and elevation start from zero.',
    )
    expect(words('sentinel2-l1c')).toBe(
      'B1 to B12 keep their weights. B8A is dropped. Slope and elevation start from zero.',
    )
    expect(words('rgb')).toBe(
      'B2 to B4 keep their weights. B1, B5 to B12, slope and elevation start from zero.',
    )
    expect(words('VV,B4,VH')).toMatch(/^B4 keeps its weights\. VV and VH are dropped\. /)
    expect(words(BANDS.map(({ name }) => name).join(','))).toBe(
      'B1 to B12, slope and elevation keep their weights.',
    )
  })

  test('bands that a patch does not have are nothing to start from', () => {
    expect(() => mapBands(['VV', 'VH'])).toThrow('A patch has none of the bands VV, VH.')
  })
})
