import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zipSync } from 'fflate'
import { beforeAll, describe, expect, test } from 'vitest'
import { gdalPixels, hasTool } from '../../core/export/gdal.testing'
import { writeMaskGeotiff, writeProbabilityGeotiff } from '../../core/export/resultGeotiffs'
import { recordingIo, runCommand } from '../commandIo.testing'
import { exportCommand } from './export'

const SIDE = 64
const GEOREFERENCE = {
  crs: 'EPSG:32633',
  transform: [500_000, 10, 0, 5_100_000, 0, -10] as const,
  geoKeys: null,
}

/** Two landslides of 12 and 1 pixels, the larger with a hole of one; a corner that was not analysed. */
function maskOf(): Uint8Array {
  const mask = new Uint8Array(SIDE * SIDE)
  const set = (column: number, row: number, value: number) => (mask[row * SIDE + column] = value)
  for (let row = 20; row < 24; row++) for (let column = 30; column < 33; column++) set(column, row, 1)
  set(31, 21, 0)
  set(50, 50, 1)
  for (let row = 0; row < 8; row++) for (let column = 0; column < 8; column++) set(column, row, 255)
  return mask
}

async function maskFile(georeference: typeof GEOREFERENCE | null, metadata: Record<string, string> = {}) {
  return writeMaskGeotiff({
    ...{ mask: maskOf(), width: SIDE, height: SIDE },
    ...{ georeference, metadata, name: 'test' },
  })
}

let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'scarp-vectors-'))
  const tags = { SCARP_MODELS: 'a,b', SCARP_THRESHOLD: '0.5', SCARP_SCENE: 'S2A_scene' }
  writeFileSync(join(folder, 'valley_mask.tif'), await maskFile(GEOREFERENCE, tags))
  const probability = Float32Array.from(maskOf(), value =>
    value === 255 ? Number.NaN : value === 1 ? 0.9 : 0.2,
  )
  const common = { width: SIDE, height: SIDE, georeference: GEOREFERENCE, metadata: {}, name: 'test' }
  writeFileSync(join(folder, 'valley_prob.tif'), await writeProbabilityGeotiff({ ...common, probability }))
})

function place(): string {
  return join(mkdtempSync(join(tmpdir(), 'scarp-exported-')), 'out')
}

async function run(...argv: string[]) {
  const { io, outLines, notes } = recordingIo()
  const code = await runCommand(exportCommand, argv, io)
  return { code, outLines, notes }
}

interface Found {
  properties: Record<string, string | number | null>
  geometry: { type: string; coordinates: number[][][][] }
}

/** Features of a layer as GDAL reads them. */
function features(path: string, layer: string): Found[] {
  const out = execFileSync('ogr2ogr', ['-f', 'GeoJSON', '/vsistdout/', path, layer], { encoding: 'utf8' })
  return (JSON.parse(out) as { features: Found[] }).features
}

describe.skipIf(!hasTool('ogrinfo', '--version'))('scarp export', () => {
  test('writes every format, with what lies beside the mask', async () => {
    const out = place()
    const { code, outLines } = await run(folder, '--format', 'gpkg,geojson,fgb,csv', '--out', out)
    expect(code).toBe(0)
    const names = ['gpkg', 'geojson', 'fgb', 'csv'].map(format => `valley_landslides.${format}`)
    expect(outLines[0]).toBe(`valley: ${names.join(', ')}`)
    expect(outLines[1]).toBe('  2 landslides, 1,200 m².')
    const found = features(join(out, names[0]!), 'landslides')
    expect(found).toHaveLength(2)
    expect(found[0]!.properties).toMatchObject({
      id: 'valley-1',
      area_m2: 1100,
      elev_min_m: null,
      models: 'a; b',
      src_id: 'S2A_scene',
      verdict: null,
    })
    expect(found[0]!.properties.p_mean).toBeCloseTo(0.9, 6)
    expect(found[0]!.geometry.coordinates[0]).toHaveLength(2)
    for (const name of names)
      expect(execFileSync('ogrinfo', ['-so', '-al', join(out, name)], { encoding: 'utf8' })).toContain(
        'Feature Count: 2',
      )
    // What was not analysed, and the style.
    expect(features(join(out, names[0]!), 'not_analysed')).toHaveLength(1)
    expect(features(join(out, names[0]!), 'footprint')).toHaveLength(1)
    expect(
      execFileSync('ogrinfo', ['-al', join(out, names[0]!), 'layer_styles'], { encoding: 'utf8' }),
    ).toContain('useAsDefault (Integer(Boolean)) = 1')
  })

  test('burnt back, the polygons are the mask', async () => {
    const out = place()
    await run(join(folder, 'valley_mask.tif'), '--out', out)
    const burnt = join(out, 'burnt.tif')
    execFileSync('gdal_rasterize', [
      ...['-q', '-burn', '1', '-l', 'landslides', '-ot', 'Byte', '-ts', '64', '64'],
      ...['-te', '500000', '5099360', '500640', '5100000', join(out, 'valley_landslides.gpkg'), burnt],
    ])
    const expected = maskOf().map(value => (value === 255 ? 0 : value))
    expect(Buffer.compare(gdalPixels(burnt), expected)).toBe(0)
  })

  test('says what the options left out and filled', async () => {
    const out = place()
    const { outLines } = await run(
      ...[folder, '--format', 'geojson', '--out', out, '--min-area', '500', '--fill-holes', '100', '--json'],
    )
    const [result] = JSON.parse(outLines.join('\n')).inventories
    expect(result).toMatchObject({ landslides: 1, area: 1200, leftOut: 1, leftOutArea: 100, holes: 1 })
    expect(result.notes).toEqual([
      '1 landslide, 1,200 m².',
      '1 landslide smaller than 500 m² left out, 100 m².',
      '1 hole of up to 100 m² filled, 100 m².',
    ])
  })

  test('takes elevation on another grid', async () => {
    const out = place()
    // A plane that falls by 0.5 m a metre to the east, in degrees at 1 arc-second.
    const dem = join(out, '..', 'dem.tif')
    const text = join(out, '..', 'dem.asc')
    const rows = Array.from({ length: 60 }, () =>
      Array.from({ length: 80 }, (_, i) => 3000 - i * 25).join(' '),
    )
    writeFileSync(
      text,
      `ncols 80\nnrows 60\nxllcorner 499900\nyllcorner 5099000\ncellsize 20\n${rows.join('\n')}\n`,
    )
    execFileSync('gdalwarp', [
      '-q',
      '-s_srs',
      'EPSG:32633',
      '-t_srs',
      'EPSG:4326',
      '-r',
      'cubic',
      '-ot',
      'Float32',
      text,
      dem,
    ])
    const { code, outLines } = await run(folder, '--out', out, '--dem', dem)
    expect(code).toBe(0)
    const [first] = features(join(out, 'valley_landslides.gpkg'), 'landslides')
    expect(first!.properties.dem_source).toBe('dem.tif')
    expect(first!.properties.slope_mean_deg).toBeCloseTo((Math.atan(25 / 20) * 180) / Math.PI, 0)
    expect(first!.properties.relief_m).toBeGreaterThan(20)
    expect(Math.abs((first!.properties.aspect_deg as number) - 90)).toBeLessThan(3)
    expect(outLines.join('\n')).not.toContain('covers')
  })

  test('gives pixels, and no coordinate system, where the mask has none', async () => {
    const here = mkdtempSync(join(tmpdir(), 'scarp-vectors-'))
    writeFileSync(join(here, 'image_7_mask.tif'), await maskFile(null))
    const out = place()
    const { outLines } = await run(here, '--format', 'gpkg,geojson', '--out', out, '--min-area', '2')
    expect(outLines.join('\n')).toContain('1 landslide smaller than 2 pixels left out')
    const [only] = features(join(out, 'image_7_landslides.gpkg'), 'landslides')
    expect(only!.properties).toMatchObject({ pixels: 11, area_m2: null, lon: null })
    const info = execFileSync('ogrinfo', ['-so', '-al', join(out, 'image_7_landslides.gpkg')], {
      encoding: 'utf8',
    })
    expect(info).not.toContain('WGS 84')
  })

  test('merges masks into one inventory, where ground that two show is in once', async () => {
    const here = mkdtempSync(join(tmpdir(), 'scarp-vectors-'))
    for (const [name, east] of [
      ['a', 0],
      ['b', 640],
      ['c', 960],
    ] as const) {
      const [x, ...others] = GEOREFERENCE.transform
      const moved = { ...GEOREFERENCE, transform: [x + east, ...others] as const }
      writeFileSync(join(here, `${name}_mask.tif`), await maskFile(moved as typeof GEOREFERENCE))
    }
    const out = place()
    const { outLines } = await run(here, '--merge', '--out', out)
    expect(outLines[0]).toBe('event: event_landslides.gpkg')
    expect(outLines.join('\n')).toContain('Masks overlap: b and c. Ground that several show counts once')
    // Of the columns 30, 31 and 32 of the first of c, two lie on b.
    const found = features(join(out, 'event_landslides.gpkg'), 'landslides')
    expect(found.map(({ properties }) => [properties.id, properties.pixels])).toEqual([
      ...[
        ['a-1', 11],
        ['a-2', 1],
        ['b-1', 11],
        ['b-2', 1],
      ],
      ...[
        ['c-1', 4],
        ['c-2', 1],
      ],
    ])
  })

  test('merges masks of two zones of UTM, each place on the ground once', async () => {
    const here = mkdtempSync(join(tmpdir(), 'scarp-vectors-'))
    const disc = (x: number, y: number, column: number, row: number, r: number) =>
      Math.hypot(x - column, y - row) < r
    const width = 200
    const mask = Uint8Array.from({ length: width * width }, (_, i) => {
      const [x, y] = [i % width, Math.floor(i / width)]
      return Number(disc(x, y, 60, 60, 20) || disc(x, y, 140, 90, 25) || disc(x, y, 185, 30, 8))
    })
    // Near 18 degrees east, where zones 33 and 34 meet.
    const georeference = { ...GEOREFERENCE, transform: [729_000, 10, 0, 5_000_000, 0, -10] as const }
    const common = { width, height: width, georeference, name: 'test' }
    const early = { SCARP_SENSED: '2020-07-04T09:50:29Z' }
    writeFileSync(join(here, 'west_mask.tif'), await writeMaskGeotiff({ ...common, mask, metadata: early }))
    // The same ground in the other zone, as another program makes it.
    execFileSync('gdalwarp', [
      ...['-q', '-t_srs', 'EPSG:32634', '-tr', '10', '10', '-r', 'near', '-dstnodata', '255'],
      ...[join(here, 'west_mask.tif'), join(here, 'east_mask.tif')],
    ])
    const alone = mask.reduce((sum, value) => sum + value, 0) * 100
    const out = place()
    const { outLines } = await run(here, '--merge', '--format', 'gpkg', '--out', out, '--json')
    const [result] = JSON.parse(outLines.join('\n')).inventories
    expect(result.notes.join('\n')).toMatch(
      /Masks overlap: \w+ and \w+\. Ground that several show counts once/,
    )
    const found = features(join(out, 'event_landslides.gpkg'), 'landslides')
    const areas = found.map(({ properties }) => properties.area_m2 as number)
    // Twice the area, if it were counted for each; a pixel's width of the edges is what two grids differ by.
    expect(Math.abs(areas.reduce((sum, area) => sum + area, 0) - alone) / alone).toBeLessThan(0.02)
    expect(areas.filter(area => area > 2000)).toHaveLength(3)
    expect(result.area).toBeCloseTo(
      areas.reduce((sum, area) => sum + area, 0),
      -1,
    )
    // On the ground no two of them overlap by more than the corners of turned pixels.
    const sql =
      'SELECT SUM(ST_Area(ST_Intersection(a.geom, b.geom))) AS twice, (SELECT SUM(ST_Area(geom)) FROM landslides) AS whole ' +
      'FROM landslides a, landslides b WHERE a.fid < b.fid AND ST_Intersects(a.geom, b.geom)'
    const both = join(out, 'event_landslides.gpkg')
    const text = execFileSync(
      'ogr2ogr',
      ['-f', 'CSV', '/vsistdout/', both, '-dialect', 'sqlite', '-sql', sql],
      {
        encoding: 'utf8',
      },
    )
    const [twice = 0, whole = 0] = text.trim().split('\n')[1]!.split(',').map(Number)
    expect(whole).toBeGreaterThan(0)
    expect(twice / whole).toBeLessThan(0.02)
  })

  test('takes masks of 0 and 255 and zips, refuses images, and never overwrites', async () => {
    const here = mkdtempSync(join(tmpdir(), 'scarp-vectors-'))
    const raw = join(here, 'in.asc')
    writeFileSync(raw, 'ncols 2\nnrows 2\nxllcorner 0\nyllcorner 0\ncellsize 1\n0 255\n0 0\n')
    execFileSync('gdal_translate', ['-q', '-ot', 'Byte', '-a_nodata', 'none', raw, join(here, 'other.tif')])
    const zip = join(here, 'landslide-masks.zip')
    writeFileSync(zip, zipSync({ 'valley_mask.tif': readFileSync(join(folder, 'valley_mask.tif')) }))
    const out = place()
    const { code, outLines } = await run(join(here, 'other.tif'), zip, '--out', out)
    expect(code).toBe(0)
    expect(outLines.join('\n')).toContain('255 is taken as landslide')
    expect(
      readdirSync(out)
        .filter(name => !name.startsWith('.'))
        .sort(),
    ).toEqual(['other_landslides.gpkg', 'valley_landslides.gpkg'])
    await expect(run(join(here, 'other.tif'), '--out', out)).rejects.toThrow('--force')
    execFileSync('gdal_merge.py', [
      '-q',
      '-separate',
      '-o',
      join(here, 'image.tif'),
      join(here, 'other.tif'),
      join(here, 'other.tif'),
    ])
    const refused = await run(join(here, 'image.tif'), '--out', place())
    expect(refused.code).toBe(1)
    expect(refused.notes.join('\n')).toContain('has 2 bands')
  })

  test('refuses slopes without elevation and folders without masks', async () => {
    const out = place()
    await expect(run(folder, '--slope', 'x.tif', '--out', out)).rejects.toThrow('--dem')
    const empty = mkdtempSync(join(tmpdir(), 'scarp-vectors-'))
    await expect(run(empty, '--out', out)).rejects.toThrow('There is no mask among these files')
    expect(existsSync(out)).toBe(false)
  })
})
