import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { gdalInfo, hasTool } from '../core/export/gdal.testing'
import { readPatchPixels } from '../core/patches/readPatch'
import { openRaster } from '../core/raster/openRaster'
import { INSTRUMENT_BANDS } from '../core/scenes/bandNames'
import { sceneTiff } from '../core/scenes/testing/sceneTiff'
import { recordingIo, runCommand } from './commandIo.testing'
import { inspectCommand } from './commands/inspect'
import { stackCommand } from './commands/stack'
import { nodeInput } from './node/nodeFiles'

const folder = resolve(process.env.SCARP_SHARED ?? '../shared', 'data/scenes')
const isPresent = existsSync(folder)
if (!isPresent) console.warn(`Scenes are not at ${folder}: tests on them are left out.`)
const hasGdal = hasTool('gdalwarp', '--version')

const scene = join(folder, 's2_l1c_slovenia_13band_2.tif')
const dem = join(folder, 'dem_slovenia.tif')

async function planesOf(path: string): Promise<Float32Array[]> {
  const raster = await openRaster(await nodeInput(path))
  return (await raster.read()).map(plane => Float32Array.from(plane))
}

function place(): string {
  return mkdtempSync(join(tmpdir(), 'scarp-stack-'))
}

async function stack(...argv: string[]) {
  const { io, outLines, notes } = recordingIo()
  const code = await runCommand(stackCommand, argv, io)
  return { code, outLines, notes }
}

/** Of two planes, over pixels where both have a value. */
function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, value, i) => {
    const difference = Math.abs(value - b[i]!)
    return difference > largest ? difference : largest
  }, 0)
}

test('a written stack says which bands its product lacked, and whoever reads it takes the models’ means', async () => {
  const here = place()
  const names = INSTRUMENT_BANDS.filter(name => name !== 'B10')
  const value = (band: number, pixel: number) => 500 + 100 * band + (pixel % 97)
  for (const file of [
    sceneTiff('S2A_MSIL2A_scene.tif', { bands: 12, names, value }),
    sceneTiff('dem.tif', { bits: 32, format: 3, value: (_, pixel) => 800 + (pixel % 60) }),
  ]) {
    writeFileSync(join(here, file.path), await file.slice(0, file.size))
  }
  const out = join(here, 'stack.tif')
  const sources = [join(here, 'S2A_MSIL2A_scene.tif'), '--dem', join(here, 'dem.tif')]
  expect((await stack(...sources, '--offset', '0', '--out', out)).code).toBe(0)
  const raster = await openRaster(await nodeInput(out))
  expect(raster.syntheticBands).toEqual(['B10'])
  const means = Array.from({ length: 14 }, (_, band) => 1000 + band)
  const [as, other] = [await readPatchPixels(raster), await readPatchPixels(raster, 'auto', undefined, means)]
  const area = 60 * 60
  expect(new Set(other.data.subarray(9 * area, 10 * area))).toEqual(new Set([1009]))
  expect(new Set(as.data.subarray(9 * area, 10 * area))).not.toContain(1009)
  expect(other.data.subarray(0, 9 * area)).toEqual(as.data.subarray(0, 9 * area))
  expect(other.remarks).toContainEqual({
    reason: 'synthetic-bands',
    message: "B10 was not in the product: the models' mean stands for it.",
  })
})

test('an area without data is refused with the fix, and no file of nothing is left', async () => {
  const here = place()
  const isEmpty = (pixel: number) => pixel % 60 < 30
  const value = (band: number, pixel: number) => (isEmpty(pixel) ? 0 : 500 + 100 * band + (pixel % 97))
  for (const file of [
    sceneTiff('scene.tif', { bands: 13, names: INSTRUMENT_BANDS, value }),
    sceneTiff('dem.tif', { bits: 32, format: 3, value: (_, pixel) => 800 + (pixel % 60) }),
  ]) {
    writeFileSync(join(here, file.path), await file.slice(0, file.size))
  }
  const [west, north] = [465_180, 5_080_250]
  const ring = [
    [west + 50, north - 50],
    [west + 250, north - 50],
    [west + 250, north - 550],
    [west + 50, north - 50],
  ]
  const crs = { type: 'name', properties: { name: 'EPSG:32633' } }
  writeFileSync(join(here, 'empty.geojson'), JSON.stringify({ type: 'Polygon', crs, coordinates: [ring] }))
  const [sources, out] = [[join(here, 'scene.tif'), '--dem', join(here, 'dem.tif')], join(here, 'stack.tif')]
  const more = ['--offset', '0', '--out', out]
  await expect(stack(...sources, ...more, '--aoi', join(here, 'empty.geojson'))).rejects.toMatchObject({
    code: 'file-unsupported',
    message: expect.stringMatching(/no pixel in this area with both reflectance and elevation: choose/),
  })
  expect(readdirSync(here).sort()).toEqual(['dem.tif', 'empty.geojson', 'scene.tif'])
  expect((await stack(...sources, ...more)).outLines.join('')).toContain('50.0 % of the pixels hold data')
})

describe.runIf(isPresent)('a real scene', () => {
  test('has the bands of the source bit for bit, its elevation, and slopes as GDAL has them', async () => {
    const out = join(place(), 'stack.tif')
    const { code, outLines, notes } = await stack(scene, '--dem', dem, '--out', out)
    expect(code).toBe(0)
    expect(outLines).toEqual([`s2_l1c_slovenia_13band_2: 100.0 % of the pixels hold data: ${out}`])
    expect(notes.join('\n')).toContain(
      'B8  band 8 of s2_l1c_slovenia_13band_2.tif, 10 m, reflectance x 10000',
    )
    const [made, expected] = [
      await planesOf(out),
      await planesOf(join(folder, 's2_l1c_slovenia_14band_raw_2.tif')),
    ]
    for (const band of [...Array(12).keys(), 13]) expect(made[band]).toEqual(expected[band])
    // That file's slope is of gdaldem, which leaves the outermost pixels out.
    const [width, height] = [100, 101]
    let largest = 0
    for (let row = 1; row < height - 1; row++) {
      for (let column = 1; column < width - 1; column++) {
        const at = row * width + column
        largest = Math.max(largest, Math.abs(made[12]![at]! - expected[12]![at]!))
      }
    }
    expect(largest).toBeLessThan(1e-3)
    expect(readdirSync(join(out, '..'))).toEqual(['stack.tif'])
  })

  test.runIf(hasGdal)('is the same as single bands, and with its elevation in degrees', async () => {
    const here = place()
    const whole = join(here, 'whole.tif')
    await stack(scene, '--dem', dem, '--out', whole)
    for (const [index, name] of INSTRUMENT_BANDS.entries()) {
      const path = join(here, `T33TWM_20200704T095029_${name}.tif`)
      execFileSync('gdal_translate', ['-q', '-b', String(index + 1), scene, path])
    }
    const degrees = join(here, 'dem_degrees.tif')
    execFileSync('gdalwarp', [
      '-q',
      '-t_srs',
      'EPSG:4326',
      '-r',
      'cubic',
      '-dstnodata',
      '-9999',
      dem,
      degrees,
    ])
    const out = join(here, 'bands.tif')
    const files = readdirSync(here).filter(name => name.startsWith('T33TWM'))
    const { code } = await stack(...files.map(name => join(here, name)), '--dem', degrees, '--out', out)
    expect(code).toBe(0)
    const [single, together] = [await planesOf(out), await planesOf(whole)]
    for (let band = 0; band < 12; band++) {
      const filled = single[band]!.filter(value => !Number.isNaN(value))
      expect(filled.length).toBeGreaterThan(0.95 * single[band]!.length)
      expect(largestDifference(single[band]!, together[band]!)).toBe(0)
    }
    // Warped there and back by two cubic kernels; metres.
    expect(largestDifference(single[13]!, together[13]!)).toBeLessThan(2)
    expect(gdalInfo(out).bands.map(({ description }) => description)).toEqual([
      ...['B1', 'B2', 'B3', 'B4', 'B5', 'B6', 'B7', 'B8', 'B9', 'B10', 'B11', 'B12'],
      ...['Slope', 'DEM'],
    ])
  })

  test('within an area has the pixels around it, and none outside', async () => {
    const here = place()
    const area = join(here, 'area.geojson')
    // A triangle of about 300 m, in degrees.
    const ring = [
      [14.5555, 45.8735],
      [14.5595, 45.8735],
      [14.5555, 45.871],
      [14.5555, 45.8735],
    ]
    writeFileSync(area, JSON.stringify({ type: 'Polygon', coordinates: [ring] }))
    const [part, whole] = [join(here, 'part.tif'), join(here, 'whole.tif')]
    const { outLines } = await stack(scene, '--aoi', area, '--dem', dem, '--out', part)
    await stack(scene, '--dem', dem, '--out', whole)
    const [a, b] = await Promise.all([part, whole].map(async path => openRaster(await nodeInput(path))))
    const moved = a!.georeference!.transform!
    const from = b!.georeference!.transform!
    const column = Math.round((moved[0] - from[0]) / from[1])
    const row = Math.round((moved[3] - from[3]) / from[5])
    expect(a!.width).toBeGreaterThan(20)
    expect(a!.width).toBeLessThan(45)
    const window = { column, row, width: a!.width, height: a!.height }
    const [inPart, inWhole] = [await a!.read(), await b!.read({ window })]
    const filled = [...inPart[0]!.keys()].filter(i => !Number.isNaN(inPart[0]![i]!))
    // Half of a rectangle, more or less.
    expect(filled.length / inPart[0]!.length).toBeGreaterThan(0.4)
    expect(filled.length / inPart[0]!.length).toBeLessThan(0.6)
    for (const [band, plane] of inPart.entries())
      for (const i of filled) expect(plane[i]).toBe(inWhole[band]![i])
    expect(outLines[0]).toMatch(/: (4|5)\d\.\d % of the pixels hold data/)
  })

  test('takes an area among the sources, leaves out one that is none, and asks which of two', async () => {
    const here = place()
    const area = (name: string, ring: number[][]) => {
      writeFileSync(join(here, name), JSON.stringify({ type: 'Polygon', coordinates: [ring] }))
      return join(here, name)
    }
    const inside = area('in.geojson', [
      [14.5555, 45.8735],
      [14.5595, 45.8735],
      [14.5555, 45.871],
      [14.5555, 45.8735],
    ])
    const elsewhere = area('out.geojson', [
      [1, 45],
      [1.1, 45],
      [1, 45.1],
      [1, 45],
    ])
    const out = join(here, 'stack.tif')
    const within = await stack(scene, inside, '--dem', dem, '--out', out)
    expect(within.notes).toContain('"s2_l1c_slovenia_13band_2": within the area of "in.geojson".')
    const whole = await stack(scene, elsewhere, '--force', '--dem', dem, '--out', out)
    expect(whole.notes.join('\n')).toMatch(/Left out .*out\.geojson: .*lies/)
    expect(whole.outLines[0]).toContain('100.0 %')
    const both = stack(scene, inside, elsewhere, '--force', '--dem', dem, '--out', out)
    await expect(both).rejects.toMatchObject({ code: 'bad-argument' })
    const named = stack(scene, '--force', '--aoi', elsewhere, '--dem', dem, '--out', out)
    await expect(named).rejects.toMatchObject({ message: expect.stringContaining('out.geojson') })
  })

  test('is listed by inspect, band by band', async () => {
    const { io, outLines } = recordingIo()
    expect(await runCommand(inspectCommand, [scene, dem, '--json'], io)).toBe(0)
    const entries = JSON.parse(outLines.join('\n'))
    expect(entries.map(({ kind }: { kind: string }) => kind)).toEqual(['geotiff', 'geotiff', 'scene'])
    expect(entries[2]).toMatchObject({
      path: 's2_l1c_slovenia_13band_2',
      level: 'L1C',
      offset: { value: 0, evidence: 'values' },
      bands: { B12: { band: 12 } },
      grid: { crs: 'EPSG:32633', width: 100, height: 101 },
    })
    const text = recordingIo()
    await runCommand(inspectCommand, [scene], text.io)
    expect(text.outLines.join('\n')).toContain('  B12 band 13 of s2_l1c_slovenia_13band_2.tif')
  })

  test('of ten bands has the models’ mean for the others, and elevation only where it reaches', async () => {
    const out = join(place(), 'stack.tif')
    const aberystwyth = join(folder, 's2_aberystwyth_10band_mosaic.tif')
    const { notes } = await stack(aberystwyth, '--dem', join(folder, 'SRTM_aber.tif'), '--out', out)
    expect(notes.join('\n')).toContain('B1, B9 and B10 are missing: the models’ own mean is used for them.')
    expect(notes.join('\n')).toMatch(/elevation covers 6\d % of the scene; the rest is no data/)
    const planes = await planesOf(out)
    const b10 = new Set(planes[9]!.filter(value => !Number.isNaN(value)))
    expect([...b10]).toEqual([expect.closeTo(15.816, 3)])
  })

  test.each([
    ['without elevation', [scene], 'bad-argument', /needs an elevation model/],
    [
      'with elevation from elsewhere',
      [scene, '--dem', join(folder, 'SRTM_aber.tif')],
      'file-unsupported',
      /the elevation lies elsewhere/,
    ],
    ['without a scene', [dem], 'file-unsupported', /no Sentinel-2 scene among these files/],
    [
      'of two',
      [scene, join(folder, 's2_l1c_slovenia_13band_3.tif'), '--dem', dem],
      'bad-argument',
      /2 scenes: .*Choose one with --scene/,
    ],
  ])('is refused %s, and nothing is left behind', async (_, argv, code, message) => {
    const here = place()
    const result = stack(...argv, '--out', join(here, 'stack.tif'))
    await expect(result).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
    expect(readdirSync(here)).toEqual([])
  })

  test('overwrites nothing without --force, and stops at once on Ctrl-C', async () => {
    const here = place()
    const out = join(here, 'stack.tif')
    await stack(scene, '--dem', dem, '--out', out)
    await expect(stack(scene, '--dem', dem, '--out', out)).rejects.toMatchObject({ code: 'bad-argument' })
    expect((await stack(scene, '--force', '--dem', dem, '--out', out)).code).toBe(0)
    const controller = new AbortController()
    const { io } = recordingIo(controller.signal)
    const other = join(here, 'other.tif')
    io.progress.update = ({ label }) => label.startsWith('Writing') && controller.abort()
    const argv = [scene, '--dem', dem, '--out', other]
    await expect(runCommand(stackCommand, argv, io)).rejects.toMatchObject({ code: 'aborted' })
    expect(readdirSync(here)).toEqual(['stack.tif'])
  })
})
