import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import { expect, test } from 'vitest'
import { evidenceEvent } from '../../core/export/evidence.testing'
import { gdalInfo, hasTool } from '../../core/export/gdal.testing'
import { writeMaskGeotiff, writeProbabilityGeotiff } from '../../core/export/resultGeotiffs'
import { recordingIo, runCommand } from '../commandIo.testing'
import { bundleCommand } from './bundle'

const SIZE = 96

const WEIGHTS = 'ab12'.repeat(16)

/** What `scarp predict` leaves of an event. */
async function runFolder(metadata: Record<string, string>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'scarp-bundle-'))
  const { raster } = evidenceEvent(SIZE)
  const { mask, probability } = await raster.rows(0, SIZE)
  const { georeference, name } = raster
  const common = { width: SIZE, height: SIZE, georeference, name, metadata }
  writeFileSync(join(folder, 'event_mask.tif'), await writeMaskGeotiff({ ...common, mask }))
  writeFileSync(
    join(folder, 'event_prob.tif'),
    await writeProbabilityGeotiff({ ...common, probability: probability! }),
  )
  return folder
}

const TAGS = {
  SCARP_MASK: '3 accepted; 2 predicted, not reviewed',
  SCARP_MODELS: 'swin-r2',
  SCARP_WEIGHTS: `swin-r2=${WEIGHTS}`,
  SCARP_THRESHOLD: '0.5',
}

async function bundled(folder: string, ...options: string[]) {
  const { io, outLines } = recordingIo()
  const out = join(folder, 'out', 'event 2020.zip')
  const code = await runCommand(bundleCommand, [folder, '--out', out, ...options], io)
  const files = unzipSync(new Uint8Array(readFileSync(out)))
  return { code, files, out, outLines, text: (name: string) => new TextDecoder().decode(files[name]) }
}

test('a folder of predictions becomes one zip, the rasters as they were', async () => {
  const folder = await runFolder(TAGS)
  const { code, files, outLines, text } = await bundled(folder)
  expect(code).toBe(0)
  expect(Object.keys(files)).toEqual([
    'rasters/event_mask.tif',
    'rasters/event_mask.qml',
    'rasters/event_prob.tif',
    'rasters/event_prob.qml',
    'inventory.gpkg',
    'models.json',
    'report.html',
    'item.json',
    'SHA256SUMS',
  ])
  expect(files['rasters/event_mask.tif']).toEqual(
    new Uint8Array(readFileSync(join(folder, 'event_mask.tif'))),
  )
  expect(outLines[0]).toContain('report.html')
  expect(JSON.parse(text('models.json'))).toMatchObject({ models: [{ id: 'swin-r2', weights: WEIGHTS }] })
  const report = text('report.html')
  expect(report).toContain('<h1>event 2020</h1>')
  expect(report).toContain('An analyst judged 3 of 5 masks.')
  expect(report).toContain('Not audited.')
  expect(report).toContain(WEIGHTS)
  // Nothing of the work is left beside the zip.
  expect(readdirSync(join(folder, 'out'))).toEqual(['event 2020.zip'])
})

test("others' masks become cloud-optimised GeoTIFFs, options are said", async () => {
  const folder = await runFolder({})
  const { files, text } = await bundled(folder, '--min-area', '1000', '--title', 'A & B')
  expect(files['rasters/event_mask.tif']).not.toEqual(
    new Uint8Array(readFileSync(join(folder, 'event_mask.tif'))),
  )
  expect(text('report.html')).toMatch(/\d+ landslides? below 1,000 m² (was|were) left out/)
  expect(text('report.html')).toContain('<h1>A &#38; B</h1>')
  if (!hasTool('gdalinfo', '--version')) return
  const path = join(folder, 'mask.tif')
  writeFileSync(path, files['rasters/event_mask.tif']!)
  const info = gdalInfo(path)
  expect(info.size).toEqual([SIZE, SIZE])
  expect(info.metadata.IMAGE_STRUCTURE?.LAYOUT).toBe('COG')
})

test('a file that is there stays unless it is to be overwritten', async () => {
  const folder = await runFolder(TAGS)
  await bundled(folder)
  await expect(bundled(folder)).rejects.toThrow('is there already')
  expect((await bundled(folder, '--force')).code).toBe(0)
})

test('what holds no mask is refused, and no zip is left', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'scarp-bundle-'))
  writeFileSync(join(folder, 'notes.txt'), 'no mask')
  await expect(bundled(folder)).rejects.toMatchObject({ code: 'file-unsupported' })
  expect(existsSync(join(folder, 'out'))).toBe(false)
})

test('cancelled, nothing is left', async () => {
  const folder = await runFolder(TAGS)
  const cancel = new AbortController()
  const { io } = recordingIo(cancel.signal)
  io.progress.update = ({ label }) => {
    if (label.startsWith('Tracing')) cancel.abort()
  }
  const out = join(folder, 'out', 'a.zip')
  await expect(runCommand(bundleCommand, [folder, '--out', out], io)).rejects.toMatchObject({
    code: 'aborted',
  })
  expect(readdirSync(join(folder, 'out'))).toEqual([])
})

test.skipIf(!hasTool('sha256sum', '--version'))('the checksums hold after unpacking', async () => {
  const { out, files } = await bundled(await runFolder(TAGS))
  const folder = mkdtempSync(join(tmpdir(), 'scarp-unpacked-'))
  execFileSync('python3', ['-m', 'zipfile', '-e', out, folder])
  const said = execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: folder, encoding: 'utf8' })
  expect(said.trim().split('\n')).toHaveLength(Object.keys(files).length - 1)
})
