import { fromArrayBuffer } from 'geotiff'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PacedProgress } from '../core/foundation/job'
import type { PatchRecord } from '../core/review/records'
import { patchRecordFixture, strokeFixture } from '../core/review/records.testing'
import { cutScene } from '../core/scenes/cells'
import { openProjectStore } from '../storage/openProjectStore'
import type { ProjectStore } from '../storage/projectStore'
import { createFilesClient } from './client'
import { patchFile } from './patchFile.testing'
import type { FilesApi, FilesClient, ImportEvent } from './protocol'
import { callApi } from './rpc/callApi'
import type { CallOptions } from './rpc/messages'
import type { SpinningChannel } from './spinningDecoder.testing'

let store: ProjectStore
let client: FilesClient

beforeAll(async () => {
  store = await openProjectStore()
  await store.clear()
  client = createFilesClient()
})

afterAll(async () => {
  client.terminate()
  await store.clear()
})

/** The events of a call, one list a kind. */
async function importing<Method extends 'import' | 'openDemo'>(
  method: Method,
  request: FilesApi[Method]['request'],
) {
  const events: ImportEvent[] = []
  const call = client.call as (
    name: Method,
    asked: typeof request,
    options: { onEvent(event: ImportEvent): void },
  ) => Promise<{ added: PatchRecord[] }>
  const { added } = await call(method, request, { onEvent: event => events.push(event) })
  const heard = <Kind extends ImportEvent['kind']>(kind: Kind) =>
    events.filter((event): event is Extract<ImportEvent, { kind: Kind }> => event.kind === kind)
  expect(heard('added').map(({ patchId, path }) => [patchId, path])).toEqual(
    added.map(({ id, path }) => [id, path]),
  )
  return {
    added,
    events: heard('added'),
    remarks: [...heard('remark'), ...heard('left-out')],
    refused: heard('refused'),
  }
}

const DEMO = { seed: 7, size: 32, sourceCount: 5, targetCount: 2 }

test('the demo is made once, with a held-out patch and progress', async () => {
  const progress: PacedProgress[] = []
  const report = await client.call('openDemo', DEMO, { onProgress: paced => progress.push(paced) })
  expect(report.added.map(patch => patch.domain)).toEqual([
    ...new Array(5).fill('source'),
    ...new Array(2).fill('target'),
  ])
  expect(await store.patches()).toEqual(report.added)
  expect(report.added.filter(patch => patch.heldOut).length).toBe(1)
  expect(report.added.filter(patch => patch.domain === 'target').some(patch => patch.hasLabel)).toBe(false)
  expect(progress.at(-1)).toMatchObject({ done: 7, total: 7 })
  const again = await importing('openDemo', DEMO)
  expect(again.added).toEqual([])
  expect(again.remarks).toHaveLength(7)
  expect(await store.patches()).toHaveLength(7)
})

test('every layer and a thumbnail come as pictures', async () => {
  const patchId = (await store.patches())[0]!.id
  for (const layer of ['true-colour', 'false-colour', 'swir', 'hillshade', 'slope', 'elevation'] as const) {
    const { width, height, rgba, range } = await client.call('render', { patchId, layer })
    expect([width, height, rgba.length]).toEqual([32, 32, 32 * 32 * 4])
    expect(new Set(rgba).size).toBeGreaterThan(8)
    expect(range.length).toBeGreaterThan(0)
  }
  const small = await client.call('thumbnail', { patchId, size: 16 })
  expect(Math.max(small.width, small.height)).toBe(16)
  await expect(client.call('thumbnail', { patchId: 'none', size: 16 })).rejects.toMatchObject({
    code: 'bad-argument',
  })
})

test('files are taken, refused with a reason, and imported twice only once', async () => {
  const files = [
    { path: 'img/image_101.h5', file: await patchFile('img', 101) },
    { path: 'mask/mask_101.h5', file: await patchFile('mask', 101) },
    { path: 'img/image_102.h5', file: await patchFile('img', 102) },
    { path: 'img/image_103.h5', file: new Blob(['not a raster']) },
  ]
  const report = await importing('import', { files, domain: 'auto' })
  expect(report.added.map(({ path, name, domain, hasLabel }) => [path, name, domain, hasLabel])).toEqual([
    ['img/image_101.h5', 'image_101', 'source', true],
    ['img/image_102.h5', 'image_102', 'target', false],
  ])
  // What was remarked on a file stays with its patch: here, how its scale was told.
  for (const [index, { problems }] of report.added.entries()) {
    expect(problems.length).toBeGreaterThan(0)
    expect(problems).toEqual(report.events[index]!.remarks)
  }
  expect(report.refused.map(({ path }) => path)).toEqual(['img/image_103.h5'])
  // The files worker, and the one in which it decodes.
  expect(await runningWorkers()).toHaveLength(2)
  const [first] = report.added
  const pixels = await store.readPixels(first!.id)
  expect(pixels.label!.some(value => value === 1)).toBe(true)
  const again = await importing('import', { files: files.slice(0, 3), domain: 'auto' })
  expect(again.added).toEqual([])
  expect(again.remarks.filter(({ message }) => message.includes('already in the project'))).toHaveLength(2)
})

/** Each worker holds one while it lives: so many run, those within workers too. */
async function runningWorkers(): Promise<string[]> {
  const { held = [] } = await navigator.locks.query()
  return held.flatMap(({ name }) => (name?.startsWith('worker:') ? [name] : []))
}

describe('a file that no decoder answers for', () => {
  let spinning: FilesClient
  const files = async (path: string, number: number) => [
    { path, file: await patchFile('img', number) },
    { path: `img/image_${number + 1}.h5`, file: await patchFile('img', number + 1) },
  ]
  /** Imports a file that the decoder never comes back from, and waits until it is there. */
  async function stuck(number: number, options: CallOptions<ImportEvent> = {}) {
    const channel = new BroadcastChannel('spinning' satisfies SpinningChannel)
    const spins = new Promise(resolve => channel.addEventListener('message', resolve, { once: true }))
    const request = { files: await files('img/endless_1.h5', number), domain: 'target' as const }
    const outcome = spinning.call('import', request, options).catch((thrown: unknown) => thrown)
    await spins
    channel.close()
    return { outcome }
  }

  beforeAll(() => {
    spinning = callApi<FilesApi, ImportEvent>('files worker', () => {
      return new Worker(new URL('./spinningFiles.testing.ts', import.meta.url), { type: 'module' })
    })
  })
  afterAll(() => spinning.terminate())

  test('is cancelled while it spins, before its time is up', async () => {
    const abort = new AbortController()
    const events: ImportEvent[] = []
    const { outcome } = await stuck(300, { signal: abort.signal, onEvent: event => events.push(event) })
    abort.abort()
    expect(await outcome).toMatchObject({ code: 'aborted' })
    expect(events.filter(({ kind }) => kind === 'refused')).toEqual([])
  })

  test('after that is refused when its time is up, and the others of its drop open', async () => {
    const events: ImportEvent[] = []
    const request = { files: await files('img/endless_brief.h5', 320), domain: 'target' as const }
    const { added } = await spinning.call('import', request, { onEvent: event => events.push(event) })
    expect(added.map(({ name }) => name)).toEqual(['image_321'])
    expect(events).toContainEqual({
      kind: 'refused',
      path: 'img/endless_brief.h5',
      code: 'file-too-large',
      message: expect.stringContaining('took more than 0.3 s to read and was given up'),
    })
  })

  test('ends with the files worker', async () => {
    spinning.restart()
    const before = await runningWorkers()
    const { outcome } = await stuck(330)
    const both = (await runningWorkers()).filter(worker => !before.includes(worker))
    expect(both).toHaveLength(2)
    spinning.terminate()
    expect(await outcome).toMatchObject({ code: 'aborted' })
    const left = async () => (await runningWorkers()).filter(worker => both.includes(worker))
    // A browser waits for seconds before it ends a script by force.
    await expect.poll(left, { timeout: 60_000 }).toEqual([])
  })
})

test('a cancelled import leaves whole patches only, and the worker goes on', async () => {
  const before = await store.patches()
  const files = await Promise.all(
    Array.from({ length: 12 }, async (_, index) => ({
      path: `more/image_${200 + index}.h5`,
      file: await patchFile('img', 200 + index),
    })),
  )
  const abort = new AbortController()
  const call = client.call(
    'import',
    { files, domain: 'target' },
    {
      signal: abort.signal,
      onProgress: () => abort.abort(),
    },
  )
  await expect(call).rejects.toMatchObject({ code: 'aborted' })
  const after = await store.patches()
  expect(after.length).toBeLessThan(before.length + 12)
  for (const patch of after)
    expect((await store.readPixels(patch.id)).data.length).toBe(patch.width * patch.height * 14)
  const { added } = await client.call('import', { files, domain: 'target' })
  expect(after.length + added.length).toBe(before.length + 12)
})

test('masks leave as one GeoTIFF or a zip, and the notes are honest', async () => {
  const [first, second, third] = await store.patches()
  const area = first!.width * first!.height
  const request = {
    threshold: 0.5,
    includeProbability: false,
    includeDisagreement: false,
    mosaics: 'scene',
  } as const
  await expect(client.call('exportMasks', { ...request, patchIds: [first!.id] })).rejects.toMatchObject({
    code: 'export-failed',
  })

  const mask = Uint8Array.from({ length: area }, (_, index) => (index % 3 === 0 ? 1 : 0))
  await store.putHistory([strokeFixture({ patchId: first!.id })])
  await store.writeMask(first!.id, mask)
  const one = await client.call('exportMasks', { ...request, patchIds: [first!.id] })
  expect(one.fileName).toBe(`${first!.name}_mask.tif`)
  expect(one.notes.join(' ')).toContain('No CRS')
  const image = await (await fromArrayBuffer(await one.blob.arrayBuffer())).getImage()
  expect(Array.from((await image.readRasters({ interleave: true })) as Uint8Array)).toEqual(Array.from(mask))

  await store.writeProbability(second!.id, 'ensemble', new Float32Array(area).fill(0.6))
  const patchIds = [first!.id, second!.id, third!.id]
  const many = await client.call('exportMasks', { ...request, patchIds, includeProbability: true })
  expect(many.fileName).toMatch(/\.zip$/)
  expect(many.notes.join(' ')).toContain('not reviewed')
  expect(many.notes.join(' ')).toContain(`Left out, since the ensemble was not run on them: ${third!.name}`)
  expect(new TextDecoder('latin1').decode(await many.blob.arrayBuffer())).toContain(
    `${second!.name}_prob.tif`,
  )
  await expect(client.call('exportSubmission', { patchIds, threshold: 0.5 })).rejects.toMatchObject({
    code: 'shape-mismatch',
  })
})

test('cells leave as one mosaic by way of a temporary file, of which nothing stays', async () => {
  const window = { column: 0, row: 0, width: 700, height: 600 }
  const transform = [465180, 10, 0, 5080250, 0, -10] as const
  const bands = new Array(12).fill({ value: 1000 })
  const recipe = { name: 'scene', bands, resampling: 'nearest', elevation: [], slope: null } as const
  const cells = (await cutScene(window)).map(({ id, row, column, window: place }, order) =>
    patchRecordFixture({
      id,
      name: `scene ${id}`,
      order: 1000 + order,
      domain: 'target',
      hasLabel: false,
      width: place.width,
      height: place.height,
      predictedBy: ['a'],
      cell: { sceneId: 's', row, column, window: place },
    }),
  )
  await store.putScene({
    ...{ id: 's', name: 'scene', at: '2026-01-01T00:00:00Z', level: null, tile: null, sensed: null },
    recipe: { ...recipe, grid: { crs: 'EPSG:32633', transform, width: 700, height: 600 } },
    ...{ synthetic: [], window, area: null, samples: [], pieces: cells.length, complete: true },
  })
  for (const [index, cell] of cells.entries()) {
    const pixels = cell.width * cell.height
    await store.putPatch(cell, { data: new Float32Array(14 * pixels), valid: null, label: null })
    await store.writeProbability(cell.id, 'ensemble', new Float32Array(pixels).fill(index / 4 + 0.2))
  }
  const request = { threshold: 0.5, includeDisagreement: false, mosaics: 'scene' } as const
  const patchIds = cells.map(({ id }) => id)
  const { blob, fileName } = await client.call('exportMasks', {
    ...request,
    patchIds,
    includeProbability: false,
  })
  expect(fileName).toBe('scene_mask.tif')
  const image = await (await fromArrayBuffer(await blob.arrayBuffer())).getImage()
  const mask = (await image.readRasters({ interleave: true })) as Uint8Array
  expect([mask[0], mask[699], mask[599 * 700], mask[599 * 700 + 699]]).toEqual([0, 0, 1, 1])

  const abort = new AbortController()
  const cancelled = client.call(
    'exportMasks',
    { ...request, patchIds, includeProbability: true },
    { signal: abort.signal, onProgress: () => abort.abort() },
  )
  await expect(cancelled).rejects.toMatchObject({ code: 'aborted' })
  const origin = await navigator.storage.getDirectory()
  const left: string[] = []
  for await (const name of (await origin.getDirectoryHandle('scratch')).keys()) left.push(name)
  expect(left).toEqual([])
})
