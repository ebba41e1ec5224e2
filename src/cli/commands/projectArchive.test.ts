import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import { expect, test } from 'vitest'
import { hasTool } from '../../core/export/gdal.testing'
import { writeMaskGeotiff } from '../../core/export/resultGeotiffs'
import { stacValidator } from '../../core/export/stacSchema.testing'
import { archiveBytes, savedFiles, savedRecords } from '../../core/project/archives.testing'
import { recordingIo, runCommand } from '../commandIo.testing'
import { bundleCommand } from './bundle'
import { exportCommand } from './export'

type Row = Record<string, string | number | null>

async function place(bytes?: Uint8Array): Promise<{ folder: string; archive: string; out: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'scarp-archive-'))
  const archive = join(folder, 'Kaikoura.scarp.zip')
  writeFileSync(archive, bytes ?? (await archiveBytes()))
  return { folder, archive, out: join(folder, 'out') }
}

async function run(command: typeof exportCommand, ...argv: string[]) {
  const { io, outLines, notes } = recordingIo()
  return { code: await runCommand(command, argv, io), text: outLines.join('\n'), notes }
}

function rows(path: string, layer: string): Row[] {
  const out = execFileSync('ogr2ogr', ['-f', 'GeoJSON', '/vsistdout/', path, layer], { encoding: 'utf8' })
  return (JSON.parse(out) as { features: { properties: Row }[] }).features.map(({ properties }) => properties)
}

const withGdal = test.skipIf(!hasTool('ogrinfo', '--version'))

withGdal('a project archive gives one inventory with verdict, reviewer, round and audit points', async () => {
  const { archive, out } = await place()
  const states = 'corrected,predicted'
  const { code, text } = await run(exportCommand, archive, '--states', states, '--out', out)
  expect(code).toBe(0)
  expect(text).toContain('S2A_T33TWM: S2A_T33TWM_landslides.gpkg')
  const path = join(out, 'S2A_T33TWM_landslides.gpkg')
  // The first cell's mask with its stroke, and the second cell's first column at the project's threshold.
  const [only, ...others] = rows(path, 'landslides')
  expect(others).toEqual([])
  expect(only).toMatchObject({
    pixels: 6,
    area_m2: 600,
    verdict: 'corrected; predicted',
    reviewer: 'Ann',
    round: '1',
    models: 'a; b',
    src_id: 'S2A_T33TWM',
    dem_source: 'dem.tif',
    slope_mean_deg: 10,
  })
  expect(rows(path, 'audit_points')).toMatchObject([
    { audit: 'First audit', number: 1, map_class: 'not-landslide', answer: 'not-landslide' },
    { number: 2, map_class: 'landslide', answer: 'landslide' },
    { number: 3, map_class: 'not-landslide', answer: null },
  ])
  expect(rows(path, 'area_of_interest')).toHaveLength(1)
})

withGdal('only masks that an analyst answers for leave unless others are asked for', async () => {
  const { archive, out } = await place()
  const { text } = await run(exportCommand, archive, '--out', out)
  expect(text).toContain('Left out of Kaikoura: 1 predicted, not reviewed. --states takes them, too.')
  expect(rows(join(out, 'S2A_T33TWM_landslides.gpkg'), 'landslides')).toMatchObject([
    { pixels: 4, verdict: 'corrected' },
  ])
  await expect(run(exportCommand, archive, '--states', 'rejected', '--out', `${out}2`)).rejects.toThrow(
    'is rejected. It has 1 corrected; 1 predicted, not reviewed: choose them with --states.',
  )
  await expect(run(exportCommand, archive, '--states', 'nice', '--out', `${out}2`)).rejects.toThrow(
    '--states',
  )
})

withGdal('an archive beside a mask is an inventory of its own, or one with it', async () => {
  const { folder, archive, out } = await place()
  const mask = join(folder, 'hill_mask.tif')
  const georeference = { crs: 'EPSG:32633', transform: [600_000, 10, 0, 5e6, 0, -10] as const, geoKeys: null }
  const pixels = { mask: Uint8Array.of(0, 1, 1, 0), width: 2, height: 2 }
  writeFileSync(mask, await writeMaskGeotiff({ ...pixels, georeference, metadata: {}, name: 'hill' }))
  const apart = await run(exportCommand, archive, mask, '--out', out, '--json')
  const { inventories } = JSON.parse(apart.text)
  expect(inventories.map(({ name }: Row) => name)).toEqual(['S2A_T33TWM', 'hill'])
  await run(exportCommand, archive, mask, '--merge', '--out', `${out}2`)
  expect(rows(join(`${out}2`, 'event_landslides.gpkg'), 'landslides').map(({ id }) => id)).toEqual([
    'S2A_T33TWM-1',
    'hill-1',
  ])
  await expect(run(bundleCommand, archive, mask, '--out', join(folder, 'a.zip'))).rejects.toThrow(
    'give it alone',
  )
})

test("a bundle of an archive has the project's audits, accuracy, journal and rounds", async () => {
  const { folder, archive } = await place()
  const path = join(folder, 'evidence.zip')
  const { code, text } = await run(bundleCommand, archive, '--states', 'corrected,predicted', '--out', path)
  expect(code).toBe(0)
  expect(text).toContain('Accuracy from 2 audited points.')
  const files = unzipSync(new Uint8Array(readFileSync(path)))
  const textOf = (name: string) => new TextDecoder().decode(files[name])
  expect(Object.keys(files)).toEqual([
    ...['mask.tif', 'mask.qml', 'prob.tif', 'prob.qml', 'disagreement.tif', 'disagreement.qml'].map(
      name => `rasters/S2A_T33TWM_${name}`,
    ),
    ...['inventory.gpkg', 'accuracy.csv', 'audits.json', 'journal.jsonl', 'models.json'],
    ...['report.html', 'item.json', 'SHA256SUMS'],
  ])
  expect(JSON.parse(textOf('audits.json'))).toEqual(savedRecords().pointAudits)
  expect(JSON.parse(textOf('journal.jsonl'))).toMatchObject({ reviewer: 'Ann', verdict: 'corrected' })
  expect(JSON.parse(textOf('models.json'))).toMatchObject({ models: [{ id: 'a' }, { id: 'b' }] })
  expect(textOf('report.html')).toContain('<h1>Kaikoura</h1>')
  const validate = stacValidator()
  validate(JSON.parse(textOf('item.json')))
  expect(validate.errors).toBeNull()
})

test('an archive without audits gives a bundle that says so', async () => {
  const { folder, archive } = await place(await archiveBytes(savedRecords([])))
  const path = join(folder, 'evidence.zip')
  const { text } = await run(bundleCommand, archive, '--title', 'B', '--out', path)
  expect(text).toContain('Not audited')
  expect(Object.keys(unzipSync(new Uint8Array(readFileSync(path))))).not.toContain('audits.json')
})

test('an archive that is damaged, of a later version, or without masks is refused, and leaves nothing', async () => {
  const records = savedRecords()
  const spoilt = await place(
    await archiveBytes(records, savedFiles(records), members => {
      for (const name of Object.keys(members)) {
        if (name.endsWith('/ensemble')) members[name] = members[name]!.map(() => 255)
      }
    }),
  )
  const bundle = join(spoilt.folder, 'a.zip')
  const states = ['--states', 'corrected,predicted']
  await expect(run(bundleCommand, spoilt.archive, ...states, '--out', bundle)).rejects.toMatchObject({
    code: 'file-malformed',
  })
  expect(existsSync(bundle)).toBe(false)
  const later = await place(
    await archiveBytes(records, savedFiles(records), members => {
      const manifest = JSON.parse(new TextDecoder().decode(members['scarp-project.json']))
      members['scarp-project.json'] = new TextEncoder().encode(JSON.stringify({ ...manifest, version: 99 }))
    }),
  )
  await expect(run(exportCommand, later.archive, '--out', later.out)).rejects.toThrow(
    'newer version of Scarp',
  )
  const bare = {
    ...records,
    history: [],
    patches: records.patches.map(({ predictedBy: _, ...patch }) => patch),
  }
  const empty = await place(await archiveBytes(bare))
  await expect(run(exportCommand, empty.archive, '--out', empty.out)).rejects.toThrow('has no mask yet')
  expect(existsSync(later.out) || existsSync(empty.out)).toBe(false)
})

const EARLIER = join(import.meta.dirname, '../../storage/archive')

withGdal.each(['firstVersion', 'earlierVersion'])('an archive of an older schema: %s', async name => {
  const { out } = await place()
  const states = 'accepted,corrected,label-corrected,painted,predicted,rejected,unsure'
  const archive = join(EARLIER, `${name}.scarp.zip`)
  const { code, text } = await run(exportCommand, archive, '--states', states, '--out', out, '--json')
  expect(code).toBe(0)
  const [{ files }] = JSON.parse(text).inventories
  expect(rows(join(out, files[0]), 'landslides').length).toBeGreaterThan(0)
})
