import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hasTool } from '../export/gdal.testing'
import type { PixelWindow, RasterSource } from '../raster/rasterSource'
import { BlockCache } from './blockCache'
import { openElevation } from './elevation'
import type { SceneGrid } from './scene'
import { computedRaster, differences, gdal, gridOf, openFile, shared } from './scenes.testing'

const hasData = existsSync(join(shared, 'dem_slovenia.tif'))
if (!hasData) console.warn(`No elevation models at ${shared}: tests on them are left out.`)
const hasGdal = hasData && hasTool('gdalwarp', '--version')

const slovenia = join(shared, 'dem_slovenia.tif')
const whole = (grid: SceneGrid): PixelWindow => ({
  column: 0,
  row: 0,
  width: grid.width,
  height: grid.height,
})
const open = (rasters: RasterSource[], grid: SceneGrid, slope?: RasterSource) =>
  openElevation({ rasters, grid, slope, cache: new BlockCache() })

/** What GDAL makes: cubic warp at the posting, Horn there, both bilinear on the scene's grid. */
async function byGdal(dem: string, grid: SceneGrid, posting: number) {
  const [x, dx, , y, , dy] = grid.transform
  const right = x + grid.width * dx
  const bottom = y + grid.height * dy
  const down = (value: number) => String((Math.floor(value / posting) - 1) * posting)
  const up = (value: number) => String((Math.ceil(value / posting) + 1) * posting)
  const cells = ['-te', down(x), down(bottom), up(right), up(y), '-tr', String(posting), String(posting)]
  const common = ['-q', '-overwrite', '-t_srs', grid.crs, '-et', '0', '-ot', 'Float32', '-dstnodata', '-9999']
  const native = gdal('gdalwarp', [...common, '-r', 'cubic', ...cells], dem)
  const slope = gdal('gdaldem', ['slope', '-q'], native)
  const pixels = [
    '-te',
    String(x),
    String(bottom),
    String(right),
    String(y),
    '-ts',
    String(grid.width),
    String(grid.height),
  ]
  const read = async (path: string) => {
    const [plane] = await (
      await openFile(gdal('gdalwarp', [...common, '-r', 'bilinear', ...pixels], path))
    ).read()
    return plane as Float32Array
  }
  return { elevation: await read(native), slope: await read(slope) }
}

const isVoid = (value: number) => Number.isNaN(value) || value === -9999

describe.runIf(hasGdal)('elevation of real terrain, beside GDAL', () => {
  it('takes a model on the grid of the scene as it is, and its slope is that of gdaldem', async () => {
    const dem = await openFile(slovenia)
    const elevation = await open([dem], gridOf(dem))
    const read = await elevation.read(whole(gridOf(dem)))
    const [stored] = await dem.read()
    expect(read.elevation).toEqual(Float32Array.from(stored!))
    expect(read.valid.every(valid => valid === 1)).toBe(true)
    const [slope] = await (
      await openFile(gdal('gdaldem', ['slope', '-compute_edges', '-q'], slovenia))
    ).read()
    // GDAL continues the surface past its four corners by a rule of its own.
    const { width, height } = dem
    const isCorner = (i: number) => [0, width - 1, width * (height - 1), width * height - 1].includes(i)
    const noCorners = (plane: ArrayLike<number>) => Array.from(plane).filter((_, i) => !isCorner(i))
    const { compared, most } = differences(noCorners(read.slope), noCorners(slope!), isVoid)
    expect(compared).toBe(width * height - 4)
    expect(most).toBeLessThan(1e-5)
    expect(await elevation.coverage()).toBe(1)
    // A scene that begins elsewhere on the same grid: the same values, and none outside.
    const [x, dx, , y, , dy] = gridOf(dem).transform
    const moved = { ...gridOf(dem), transform: [x - 3 * dx, dx, 0, y + 5 * dy, 0, dy] as const }
    const shifted = await (await open([dem], moved)).read({ column: 2, row: -7, width: 4, height: 4 })
    expect([...shifted.valid]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 1, 1, 1])
    expect(shifted.elevation[9]).toBe(stored![0])
    expect(shifted.slope[9]).toBe(read.slope[0])
  })

  it('warps a model in degrees as gdalwarp does, and its slope is gdaldem’s of that', async () => {
    // Pixels of about 10 m.
    const toDegrees = ['-q', '-t_srs', 'EPSG:4326', '-r', 'cubic', '-tr', '0.000129', '0.00009']
    const degrees = gdal('gdalwarp', [...toDegrees, '-dstnodata', '-9999'], slovenia)
    const grid = gridOf(await openFile(slovenia))
    const elevation = await open([await openFile(degrees)], grid)
    const read = await elevation.read(whole(grid))
    const expected = await byGdal(degrees, grid, elevation.postings[0]!)
    const height = differences(read.elevation, expected.elevation, isVoid)
    const slope = differences(inner(read.slope, grid, 4), inner(expected.slope, grid, 4), isVoid)
    report('Slovenia from degrees', height, slope)
    expect(height.most).toBeLessThan(0.002)
    expect(slope.most).toBeLessThan(0.003)
    expect(slope.compared).toBeGreaterThan(8000)
    // Against the model before it was warped to degrees and back.
    const [stored] = await (await openFile(slovenia)).read()
    expect(differences(inner(read.elevation, grid, 4), inner(stored!, grid, 4), isVoid).mean).toBeLessThan(
      0.4,
    )
  })

  it('warps pixels that are no squares, to another datum: the SRTM of Aberystwyth', async () => {
    const path = join(shared, 'AberSRTM_4326.tif')
    const scene = gridOf(await openFile(join(shared, 's2_aberystwyth_10band_mosaic.tif')))
    const [x, dx, , y, , dy] = scene.transform
    const grid = { ...scene, transform: [x + 3000, dx, 0, y - 2500, 0, dy] as const, width: 260, height: 240 }
    const elevation = await open([await openFile(path)], grid)
    expect(elevation.postings).toEqual([34.2])
    const read = await elevation.read(whole(grid))
    const expected = await byGdal(path, grid, elevation.postings[0]!)
    const height = differences(read.elevation, expected.elevation, isVoid)
    const slope = differences(read.slope, expected.slope, isVoid)
    report('Aberystwyth', height, slope)
    expect(height).toMatchObject({ compared: 260 * 240, onlyA: 0, onlyB: 0 })
    // GDAL estimates how much finer the pixels are for each piece that it warps, and widens its kernel by that.
    expect(height.most).toBeLessThan(0.1)
    expect(slope.most).toBeLessThan(0.1)
  })

  it('leaves out the voids that gdalwarp leaves out: the sea off Aberystwyth', async () => {
    const path = join(shared, 'SRTM_aber.tif')
    const grid: SceneGrid = {
      crs: 'EPSG:32630',
      transform: [425500, 10, 0, 5808500, 0, -10],
      width: 300,
      height: 300,
    }
    const elevation = await open([await openFile(path)], grid)
    const read = await elevation.read(whole(grid))
    const expected = await byGdal(path, grid, elevation.postings[0]!)
    const height = differences(read.elevation, expected.elevation, isVoid)
    const slope = differences(read.slope, expected.slope, isVoid)
    report('Voids of Aberystwyth', height, slope)
    expect(height).toMatchObject({ compared: expect.closeTo(78_420, -2), onlyA: 0 })
    expect(height.onlyB).toBeLessThan(10)
    expect(height.most).toBeLessThan(1e-3)
    expect(slope.most).toBeLessThan(1e-3)
    // At the edge of a void the surface continues straight, where gdaldem gives nothing.
    expect(slope.onlyB).toBe(0)
    expect(slope.compared + slope.onlyA).toBe(height.compared)
  })

  it('takes slopes that are given, on the grid as they are, and refuses other units', async () => {
    const dem = await openFile(slovenia)
    const given = await openFile(join(shared, 'slope_slovenia_deg.tif'))
    const grid = gridOf(dem)
    const read = await (await open([dem], grid, given)).read(whole(grid))
    const [stored] = await given.read()
    const found = differences(read.slope, stored!, isVoid)
    expect([found.onlyA, found.onlyB]).toEqual([0, 0])
    expect(found.most).toBe(0)
    const scaled = (path: string, of: (degrees: number) => number) =>
      computedRaster({ path, grid, nodata: -9999 }, (column, row) => {
        const value = stored![row * grid.width + column]!
        return value === -9999 ? value : of((value * Math.PI) / 180)
      })
    const refused = async (raster: RasterSource) => {
      await expect(open([dem], grid, raster)).rejects.toMatchObject({ code: 'scale-unknown' })
      return open([dem], grid, raster).catch((error: Error) => error.message)
    }
    expect(await refused(scaled('p.tif', angle => 100 * Math.tan(angle)))).toMatch(
      /"p.tif".*percent.*gdaldem slope/,
    )
    expect(await refused(scaled('r.tif', angle => angle))).toMatch(/radians/)
    expect(await refused(scaled('x.tif', angle => 400 * Math.tan(angle)))).toMatch(/up to .* not degrees/)
    expect(await refused(scaled('n.tif', angle => -angle))).toMatch(/not slopes/)
  })
})

function inner(values: ArrayLike<number>, { width, height }: SceneGrid, border: number): number[] {
  return Array.from(values).filter((_, i) => {
    const [column, row] = [i % width, Math.floor(i / width)]
    return column >= border && row >= border && column < width - border && row < height - border
  })
}

function report(
  what: string,
  height: { most: number; mean: number },
  slope: { most: number; mean: number },
): void {
  const text = ({ most, mean }: { most: number; mean: number }) =>
    `most ${most.toFixed(4)}, mean ${mean.toFixed(5)}`
  console.info(`${what}, against GDAL: metres ${text(height)}; degrees ${text(slope)}`)
}

const UTM33: SceneGrid = {
  crs: 'EPSG:32633',
  transform: [465000, 10, 0, 5080000, 0, -10],
  width: 300,
  height: 200,
}

/** A square of degrees around the scene's middle, one second a pixel unless told otherwise. */
const degrees = (left: number, top: number, width: number, height: number, step = 1 / 3600): SceneGrid => ({
  crs: 'EPSG:4326',
  transform: [left, step, 0, top, 0, -step],
  width,
  height,
})

const hills = (column: number, row: number) =>
  500 + 80 * Math.sin(column / 9) + 60 * Math.cos(row / 7) + ((column * 7919 + row * 104729) % 13)

describe('elevation', () => {
  it('gives any window the pixels of the whole, bit for bit', async () => {
    const dem = computedRaster({ grid: degrees(14.5, 45.9, 400, 300) }, hills)
    const read = await (await open([dem], UTM33)).read({ column: -20, row: -20, width: 340, height: 240 })
    expect(read.valid.every(valid => valid === 1)).toBe(true)
    for (const window of [
      { column: 0, row: 0, width: 1, height: 1 },
      { column: 37, row: 141, width: 64, height: 53 },
      { column: -20, row: 100, width: 340, height: 3 },
      { column: 299, row: -20, width: 1, height: 240 },
    ]) {
      const part = await (await open([dem], UTM33)).read(window)
      for (let row = 0; row < window.height; row++) {
        const from = (window.row + 20 + row) * 340 + window.column + 20
        const line = (plane: Float32Array, at: number) => Array.from(plane.subarray(at, at + window.width))
        expect(line(part.elevation, row * window.width)).toEqual(line(read.elevation, from))
        expect(line(part.slope, row * window.width)).toEqual(line(read.slope, from))
      }
    }
  })

  it('mosaics tiles of one grid without a seam, the first on top', async () => {
    const one = computedRaster({ grid: degrees(14.5, 45.9, 400, 300) }, hills)
    const left = computedRaster({ grid: degrees(14.5, 45.9, 201, 300) }, hills)
    const right = computedRaster({ grid: degrees(14.5 + 200 / 3600, 45.9, 200, 300) }, (column, row) =>
      column === 0 ? 0 : hills(column + 200, row),
    )
    const expected = await (await open([one], UTM33)).read(whole(UTM33))
    expect(await (await open([left, right], UTM33)).read(whole(UTM33))).toEqual(expected)
    const other = await (await open([right, left], UTM33)).read(whole(UTM33))
    expect(differences(other.elevation, expected.elevation, Number.isNaN).most).toBeGreaterThan(50)
  })

  it('lets a model on another grid fill what the first leaves open', async () => {
    const fine = computedRaster({ grid: { ...UTM33, width: 150 }, nodata: 7 }, (column, row) =>
      column > 100 && row > 50 && row < 80 ? 7 : 1000,
    )
    const coarse = computedRaster({ grid: degrees(14.5, 45.9, 400, 300) }, () => 200)
    const { elevation, slope, valid } = await (await open([fine, coarse], UTM33)).read(whole(UTM33))
    expect(valid.every(value => value === 1)).toBe(true)
    const at = (column: number, row: number) => elevation[row * UTM33.width + column]
    expect([at(0, 0), at(149, 10), at(150, 10), at(120, 60), at(299, 199)]).toEqual([
      1000, 1000, 200, 200, 200,
    ])
    expect(slope.every(value => value < 1e-4)).toBe(true)
  })

  it.each([
    ['declared', -5, -5],
    ['NaN', null, Number.NaN],
    ['of SRTM, not declared', null, -32768],
    ['of floats, not declared', null, -3.4028234663852886e38],
    ['declared with more digits', -3.4028234663852886e38, Math.fround(-3.4028234663852886e38)],
  ])('leaves voids out: %s', async (_, nodata, value) => {
    const hole = (column: number, row: number) => (column - 80) ** 2 + (row - 60) ** 2 < 100
    const dem = computedRaster({ grid: UTM33, nodata }, (column, row) =>
      hole(column, row) ? value : 100 + column * 10,
    )
    const read = await (await open([dem], UTM33)).read(whole(UTM33))
    const wrong = Array.from(read.valid).filter(
      (valid, i) => (valid === 0) !== hole(i % UTM33.width, Math.floor(i / UTM33.width)),
    )
    expect(wrong).toEqual([])
    expect(read.elevation[60 * UTM33.width + 80]).toBeNaN()
    // The surface continues straight up to the edge of the void: 10 m in 10 m.
    const slopes = Array.from(read.slope).filter(slope => !Number.isNaN(slope))
    expect(Math.max(...slopes)).toBeCloseTo(45, 3)
    expect(Math.min(...slopes)).toBeCloseTo(45, 3)
  })

  it('averages a model that is much finer than the scene', async () => {
    const fine: SceneGrid = { ...UTM33, transform: [465000, 1, 0, 5080000, 0, -1], width: 420, height: 320 }
    // A slope of 1 in 10 under furrows that a scene of 10 m cannot see.
    const dem = computedRaster({ grid: fine }, (column, row) => column * 0.1 + (row % 2) * 20)
    const elevation = await open([dem], { ...UTM33, width: 40, height: 30 })
    expect(elevation.postings).toEqual([8])
    const { slope, valid } = await elevation.read({ column: 10, row: 10, width: 20, height: 10 })
    expect(valid.every(value => value === 1)).toBe(true)
    for (const value of slope) expect(value).toBeCloseTo((Math.atan(0.1) * 180) / Math.PI, 3)
  })

  it('reads heights in feet as metres, and slopes of Web Mercator on the ground', async () => {
    const feet = computedRaster({ grid: UTM33 }, () => 1000)
    feet.georeference!.geoKeys = { VerticalUnitsGeoKey: 9002 }
    const { elevation } = await (await open([feet], UTM33)).read({ column: 3, row: 3, width: 2, height: 2 })
    expect(elevation[0]).toBeCloseTo(304.8, 3)
    // At 60 degrees north a metre of the map is half a metre of ground.
    const mercator = {
      ...UTM33,
      crs: 'EPSG:3857',
      transform: [1e6, 10, 0, 8399738, 0, -10] as const,
      width: 40,
      height: 40,
    }
    const ramp = computedRaster({ grid: mercator }, column => column * 5)
    const { slope } = await (await open([ramp], mercator)).read({ column: 10, row: 10, width: 3, height: 3 })
    expect(slope[4]).toBeCloseTo(45, 1)
  })

  it('crosses the 180th meridian', async () => {
    const west = computedRaster({ grid: degrees(179.9, -16.4, 360, 400) }, () => 300)
    const east = computedRaster({ grid: degrees(-180, -16.4, 360, 400) }, () => 300)
    const grid: SceneGrid = {
      crs: 'EPSG:32760',
      transform: [815000, 10, 0, 8180000, 0, -10],
      width: 900,
      height: 90,
    }
    const { valid } = await (await open([west, east], grid)).read(whole(grid))
    expect(valid.every(value => value === 1)).toBe(true)
  })

  it('says what part of a scene is covered', async () => {
    const half = computedRaster({ grid: { ...UTM33, width: 150 } }, hills)
    expect(await (await open([half], UTM33)).coverage()).toBe(0.5)
    const elsewhere = computedRaster({ grid: degrees(-60, 10, 100, 100) }, hills)
    const elevation = await open([elsewhere], UTM33)
    expect(await elevation.coverage()).toBe(0)
    expect(
      (await elevation.read({ column: 0, row: 0, width: 9, height: 9 })).valid.every(value => value === 0),
    ).toBe(true)
  })

  it('decodes no block more than twice when windows go in strips', async () => {
    const dem = computedRaster({ grid: degrees(14.4, 46, 900, 900) }, hills)
    const grid = { ...UTM33, width: 900, height: 900 }
    // Half of what all blocks and cells would take.
    const cache = new BlockCache(4_000_000, 100)
    const elevation = await openElevation({ rasters: [dem], grid, cache })
    for (let row = 0; row < 900; row += 180) {
      for (let column = 0; column < 900; column += 180) {
        await elevation.read({ column: column - 16, row: row - 16, width: 212, height: 212 })
      }
    }
    expect(cache.decodes(dem).most).toBeLessThanOrEqual(2)
    expect(cache.bytes).toBeLessThanOrEqual(4_000_000)
  })

  it('stops when it is cancelled', async () => {
    const dem = computedRaster({ grid: degrees(14.5, 45.9, 400, 300) }, hills)
    const cancel = new AbortController()
    const reading = (await open([dem], UTM33)).read(whole(UTM33), cancel.signal)
    cancel.abort()
    await expect(reading).rejects.toMatchObject({ code: 'aborted' })
  })

  it('hears a cancel between rows of a whole scene whose terrain lies in the cache', async () => {
    const grid = { ...UTM33, width: 2048, height: 512 }
    const dem = computedRaster({ grid: degrees(14.4, 46, 900, 400) }, hills)
    const elevation = await open([dem], grid)
    await elevation.read(whole(grid))
    const cancel = new AbortController()
    setTimeout(() => cancel.abort(), 0)
    await expect(elevation.read(whole(grid), cancel.signal)).rejects.toMatchObject({ code: 'aborted' })
  })

  it.each([
    ['no model', [], UTM33, 'bad-argument', /No elevation model/],
    [
      'bands',
      [computedRaster({ grid: UTM33, bandCount: 4 }, hills)],
      UTM33,
      'file-unsupported',
      /has 4 bands.*gdal_translate -b 1/,
    ],
    [
      'a scene in degrees',
      [computedRaster({ grid: UTM33 }, hills)],
      degrees(14, 46, 10, 10),
      'file-unsupported',
      /scene is in degrees/,
    ],
    [
      'no place',
      [{ ...computedRaster({ grid: UTM33 }, hills), georeference: null }],
      UTM33,
      'file-unsupported',
      /does not say where it lies/,
    ],
    [
      'pixels that are far too fine',
      [computedRaster({ grid: { ...UTM33, transform: [465000, 1e-9, 0, 5080000, 0, -1e-9] } }, hills)],
      UTM33,
      'file-unsupported',
      /times finer than the scene.*gdalwarp -tr 10 10 -r average/,
    ],
    [
      'an unknown system',
      [computedRaster({ grid: { ...UTM33, crs: 'EPSG:1' } }, hills)],
      UTM33,
      'file-unsupported',
      /EPSG:1, which is not known here.*-t_srs EPSG:32633/,
    ],
  ] as const)('refuses %s', async (_, rasters, grid, code, message) => {
    await expect(open([...rasters], grid)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    })
  })
})
