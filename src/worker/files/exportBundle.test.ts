import { decode } from 'fast-png'
import { unzipSync } from 'fflate'
import { beforeAll, expect, test } from 'vitest'
import { auditFixture } from '../../core/export/evidence.testing'
import { AppError } from '../../core/foundation/appError'
import type { Progress } from '../../core/foundation/job'
import { EXACT } from '../../core/inventory/inventory'
import type { ProjectReader } from '../../core/project/projectReader'
import {
  ids,
  judged,
  memoryScratch,
  projectOf,
  type TestScene,
  testScene,
} from '../../core/results/sceneProject.testing'
import { auditOfSetAside } from '../../core/review/auditLog'
import type { PointAuditRecord } from '../../core/review/pointAudit'
import { emptySums } from '../../core/scenes/boxSums'
import { exportBundle } from './exportBundle'

let scene: TestScene
beforeAll(async () => {
  scene = await testScene('one')
})

const LOG = auditOfSetAside(new Date('2024-05-01T08:00:00Z'), 0.5, 'for the test')

/** A project of the scene, one cell judged, with an audit, in one colour. */
function project(audits: PointAuditRecord[]): ProjectReader {
  const known = { ...scene, record: { ...scene.record, synthetic: ['B10'] } }
  const { store } = projectOf([known], [judged(scene.cells[0]!.id, 'accepted')])
  return {
    ...store,
    auditLog: async () => [LOG],
    pointAudits: async () => audits,
    async readPixelWindow(id, window, bands = []) {
      if (bands.length === 2) return store.readPixelWindow(id, window, bands)
      const { width, height } = scene.cells.find(cell => cell.id === id)!
      const data = new Float32Array(bands.length * width * height)
      for (const [i, band] of bands.entries()) {
        for (let pixel = 0; pixel < width * height; pixel++) {
          data[i * width * height + pixel] = band * 100 + (pixel % width)
        }
      }
      return { data, valid: null }
    },
    readReduced: async (_, window, bands) =>
      bands.map(band => {
        const sums = emptySums(window, 8)
        sums.sum.forEach((_, i) => {
          sums.sum[i] = 64 * (band * 100 + (i % sums.width))
        })
        sums.count.fill(64)
        return sums
      }),
  }
}

function auditOf(patchId: string): PointAuditRecord {
  const record = auditFixture()
  return {
    ...record,
    points: record.points.map(point => ({ ...point, patchId, column: point.number, row: 3 })),
  }
}

async function exported(store: ProjectReader) {
  const scratch = memoryScratch()
  const progress: Progress[] = []
  const request = {
    patchIds: ids(scene),
    threshold: 0.7,
    mosaics: 'event' as const,
    options: EXACT,
    title: 'My <event>',
  }
  const readManifest = async () => {
    throw new AppError('model-invalid', 'It is gone.')
  }
  const context = { onProgress: (one: Progress) => void progress.push(one) }
  const result = await exportBundle(store, request, readManifest, context, scratch.make)
  expect(scratch.open).toEqual([])
  const files = unzipSync(new Uint8Array(await result.blob.arrayBuffer()))
  return { ...result, files, progress, text: (name: string) => new TextDecoder().decode(files[name]) }
}

test('has what the project knows of the masks: rasters, journal, audit, networks, picture', async () => {
  const { files, text, fileName, notes, progress } = await exported(project([auditOf(scene.cells[0]!.id)]))
  expect(fileName).toBe('My -event--evidence.zip')
  const names = Object.keys(files)
  expect(names.filter(name => name.endsWith('.tif'))).toEqual([
    'rasters/scene one_mask.tif',
    'rasters/scene one_prob.tif',
    'rasters/scene one_disagreement.tif',
  ])
  for (const name of [
    'inventory.gpkg',
    'accuracy.csv',
    'audits.json',
    'report.html',
    'item.json',
    'SHA256SUMS',
  ])
    expect(names).toContain(name)
  expect(JSON.parse(text('journal.jsonl'))).toMatchObject({ kind: 'set-aside', detail: 'for the test' })
  expect(text('accuracy.csv')).toContain('points landslide: landslide,13')
  expect(JSON.parse(text('models.json'))).toMatchObject({ models: [{ licence: null }, { licence: null }] })
  const report = text('report.html')
  expect(report).toContain('My &#60;event&#62;')
  expect(report).toContain(`An analyst judged 1 of ${scene.cells.length} masks.`)
  expect(report).toContain('on the image that was mapped')
  expect(report).toContain(`${scene.record.name} has no B10`)
  const png = /data:image\/png;base64,([^"]+)/.exec(report)![1]!
  const picture = decode(Buffer.from(png, 'base64'), { checkCrc: true })
  expect(picture.width / picture.height).toBeCloseTo(
    scene.record.window.width / scene.record.window.height,
    1,
  )
  expect(notes).toContain('Accuracy from 34 audited points.')
  const shares = progress.map(({ done, total }) => done / total)
  expect(shares).toEqual([...shares].sort((a, b) => a - b))
  expect(shares.at(-1)).toBeCloseTo(1)
})

test('without an audit it says so, in the notes and in the report', async () => {
  const { files, text, notes } = await exported(project([]))
  expect(Object.keys(files)).not.toContain('accuracy.csv')
  expect(notes.join(' ')).toContain('Not audited')
  expect(text('report.html')).toContain('Not audited.')
})

test('refuses patches without a mask', async () => {
  const store = { ...project([]), patches: async () => [] }
  await expect(exported(store)).rejects.toMatchObject({ code: 'export-failed' })
})
