import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { unzipSync } from 'fflate'
import { expect, test } from 'vitest'
import { AppError } from '../foundation/appError'
import type { InventoryRaster } from '../inventory/inventory'
import { accuracyOf } from '../review/auditAccuracy'
import { auditFixture, evidenceEvent, FACTS } from './evidence.testing'
import { type BundleFile, type BundleRequest, evidenceBundle, rasterFile } from './evidenceBundle'
import { gdalInfo, hasTool } from './gdal.testing'
import { writeMaskGeotiff } from './resultGeotiffs'
import { zipFiles } from './zipFiles'

const SIZE = 96

async function* rasterFiles(raster: InventoryRaster): AsyncGenerator<BundleFile> {
  const { width, height, georeference, name } = raster
  const { mask } = await raster.rows(0, height)
  const bytes = await writeMaskGeotiff({ mask, width, height, georeference, name, metadata: {} })
  async function* inPieces() {
    for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000)
  }
  yield rasterFile({ name: `${name}_mask.tif`, bytes: inPieces() }, [raster])
}

function requestOf(changes: Partial<BundleRequest> = {}): BundleRequest {
  const { raster, look } = evidenceEvent(SIZE)
  const record = auditFixture()
  const classAt = (point: { stratum: string }) => (point.stratum === 'landslide' ? 1 : 0)
  const accuracy = accuracyOf(record, { classAt, mappedArea: 230_000 })
  return {
    facts: { ...FACTS, audits: [{ record, accuracy }] },
    rasters: [raster],
    rasterFiles: rasterFiles(raster),
    journal: '{"at":"2024-05-01T09:00:00.000Z","kind":"verdict"}\n',
    audits: [
      {
        record,
        classAt,
        placeOf: ({ column, row }) => ({ georeference: raster.georeference, column, row }),
      },
    ],
    async *looks() {
      yield look
    },
    ...changes,
  }
}

async function unpacked(request: BundleRequest) {
  const zip = await zipFiles(evidenceBundle(request))
  const files = unzipSync(new Uint8Array(await zip.arrayBuffer()))
  const text = (name: string) => new TextDecoder().decode(files[name])
  return { files, text }
}

/** Made once: most of a test's time goes into the event. */
let made: ReturnType<typeof unpacked> | null = null
function whole() {
  made ??= unpacked(requestOf())
  return made
}

function written(files: Record<string, Uint8Array>): string {
  const folder = mkdtempSync(join(tmpdir(), 'scarp-bundle-'))
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), bytes)
  }
  return folder
}

test('holds everything, and the checksums and sizes of all in the item and in SHA256SUMS', async () => {
  const { files, text } = await whole()
  expect(Object.keys(files)).toEqual([
    'rasters/event_mask.tif',
    'rasters/event_mask.qml',
    'inventory.gpkg',
    'accuracy.csv',
    'audits.json',
    'journal.jsonl',
    'models.json',
    'report.html',
    'item.json',
    'SHA256SUMS',
  ])
  const sums = Object.entries(files)
    .filter(([name]) => name !== 'SHA256SUMS')
    .map(([name, bytes]) => `${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`)
  expect(text('SHA256SUMS')).toBe(sums.join(''))
  const item = JSON.parse(text('item.json')) as { assets: Record<string, Record<string, unknown>> }
  expect(Object.keys(item.assets)).toHaveLength(8)
  for (const { href, ...asset } of Object.values(item.assets)) {
    const bytes = files[String(href).slice(2)]!
    expect(asset['file:size']).toBe(bytes.length)
    expect(asset['file:checksum']).toBe(`1220${createHash('sha256').update(bytes).digest('hex')}`)
  }
})

test('the report, the item and the table agree with the polygons and the audit', async () => {
  const { text } = await whole()
  const item = JSON.parse(text('item.json')) as {
    bbox: number[]
    properties: Record<string, unknown> & { 'label:overviews': { counts: { count: number }[] }[] }
  }
  const count = item.properties['label:overviews'][0]!.counts.reduce((sum, one) => sum + one.count, 0)
  expect(count).toBeGreaterThan(0)
  expect(text('report.html')).toContain(`<dt>Landslides</dt><dd>${count}</dd>`)
  expect(item.properties.start_datetime).toBe('2020-07-04T09:50:29Z')
  const [west, south, east, north] = item.bbox
  expect(west).toBeCloseTo(13.8457, 3)
  expect(north).toBeCloseTo(46.858, 2)
  expect(east! - west!).toBeCloseTo(0.0126, 3)
  expect(north! - south!).toBeCloseTo(0.0087, 3)
  expect(text('accuracy.csv')).toContain('Audit 1,Grace,points landslide: landslide,13,,points\r\n')
})

test('the same request gives the same bytes', async () => {
  const [first, second] = [await whole(), await unpacked(requestOf())]
  expect(second.text('SHA256SUMS')).toBe(first.text('SHA256SUMS'))
})

test('says what is missing: no audit, no journal, no networks, no coordinate system', async () => {
  const { raster } = evidenceEvent(SIZE, { georeference: null })
  const { files, text } = await unpacked(
    requestOf({
      facts: { ...FACTS, models: [], options: { minimumArea: 0, fillHoles: 0, simplify: 0 } },
      rasters: [raster],
      rasterFiles: rasterFiles(raster),
      journal: null,
      audits: [],
    }),
  )
  expect(Object.keys(files)).toEqual([
    'rasters/event_mask.tif',
    'rasters/event_mask.qml',
    'inventory.gpkg',
    'report.html',
    'item.json',
    'SHA256SUMS',
  ])
  expect(text('report.html')).toContain('<strong>Not audited.</strong>')
  expect(text('report.html')).toContain('No image has a coordinate system')
  expect(JSON.parse(text('item.json'))).toMatchObject({ geometry: null })
})

test('a stranger’s title is neither a path nor markup', async () => {
  const title = '../../<script>alert(1)</script>'
  const { files, text } = await unpacked(requestOf({ facts: { ...FACTS, title } }))
  for (const name of Object.keys(files)) expect(name).toMatch(/^[\w./-]+$/)
  expect(text('report.html')).not.toContain('<script')
  expect(JSON.parse(text('item.json'))).toMatchObject({ id: expect.stringMatching(/^[\w-]+$/) })
})

test('stops when it is cancelled, with the reason', async () => {
  const cancel = new AbortController()
  const request = requestOf()
  const bundle = evidenceBundle(request, {
    signal: cancel.signal,
    onProgress: () => cancel.abort(),
  })
  await expect(zipFiles(bundle)).rejects.toThrow(new AppError('aborted', 'Cancelled.'))
})

test.skipIf(!hasTool('sha256sum', '--version'))('sha256sum -c finds every file as it was', async () => {
  const folder = written((await whole()).files)
  const said = execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: folder, encoding: 'utf8' })
  expect(said.trim().split('\n')).toHaveLength(9)
  expect(said).not.toContain('FAILED')
  writeFileSync(join(folder, 'accuracy.csv'), 'changed')
  expect(() => execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: folder, stdio: 'pipe' })).toThrow()
})

test.skipIf(!hasTool('ogrinfo', '--version'))('GDAL opens the mask and all six layers', async () => {
  const folder = written((await whole()).files)
  expect(gdalInfo(join(folder, 'rasters/event_mask.tif')).size).toEqual([SIZE, SIZE])
  const layers = execFileSync('ogrinfo', ['-q', join(folder, 'inventory.gpkg')], { encoding: 'utf8' })
  for (const name of [
    'landslides',
    'source',
    'area_of_interest',
    'footprint',
    'not_analysed',
    'audit_points',
  ]) {
    expect(layers).toContain(`: ${name} (`)
  }
  const item = JSON.parse(readFileSync(join(folder, 'item.json'), 'utf8')) as {
    properties: { 'label:overviews': { counts: { count: number }[] }[] }
  }
  const count = item.properties['label:overviews'][0]!.counts.reduce((sum, one) => sum + one.count, 0)
  const summary = execFileSync('ogrinfo', ['-so', join(folder, 'inventory.gpkg'), 'landslides'], {
    encoding: 'utf8',
  })
  expect(summary).toContain(`Feature Count: ${count}`)
})
