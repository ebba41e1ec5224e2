import { describe, expect, it } from 'vitest'
import { shiftedDatum } from './datums'
import { pointTransform, projectionOf } from './projection'
import { ControlGrid } from './warp'

const of = (crs: string) => projectionOf({ crs, geoKeys: null }, '"dem.tif"', 'EPSG:32633')

/** Longitude, latitude; x, y by PROJ 9.1 (cs2cs), which may choose a datum shift of a smaller region; metres allowed. */
const KNOWN: [string, number, number, number, number, number][] = [
  ['EPSG:32633', 14.4, 50.4, 457357.7235, 5583278.1106, 0.001],
  ['EPSG:32719', -69.6, -32, 443326.3356, 6459407.0536, 0.001],
  ['EPSG:25832', 8.404, 66.102, 473058.0154, 7331407.4452, 0.001],
  ['EPSG:3857', -36, 17.012, -4007501.6686, 1922221.9556, 0.001],
  ['EPSG:27700', -4.596, 56.506, 240330.2078, 737901.332, 0.001],
  ['EPSG:3035', -3.416, 60.678, 3590708.6106, 4244794.8648, 0.001],
  ['EPSG:2056', 7.772, 47.014, 2625348.2011, 1207048.1789, 0.001],
  ['EPSG:2180', 18.144, 53.158, 442781.229, 588421.3741, 0.001],
  ['EPSG:3794', 14.672, 46.296, 474730.3972, 128526.9627, 0.001],
  ['EPSG:28992', 4.808, 52.52, 115687.3285, 503749.4709, 0.01],
  ['EPSG:31370', 4.06, 50.706, 128190.9931, 155093.4199, 0.001],
  ['EPSG:2193', 171.274, -39.392, 1451366.3956, 5638300.291, 0.001],
  ['EPSG:3826', 120.818, 24.196, 231511.1608, 2676741.8785, 0.001],
  ['EPSG:2326', 114.06, 22.4, 824233.4247, 828973.9231, 0.01],
  ['EPSG:2225', -122.666, 41.042, 6377965.022, 2263575.2921, 0.001],
  ['EPSG:6677', 139.484, 34.512, -32075.033, -165014.6837, 0.001],
  ['EPSG:5514', 16.278, 49.728, -615439.3365, -1099225.5232, 0.1],
  ['EPSG:31287', 12.586, 47.972, 344275.2244, 452790.1471, 1],
  ['EPSG:31467', 8.704, 51.962, 3479727.3039, 5758716.2506, 2],
  ['EPSG:23032', 8.398, 65.21, 471915.1646, 7232203.1741, 4],
  ['EPSG:24879', -69.6, -18.684, 436915.1442, 7934406.6265, 9],
]

describe('projection', () => {
  it.each(KNOWN)(
    '%s places longitude %f, latitude %f where PROJ does',
    async (crs, longitude, latitude, x, y, metres) => {
      const system = await of(crs)
      const [toX, toY] = (await pointTransform(await of('EPSG:4326'), system))(longitude, latitude)
      expect(Math.hypot(toX - x, toY - y)).toBeLessThan(metres)
      const back = (await pointTransform(system, await of('EPSG:4326')))(toX, toY)
      expect(back[0]).toBeCloseTo(longitude, 7)
      expect(back[1]).toBeCloseTo(latitude, 7)
    },
  )

  it('takes the common systems for what the table of all says they are', async () => {
    const { toProj4 } = await import('geotiff-geokeys-to-proj4')
    for (const [code, x, y] of [
      [32633, 465000, 5080000],
      [32719, 443326, 6459407],
      [25832, 473058, 7331407],
      [3857, 1600000, 5700000],
    ] as const) {
      const { default: proj4 } = await import('proj4')
      const { proj4: definition } = toProj4({ ProjectedCSTypeGeoKey: code } as Parameters<typeof toProj4>[0])
      const expected = proj4(definition, 'WGS84', [x, y]) as [number, number]
      const found = (await pointTransform(await of(`EPSG:${code}`), await of('EPSG:4326')))(x, y)
      expect(found[0]).toBeCloseTo(expected[0], 9)
      expect(found[1]).toBeCloseTo(expected[1], 9)
    }
  })

  it('knows no datum that proj4 has no shift for', async () => {
    const { default: proj4 } = await import('proj4')
    const datums = new Set<number>()
    for (let code = 1024; code < 32767; code++) datums.add(shiftedDatum(code) ?? 4277)
    expect(datums.size).toBeGreaterThan(200)
    const unmoved = [...datums].filter(datum => {
      const [x, y] = proj4(
        `+proj=longlat +ellps=bessel +datum=EPSG_${datum} +no_defs`,
        'WGS84',
        [30, 40],
      ) as number[]
      return x === 30 && y === 40
    })
    expect(unmoved).toEqual([])
    expect([shiftedDatum(27700), shiftedDatum(32633), shiftedDatum(31467)]).toEqual([4277, undefined, 4314])
  })

  it('places a system that a file describes by keys', async () => {
    const geoKeys = {
      GTModelTypeGeoKey: 1,
      GeographicTypeGeoKey: 4326,
      ProjectedCSTypeGeoKey: 32767,
      ProjectionGeoKey: 32767,
      ProjCoordTransGeoKey: 10,
      ProjLinearUnitsGeoKey: 9001,
      ProjCenterLongGeoKey: 15,
      ProjCenterLatGeoKey: 46,
      ProjFalseEastingGeoKey: 1000,
      ProjFalseNorthingGeoKey: 2000,
      VerticalCSTypeGeoKey: 32767,
    }
    const own = await projectionOf({ crs: null, geoKeys }, '"dem.tif"')
    const [x, y] = (await pointTransform(await of('EPSG:4326'), own))(15, 46)
    expect([x, y]).toEqual([expect.closeTo(1000, 3), expect.closeTo(2000, 3)])
  })

  it.each([
    [
      { crs: 'EPSG:9999', geoKeys: null },
      /"dem.tif" is in EPSG:9999, which is not known here.*gdalwarp -t_srs EPSG:32633/,
    ],
    [{ crs: 'ESRI:102001; rm', geoKeys: null }, /not an EPSG code/],
    [{ crs: 'EPSG:4555', geoKeys: null }, /datum cannot be placed/],
    [{ crs: null, geoKeys: null }, /does not name its coordinate system.*gdal_edit.py -a_srs/],
    [null, /does not name/],
    [
      { crs: null, geoKeys: { ProjCoordTransGeoKey: 9999, GTModelTypeGeoKey: 1 } },
      /not understood|cannot be/,
    ],
  ])('refuses %j and says what to do', async (georeference, message) => {
    await expect(projectionOf(georeference, '"dem.tif"', 'EPSG:32633')).rejects.toMatchObject({
      code: 'file-unsupported',
      message: expect.stringMatching(message),
    })
  })

  it('gives no place where there is none', async () => {
    const forward = await pointTransform(await of('EPSG:4326'), await of('EPSG:32633'))
    for (const [x, y] of [
      [Number.NaN, 1],
      [15, 91],
      [Infinity, 0],
    ]) {
      expect(forward(x!, y!)).toEqual([Number.NaN, Number.NaN])
    }
  })
})

describe('control grid', () => {
  it.each([
    ['EPSG:32633', 30, 'EPSG:4326', 1 / 3600, 465000, 5080000],
    ['EPSG:32633', 90, 'EPSG:4326', 3 / 3600, 500000, 7800000],
    ['EPSG:32760', 10, 'EPSG:4326', 1 / 10800, 300000, 8000000],
    ['EPSG:27700', 30, 'EPSG:3035', 25, 257000, 285000],
  ])(
    '%s cells of %d m in %s are within 0.05 pixels of the exact place',
    async (crs, cell, other, pixel, x, y) => {
      const forward = await pointTransform(await of(crs), await of(other))
      const place = (px: number, py: number) => {
        const [a, b] = forward(px, py)
        return [a / pixel, -b / pixel] as const
      }
      const grid = { x: 0, y: 0, dx: cell, dy: -cell }
      const window = { column: Math.floor(x / cell), row: Math.floor(-y / cell), width: 70, height: 50 }
      const control = new ControlGrid(grid, window, place)
      const at = new Float64Array(2)
      let most = 0
      for (let row = window.row; row < window.row + window.height; row++) {
        for (let column = window.column; column < window.column + window.width; column++) {
          control.place(column, row, at)
          const [px, py] = place((column + 0.5) * cell, -(row + 0.5) * cell)
          most = Math.max(most, Math.hypot(at[0]! - px, at[1]! - py))
        }
      }
      expect(most).toBeGreaterThan(0)
      expect(most).toBeLessThan(0.05)
    },
  )
})
