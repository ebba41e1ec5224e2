import { describe, expect, it } from 'vitest'
import type { Georeference } from '../raster/rasterSource'
import { LANDSLIDE_FIELDS } from './fields'
import { collect, drawn, rasterOf, UTM_33 } from './inventories.testing'
import type { InventoryRaster, MaskOrigin } from './inventory'
import { confidenceOf } from './provenanceFields'

const ORIGIN: MaskOrigin = {
  window: { column: 0, row: 0, width: 100, height: 100 },
  state: 'predicted',
  reviewer: null,
  at: null,
  round: null,
  models: ['a', 'b'],
  threshold: 0.5,
}

/** Elevation by column and row of a mask drawn on 10 m pixels. */
async function fieldsOf(
  lines: string[],
  height: (column: number, row: number) => number,
  facts: Partial<InventoryRaster> = {},
) {
  const { mask, width } = drawn(...lines)
  const elevation = Float32Array.from(mask, (_, i) => height(i % width, Math.floor(i / width)))
  const slope = Float32Array.from(mask, (_, i) => i % 40)
  const { landslides } = await collect(rasterOf(mask, width, { elevation, slope }, facts))
  return landslides[0]!.fields
}

describe('attributes', () => {
  it('measures a rectangle that falls to the south along its longer side', async () => {
    const fields = await fieldsOf(['....', '.##.', '.##.', '.##.', '....'], (_, row) => 1000 - 5 * row, {
      elevationSource: 'dem.tif',
    })
    expect(fields).toMatchObject({
      pixels: 6,
      area_m2: 600,
      area_ha: 0.06,
      perimeter_m: 100,
      elev_min_m: 985,
      elev_max_m: 995,
      relief_m: 10,
      slope_mean_deg: (5 + 6 + 9 + 10 + 13 + 14) / 6,
      slope_max_deg: 14,
      length_m: 30,
      width_m: 20,
      dem_source: 'dem.tif',
    })
    expect(fields.aspect_deg).toBeCloseTo(180, 9)
    expect(fields.hl_ratio).toBeCloseTo(1 / 3, 12)
    expect(fields.travel_angle_deg).toBeCloseTo(18.4349488, 6)
    expect(fields.compactness).toBeCloseTo((4 * Math.PI * 600) / 10_000, 12)
  })

  it('takes the side along which the ground falls more as the length, also of what is wider than long', async () => {
    const wide = await fieldsOf(['#####', '#####'], (_, row) => -20 * row)
    expect(wide).toMatchObject({ length_m: 20, width_m: 50 })
    const long = await fieldsOf(['#####', '#####'], column => -20 * column)
    expect(long).toMatchObject({ length_m: 50, width_m: 20 })
    // Steeper down its width, but falling more along its length: the fall decides, not the direction.
    const both = await fieldsOf(['##########', '##########'], (column, row) => -4 * column - 8 * row)
    expect(both).toMatchObject({ length_m: 100, width_m: 20 })
    const flat = await fieldsOf(['###', '###'], () => 7)
    expect(flat).toMatchObject({
      length_m: 30,
      width_m: 20,
      hl_ratio: 0,
      travel_angle_deg: 0,
      aspect_deg: null,
    })
  })

  it('turns the box with a slanted landslide', async () => {
    const lines = Array.from({ length: 40 }, (_, row) => `${'.'.repeat(row)}####${'.'.repeat(40 - row)}`)
    const fields = await fieldsOf(lines, column => -column)
    // 40 rows and 39 steps aside: corner to corner along the slant, and across it.
    expect(fields.length_m).toBeCloseTo(10 * (Math.SQRT2 * 40 + 3 / Math.SQRT2), 6)
    expect(fields.width_m).toBeCloseTo((10 * 5) / Math.SQRT2, 6)
  })

  it.each([
    ['north', (_: number, row: number) => row, 0],
    ['east', (column: number) => -column, 90],
    ['south-west', (column: number, row: number) => column - row, 225],
    ['north-west', (column: number, row: number) => column + row, 315],
  ])('faces %s', async (_, height, degrees) => {
    const fields = await fieldsOf(['...', '.#.', '...'], height)
    expect(Math.abs(((fields.aspect_deg! - degrees + 540) % 360) - 180)).toBeLessThan(1e-9)
  })

  it('takes the circular mean of the aspect: of two sides of a ridge, not south', async () => {
    // Falls to the north-north-west and to the north-north-east in equal parts.
    const fields = await fieldsOf(
      ['.......', '.#####.', '.......'],
      (column, row) => 10 * row - Math.abs(column - 3),
    )
    expect(fields.aspect_deg === 360 ? 0 : fields.aspect_deg).toBeCloseTo(0, 6)
  })

  it('turns with the grid: the map’s north counts, not the raster’s top', async () => {
    // Rows lead east, columns lead north.
    const turned: Georeference = { ...UTM_33, transform: [500_000, 0, 10, 5_200_000, 10, 0] }
    const fields = await fieldsOf(['...', '.#.', '...'], (_, row) => -row, { georeference: turned })
    expect(fields.aspect_deg).toBeCloseTo(90, 9)
    expect(fields.area_m2).toBe(100)
  })

  it('gives a place on the landslide itself, not in its hole', async () => {
    const { lon, lat } = await fieldsOf(['#####', '#...#', '#####'], () => 0)
    // Middle of the first pixel of the middle row, 500005 E 5199985 N, by `gdaltransform`.
    expect(lon).toBeCloseTo(15.0000657102, 9)
    expect(lat).toBeCloseTo(46.9533942197, 9)
  })

  it('gives pixels, elevation and slope of a patch without a place, and nothing that it cannot know', async () => {
    const fields = await fieldsOf(['##'], column => column, { georeference: null })
    const known = Object.entries(fields).filter(([, value]) => value !== null)
    expect(Object.fromEntries(known)).toEqual({
      id: 'Mask-1',
      pixels: 2,
      elev_min_m: 0,
      elev_max_m: 1,
      relief_m: 1,
      slope_mean_deg: 0.5,
      slope_max_deg: 1,
      event_type: '6-Mass Movement',
      obj_desc: 'Landslide',
    })
  })

  it('knows metres of degrees at the landslide’s own latitude, and of Web Mercator', async () => {
    const degrees: Georeference = {
      crs: 'EPSG:4326',
      transform: [10, 0.001, 0, 60.0005, 0, -0.001],
      geoKeys: null,
    }
    const { area_m2, lon, lat } = await fieldsOf(['#'], () => 0, { georeference: degrees })
    // 111,412.24 m a degree of latitude at 60, 55,800.00 m a degree of longitude (WGS 84).
    expect(area_m2! / (111.41224 * 55.8)).toBeCloseTo(1, 5)
    expect([lon, lat]).toEqual([10.0005, 60])
    const tall = { ...degrees, transform: [10, 0.001, 0, 60.5005, 0, -0.001] } as Georeference
    const lines = Array.from({ length: 1001 }, (_, row) => (row === 500 ? '#' : '.'))
    expect((await fieldsOf(lines, () => 0, { georeference: tall })).area_m2).toBeCloseTo(area_m2!, 6)
    const mercator: Georeference = {
      crs: 'EPSG:3857',
      transform: [0, 10, 0, 8_399_742.9, 0, -10],
      geoKeys: null,
    }
    expect((await fieldsOf(['#'], () => 0, { georeference: mercator })).area_m2).toBeCloseTo(25, 2)
  })

  it('leaves out values that are not there', async () => {
    const { mask, width } = drawn('###')
    const none = Float32Array.of(Number.NaN, Number.NaN, Number.NaN)
    const part = Float32Array.of(Number.NaN, 0.5, 0.75)
    const { landslides } = await collect(
      rasterOf(mask, width, { probability: part, disagreement: none, elevation: none, slope: part }),
    )
    expect(landslides[0]!.fields).toMatchObject({
      p_mean: 0.625,
      p_min: 0.5,
      disagreement: null,
      elev_min_m: null,
      relief_m: null,
      slope_mean_deg: 0.625,
      length_m: null,
      hl_ratio: null,
      aspect_deg: null,
      confidence: 'low',
    })
  })

  it('are one for every column, and nothing else', async () => {
    const fields = await fieldsOf(['#'], () => 0)
    expect(Object.keys(fields).sort()).toEqual(LANDSLIDE_FIELDS.map(({ name }) => name).sort())
  })
})

describe('provenance', () => {
  const half = (column: number, facts: Partial<MaskOrigin>): MaskOrigin => ({
    ...ORIGIN,
    window: { column, row: 0, width: 3, height: 2 },
    ...facts,
  })

  it('says of a landslide on several cells what each says, and nothing of cells that only its window touches', async () => {
    const origins = [
      half(0, { state: 'accepted', reviewer: 'Ann', round: '2', models: ['a', 'b'] }),
      half(3, { state: 'corrected', reviewer: 'Ben', round: '2', models: ['b', 'c'] }),
      half(6, { state: 'predicted', round: '3' }),
    ]
    const { mask, width } = drawn('..##...#', '..#...##')
    const { landslides } = await collect(rasterOf(mask, width, {}, { origins }))
    expect(
      landslides.map(({ fields: { verdict, reviewer, round, models, det_method, notation } }) => [
        verdict,
        reviewer,
        round,
        models,
        det_method,
        notation,
      ]),
    ).toEqual([
      ['accepted; corrected', 'Ann; Ben', '2', 'a; b; c', 'Semi-automatic extraction', 'accepted; corrected'],
      [null, null, '3', 'a; b', 'Automatic extraction', null],
    ])
    // An L around a cell: its window covers the cell, its pixels do not.
    const around = drawn('#....', '#....', '#####')
    const cell: MaskOrigin = {
      ...ORIGIN,
      state: 'rejected',
      window: { column: 1, row: 0, width: 4, height: 2 },
    }
    const own = { ...ORIGIN, window: { column: 0, row: 2, width: 5, height: 1 } }
    const [one] = (await collect(rasterOf(around.mask, around.width, {}, { origins: [cell, own] })))
      .landslides
    expect(one!.fields.verdict).toBeNull()
  })

  it.each([
    [['predicted', ['a']], 'Automatic extraction'],
    [['accepted', ['a']], 'Semi-automatic extraction'],
    [['painted', []], 'Photo-interpretation'],
    [['accepted', []], null],
  ] as const)('says how it was found: %j', async ([state, models], method) => {
    const { mask, width } = drawn('#')
    const { landslides } = await collect(
      rasterOf(mask, width, {}, { origins: [{ ...ORIGIN, state, models }] }),
    )
    expect(landslides[0]!.fields.det_method).toBe(method)
  })

  it('names images and their dates', async () => {
    const { mask, width } = drawn('#')
    const source = { kind: null, tile: null }
    const sources = [
      { ...source, id: 'later', sensed: '2020-07-14T09:50:29Z' },
      { ...source, id: 'first', sensed: '2020-07-04T09:50:29Z' },
      { ...source, id: 'dateless', sensed: null },
    ]
    const { landslides } = await collect(rasterOf(mask, width, {}, { sources, elevationSource: 'dem.tif' }))
    expect(landslides[0]!.fields).toMatchObject({
      src_id: 'later; first; dateless',
      dmg_src_id: 'later; first; dateless',
      date_min: '2020-07-04T09:50:29Z',
      date_max: '2020-07-14T09:50:29Z',
      // Nothing of it has a height.
      dem_source: null,
    })
  })

  it.each([
    [0.85, 0.25, 'high'],
    [0.85, 0.26, 'medium'],
    [0.84, 0.1, 'medium'],
    [0.7, 0.5, 'medium'],
    [0.69, 0.1, 'low'],
    [0.95, 0.51, 'low'],
    [0.9, null, 'high'],
    [null, null, null],
  ])('is as sure as probability %d and disagreement %d: %s', (probability, disagreement, confidence) => {
    expect(confidenceOf(probability, disagreement)).toBe(confidence)
  })
})
