import { execFileSync } from 'node:child_process'
import { unzipSync } from 'fflate'
import { beforeAll, describe, expect, test } from 'vitest'
import { gdalPixels, hasTool, temporaryFile } from '../../core/export/gdal.testing'
import type { Progress } from '../../core/foundation/job'
import { EXACT } from '../../core/inventory/inventory'
import { labelComponents } from '../../core/masks/components'
import { maskFromProbability } from '../../core/masks/probability'
import {
  ids,
  judged,
  memoryScratch,
  projectOf,
  type TestScene,
  testScene,
} from '../../core/results/sceneProject.testing'
import { patchRecordFixture } from '../../core/review/records.testing'
import { countProject, exportInventory } from './exportInventory'

/** Above it the scene is not one landslide. */
const THRESHOLD = 0.7

const REQUEST = { threshold: THRESHOLD, mosaics: 'event', formats: ['gpkg'], options: EXACT } as const

type Request = Parameters<typeof exportInventory>[1]

let scene: TestScene
let mask: Uint8Array
beforeAll(async () => {
  scene = await testScene('one')
  mask = maskFromProbability(scene.probability, THRESHOLD, null)
})

async function exported(store: Parameters<typeof exportInventory>[0], request: Partial<Request>) {
  const scratch = memoryScratch()
  const progress: Progress[] = []
  const context = { onProgress: (one: Progress) => void progress.push(one) }
  const whole = { ...REQUEST, patchIds: ids(scene), ...request } as Request
  const result = await exportInventory(store, whole, context, scratch.make)
  expect(scratch.open).toEqual([])
  const bytes = new Uint8Array(await result.blob.arrayBuffer())
  const files = result.fileName.endsWith('.zip') ? unzipSync(bytes) : { [result.fileName]: bytes }
  return { ...result, files, progress }
}

interface Found {
  properties: Record<string, string | number | null>
}

function features(path: string, layer: string): Found[] {
  const out = execFileSync('ogr2ogr', ['-f', 'GeoJSON', '/vsistdout/', path, layer], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  return (JSON.parse(out) as { features: Found[] }).features
}

describe.skipIf(!hasTool('ogrinfo', '--version'))('the inventory of a scene of cells', () => {
  test('has one polygon for a landslide on several cells, and is the mask when it is burnt', async () => {
    const { store, read } = projectOf(
      [scene],
      [judged(scene.cells[0]!.id, 'accepted')],
      new Map([[scene.cells[0]!.id, cellMask(0)]]),
    )
    const { fileName, files, notes, progress } = await exported(store, {})
    expect(fileName).toBe('scene one_landslides.gpkg')
    const path = temporaryFile('landslides.gpkg', files[fileName]!)
    const landslides = features(path, 'landslides')
    const { count, areas } = labelComponents(mask, 700, 530)
    expect(landslides).toHaveLength(count)
    expect(landslides.map(({ properties }) => properties.area_m2)).toEqual(
      Array.from(areas.subarray(0, count), area => area * 100),
    )
    expect(notes[0]).toContain(`${count} landslides, `)
    expect(notes).toContain('scene one: 4 of 4 cells, 100 % of the area.')
    expect(notes).toContain('Masks: 1 accepted; 3 predicted, not reviewed.')
    // One on a judged and a predicted cell says so.
    const verdicts = new Set(landslides.map(({ properties }) => properties.verdict))
    expect(verdicts).toContain(null)
    expect([...verdicts].some(verdict => String(verdict).includes('accepted; predicted'))).toBe(true)
    expect(landslides[0]!.properties).toMatchObject({
      models: 'a; b',
      dem_source: 'dem.tif',
      date_min: '2020-07-04T09:50:29Z',
    })
    expect(landslides[0]!.properties.slope_mean_deg).toBeGreaterThan(0)
    const burnt = `${path}.tif`
    execFileSync('gdal_rasterize', [
      ...['-q', '-burn', '1', '-l', 'landslides', '-ot', 'Byte', '-tr', '10', '10'],
      ...['-te', '466180', '5074450', '473180', '5079750', path, burnt],
    ])
    expect(
      Buffer.compare(
        gdalPixels(burnt),
        mask.map(value => (value === 1 ? 1 : 0)),
      ),
    ).toBe(0)
    // Each plane once in the pass over all planes, and masks once more for what was not analysed.
    const times = (what: string) => read.filter(one => one === what).length
    for (const id of ids(scene)) {
      expect(times(`${id} ground`)).toBe(1)
      expect(times(`${id} a`)).toBe(1)
    }
    expect(progress.at(-1)).toMatchObject({ done: 2 * 530, total: 2 * 530 })
    const done = progress.map(one => one.done)
    expect(done).toEqual([...done].sort((a, b) => a - b))
  })

  test('leaves in several formats after one pass over the pixels', async () => {
    const { store, read } = projectOf([scene], [])
    const { fileName, files } = await exported(store, { formats: ['csv', 'fgb', 'geojson', 'gpkg'] })
    expect(fileName).toBe('scene one_landslides.zip')
    const names = ['gpkg', 'geojson', 'fgb', 'csv'].map(format => `scene one_landslides.${format}`)
    expect(Object.keys(files)).toEqual(names)
    expect(read.filter(one => one.endsWith('ground'))).toHaveLength(4)
    const { count } = labelComponents(mask, 700, 530)
    for (const name of names) {
      const info = execFileSync('ogrinfo', ['-so', '-al', temporaryFile(name, files[name]!)], {
        encoding: 'utf8',
      })
      expect(info).toContain(`Feature Count: ${count}`)
    }
  })
})

test('counts before an export what it then says', async () => {
  const { store, read } = projectOf([scene], [])
  const { count, areas } = labelComponents(mask, 700, 530)
  const median = areas.slice(0, count).sort()[Math.floor(count / 2)]!
  const options = { ...EXACT, minimumArea: 100 * median }
  const request = { ...REQUEST, patchIds: ids(scene), options }
  const counts = await countProject(store, request, new AbortController().signal)
  expect(counts.leftOut).toBeGreaterThan(0)
  // Of the ensemble alone.
  expect(read).toEqual(ids(scene).map(id => `${id} ensemble`))
  const { notes } = await exported(store, { formats: ['geojson'], options })
  expect(notes[0]).toContain(`${counts.landslides} landslide`)
  expect(notes[1]).toContain(`${counts.leftOut} landslide`)
})

test('that is cancelled leaves nothing, and says so', async () => {
  const { store } = projectOf([scene], [])
  for (const formats of [['gpkg'], ['geojson', 'gpkg']] as const) {
    const controller = new AbortController()
    const scratch = memoryScratch()
    const context = { signal: controller.signal, onProgress: () => controller.abort() }
    const request = { ...REQUEST, formats: [...formats], patchIds: ids(scene) }
    await expect(exportInventory(store, request, context, scratch.make)).rejects.toMatchObject({
      code: 'aborted',
    })
    expect(scratch.open).toEqual([])
  }
})

test('says which patches have no mask, and refuses where none has', async () => {
  const common = { hasLabel: false, domain: 'target' as const }
  const with_ = patchRecordFixture({ ...common, id: 'p', name: 'image_7', predictedBy: ['a'] })
  const without = patchRecordFixture({ ...common, id: 'q', name: 'image_8' })
  const { store } = projectOf([], [], new Map(), [with_, without])
  const { fileName, notes } = await exported(store, { patchIds: ['p', 'q'] })
  expect(fileName).toBe('image_7_landslides.gpkg')
  expect(notes).toContain('Left out, since the ensemble was not run on them: image_8.')
  await expect(exported(store, { patchIds: ['q'] })).rejects.toMatchObject({ code: 'export-failed' })
})

function cellMask(index: number): Uint8Array {
  const { width, height, cell } = scene.cells[index]!
  const { column, row } = cell!.window
  return Uint8Array.from({ length: width * height }, (_, i) => {
    const x = column - 100 + (i % width)
    const y = row - 50 + Math.floor(i / width)
    return mask[y * 700 + x]!
  })
}
