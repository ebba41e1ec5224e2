import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PacedProgress } from '../core/foundation/job'
import { randomStream } from '../core/foundation/random'
import { sceneFixture, scenePieceFixture } from '../core/review/records.testing'
import type { RoundConfig } from '../core/rounds/roundConfig'
import type { SceneRecord } from '../core/scenes/sceneRecord'
import { openProjectStore } from '../storage/openProjectStore'
import type { ProjectStore } from '../storage/projectStore'
import { createEngineClient, createFilesClient } from './client'
import type { EngineClient, EngineEvent } from './protocol'

/** The smallest round that trains for real: one tiny network, two steps, patches of 32 pixels. */
const ROUND: Partial<RoundConfig> = {
  families: ['segformer'],
  preset: 'tiny',
  steps: 2,
  microBatch: 1,
  accumulate: 1,
  warmupSteps: 1,
  cropSize: 32,
  evaluateEvery: 2,
  seed: 5,
}

let store: ProjectStore
let engine: EngineClient

beforeAll(async () => {
  store = await openProjectStore()
  await store.clear()
  const files = createFilesClient()
  await files.call('openDemo', { seed: 3, size: 32, sourceCount: 3, targetCount: 2 })
  files.terminate()
  engine = createEngineClient()
})

afterAll(async () => {
  engine.terminate()
  await store.clear()
})

const targets = async () => (await store.patches()).filter(patch => patch.domain === 'target')

const currentModel = async () => (await engine.call('models', {})).models.find(model => model.current)

test('without a hardware GPU it predicts on WASM, from our own origin, and can train', async () => {
  const info = await engine.call('start', { prefer: 'auto' })
  expect(info).toMatchObject({ backend: 'wasm', canTrain: true })
  expect(info.reason).toContain('WebGPU')
  const binaries = performance.getEntriesByType('resource').filter(entry => entry.name.includes('.wasm'))
  expect(binaries.every(entry => entry.name.startsWith(location.origin))).toBe(true)
})

test('there are no models before the first round where the app ships none', async () => {
  expect(await engine.call('models', {})).toEqual({ models: [], damaged: [] })
  const [target] = await targets()
  await expect(
    engine.call('predict', { patchIds: [target!.id], modelIds: ['nothing'], statistics: 'auto' }),
  ).rejects.toMatchObject({ code: 'model-invalid' })
})

test('a cancelled round ends with the step that runs, and leaves nothing', async () => {
  const abort = new AbortController()
  let steps = 0
  const call = engine.call(
    'startRound',
    { config: { ...ROUND, steps: 500 } },
    {
      signal: abort.signal,
      onEvent: event => {
        if (event.kind === 'loss' && ++steps === 3) abort.abort()
      },
    },
  )
  await expect(call).rejects.toMatchObject({ code: 'aborted' })
  // Of 500: one was running, and one more may begin before word of the cancelling comes to the worker.
  expect(steps).toBeLessThanOrEqual(5)
  expect(await store.rounds()).toEqual([])
  expect(await engine.call('models', {})).toEqual({ models: [], damaged: [] })
  for (const patch of await targets()) expect(await store.readProbability(patch.id, 'ensemble')).toBeNull()
})

test('a round trains on WebGPU, tells of its loss, and is found again by a new opening', async () => {
  const events: EngineEvent[] = []
  const progress: PacedProgress[] = []
  const record = await engine.call(
    'startRound',
    { config: ROUND },
    { onEvent: event => events.push(event), onProgress: paced => progress.push(paced) },
  )
  expect(record).toMatchObject({ index: 1, parentRoundId: null, backend: 'webgpu' })
  expect(record.networks[0]!.losses.map(([step]) => step)).toEqual([1, 2])
  expect(events.filter(event => event.kind === 'loss')).toHaveLength(2)
  expect(events.some(event => event.kind === 'held-out')).toBe(true)
  expect(record.heldOutPatchIds).toHaveLength(1)
  expect(record.sourcePatchIds).not.toContain(record.heldOutPatchIds[0])
  expect(progress.at(-1)!.done).toBe(progress.at(-1)!.total)

  const again = await openProjectStore()
  expect(await again.rounds()).toEqual([record])
  const [modelId] = record.networks.map(network => network.modelId)
  expect(Object.keys((await again.readModel(modelId!))!)).toContain('weights.safetensors')
  for (const patch of await targets()) {
    const ensemble = await again.readProbability(patch.id, 'ensemble')
    expect(ensemble!.every(p => p >= 0 && p <= 1)).toBe(true)
    expect(patch.predictedBy).toEqual([modelId])
    expect(events).toContainEqual({ kind: 'predicted', patchId: patch.id })
  }
  expect((await engine.call('models', {})).models).toMatchObject([
    { id: modelId, origin: 'round', round: 1, current: true, family: 'segformer' },
  ])
})

test('the second round starts from the first', async () => {
  const model = await currentModel()
  const record = await engine.call('startRound', { config: { ...ROUND, steps: 1, evaluateEvery: 1 } })
  expect(record).toMatchObject({ index: 2, parentRoundId: (await store.rounds())[0]!.id })
  expect(record.networks[0]!.parentModelId).toBe(model!.id)
  expect(await store.rounds()).toHaveLength(2)
})

test('a round goes on from the model that was chosen for it', async () => {
  const [first] = await store.rounds()
  const chosen = first!.networks[0]!.modelId
  const config = { ...ROUND, steps: 1, evaluateEvery: 1 }
  const record = await engine.call('startRound', { config, startFrom: { segformer: chosen } })
  expect(record.networks[0]!.parentModelId).toBe(chosen)
})

test('predicting on WASM agrees with what the round stored on WebGPU, and frees what it took', async () => {
  const model = await currentModel()
  const patches = await targets()
  const before = await Promise.all(patches.map(patch => store.readProbability(patch.id, model!.id)))
  const request = {
    patchIds: patches.map(patch => patch.id),
    modelIds: [model!.id],
    statistics: 'auto' as const,
  }
  const events: EngineEvent[] = []
  const result = await engine.call('predict', request, { onEvent: event => events.push(event) })
  expect(result.patchIds).toEqual(request.patchIds)
  expect(events[0]).toMatchObject({ kind: 'engine', info: { backend: 'wasm', canTrain: true } })
  expect(events.slice(1)).toEqual(
    request.patchIds.map(patchId => ({
      kind: 'predicted',
      patchId,
      prediction: {
        at: expect.any(String),
        roundId: expect.any(String),
        models: [{ id: model!.id, weightsHash: expect.stringMatching(/^[0-9a-f]{64}$/) }],
        rule: 'auto',
        normalisation: [expect.any(String)],
      },
      scores: { disagreement: 0, entropy: expect.any(Number), confidence: expect.any(Number) },
      maskThreshold: result.maskThreshold,
    })),
  )
  for (const [index, patch] of patches.entries()) {
    const after = await store.readProbability(patch.id, model!.id)
    const largest = Math.max(...after!.map((p, pixel) => Math.abs(p - before[index]![pixel]!)))
    expect(largest).toBeLessThan(1e-3)
  }
  const memory = await engine.call('memory', {})
  await engine.call('predict', request)
  expect(await engine.call('memory', {})).toEqual(memory)
})

test('cells of a scene are predicted by its windows, beside patches, from what is stored of them', async () => {
  const [width, height] = [300, 48]
  const area = [0, 0, width, 0, width, 40, 0, 40]
  const random = randomStream(9, 'scene')
  const statistics = { count: 100, mean: new Array(14).fill(0.2), m2: new Array(14).fill(0.1) }
  const base = sceneFixture()
  const scene: SceneRecord = {
    ...base,
    recipe: { ...base.recipe, grid: { ...base.recipe.grid, width, height } },
    window: { column: 0, row: 0, width, height },
    area: { name: 'area', polygons: [[area]] },
    samples: [{ name: 'sample', width: 128, height: 48, georeference: null, statistics }],
    pieces: 2,
  }
  await store.putScene(scene)
  const pieces = [0, 1].map(column => ({
    ...scenePieceFixture(1 + column),
    ...{ width: 150, height },
    cell: {
      sceneId: scene.id,
      row: 0,
      column,
      window: { column: 150 * column, row: 0, width: 150, height },
    },
  }))
  for (const piece of pieces) {
    const data = Float32Array.from({ length: 14 * 150 * height }, () => 0.2 + 0.05 * random.normal())
    await store.putPatch(piece, { data, valid: null, label: null })
  }
  const [west, east] = pieces.map(({ id }) => id) as [string, string]
  const model = await currentModel()
  const patch = (await targets()).find(({ cell }) => !cell)!
  const request = { modelIds: [model!.id], statistics: 'self' as const }
  const [heard, labels] = [[] as string[], [] as string[]]
  await engine.call(
    'predict',
    { ...request, patchIds: [east, patch.id, west] },
    {
      onEvent: event => event.kind === 'predicted' && heard.push(event.patchId),
      onProgress: ({ label, done, total }) => labels.push(`${label}: ${done} of ${total}`),
    },
  )
  expect(heard).toEqual([west, east, patch.id])
  // Two windows and a patch.
  expect(labels.at(-1)).toMatch(/^Predicting .*: 3 of 3$/)
  const maps = new Map<string, Float32Array>()
  for (const id of [west, east]) {
    const map = (await store.readProbability(id, model!.id))!
    maps.set(id, map)
    expect(map.every((p, i) => Number.isNaN(p) === i >= 150 * 40)).toBe(true)
    expect((await store.patch(id)).prediction!.normalisation).toHaveLength(1)
  }
  await engine.call('predict', { ...request, patchIds: [east] })
  expect(await store.readProbability(east, model!.id)).toEqual(maps.get(east))
  await store.removeScene(scene.id)
})

test('a project without labels says what a round needs', async () => {
  for (const patch of await store.patches()) if (patch.domain === 'source') await store.removePatch(patch.id)
  await expect(engine.call('startRound', { config: ROUND })).rejects.toMatchObject({
    code: 'training-impossible',
    message: expect.stringContaining('masks'),
  })
})
