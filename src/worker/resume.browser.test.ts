import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { RoundConfig } from '../core/rounds/roundConfig'
import { openProjectStore } from '../storage/openProjectStore'
import type { ProjectStore } from '../storage/projectStore'
import { createEngineClient, createFilesClient } from './client'
import type { EngineClient, EngineEvent } from './protocol'

/** Two tiny networks, so that one is done when the other is interrupted. */
const ROUND: Partial<RoundConfig> = {
  families: ['segformer', 'resnet-unet'],
  preset: 'tiny',
  steps: 4,
  microBatch: 1,
  accumulate: 1,
  warmupSteps: 1,
  cropSize: 32,
  evaluateEvery: 2,
  seed: 5,
}

let store: ProjectStore
let engine: EngineClient

/** The same project anew. The engine stays as it is: one that starts compiles its programs, the longest part of a test. */
const open = async () => {
  store = await openProjectStore()
  await store.clear()
  const files = createFilesClient()
  await files.call('openDemo', { seed: 3, size: 32, sourceCount: 3, targetCount: 2 })
  files.terminate()
  // The target has an ensemble before the round, so that there are pseudo-labels to learn from.
  for (const patch of await targets()) {
    const values = Float32Array.from({ length: 32 * 32 }, (_, i) => ((i * 37) % 100) / 100)
    await store.writeProbability(patch.id, 'ensemble', values)
  }
}

beforeAll(() => {
  engine = createEngineClient()
})

beforeEach(open)

afterAll(async () => {
  engine.terminate()
  await store.clear()
})

const targets = async () => (await store.patches()).filter(patch => patch.domain === 'target')
const hashes = async () => (await store.rounds())[0]?.networks.map(network => network.weightsHash)
const ensembles = async () =>
  Promise.all((await targets()).map(patch => store.readProbability(patch.id, 'ensemble')))

/** Resolves with the call's error once `when` says so of an event and `then` was done. */
function interrupt(when: (event: EngineEvent) => boolean, then: () => void): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let over = false
    engine
      .call(
        'startRound',
        { config: ROUND, saveEverySeconds: 0 },
        {
          onEvent: event => {
            if (over || !when(event)) return
            over = true
            then()
          },
        },
      )
      .then(
        () => reject(new Error(`The round was not interrupted; ${over ? 'too late' : 'never asked'}.`)),
        resolve,
      )
  })
}

test('a round that is paused, and one whose worker dies, end with the weights of one in one go', {
  timeout: 400_000,
}, async () => {
  await engine.call('startRound', { config: ROUND })
  const [whole, maps] = [await hashes(), await ensembles()]
  expect(whole).toHaveLength(2)

  await open()
  const paused = await interrupt(
    event => event.kind === 'loss' && event.family === 'resnet-unet' && event.step === 1,
    () => void engine.call('pauseRound', {}),
  )
  expect(paused).toMatchObject({ code: 'paused' })
  expect(await store.rounds()).toEqual([])
  const left = await store.unfinishedRound()
  expect(left?.finished.map(network => network.family)).toEqual(['segformer'])
  expect(left?.saved).toMatchObject({ family: 'resnet-unet' })
  expect(left!.saved!.step).toBeLessThan(4)
  // Worked out once, from models that a resumed round does not read again.
  expect(left).toHaveProperty('heldOutBefore')
  // What happens to the project meanwhile is none of the round's business.
  for (const patch of await targets())
    await store.writeProbability(patch.id, 'ensemble', new Float32Array(32 * 32))
  await expect(engine.call('startRound', { config: ROUND })).rejects.toMatchObject({ code: 'bad-argument' })
  const record = await engine.call('resumeRound', {})
  expect(record.notes.some(note => /resumed/i.test(note))).toBe(true)
  expect(await hashes()).toEqual(whole)
  expect(await ensembles()).toEqual(maps)
  expect(await store.unfinishedRound()).toBeNull()
  expect(await store.readCheckpoint(record.id, 'resnet-unet')).toBeNull()

  await open()
  const killed = await interrupt(
    event => event.kind === 'saved' && event.progress.family === 'segformer',
    () => engine.terminate(),
  )
  expect(killed).toMatchObject({ code: 'aborted' })
  engine = createEngineClient()
  const step = (await store.unfinishedRound())!.saved!.step
  expect(step).toBeGreaterThan(0)
  expect(step).toBeLessThan(4)
  const steps: number[] = []
  await engine.call(
    'resumeRound',
    {},
    { onEvent: event => event.kind === 'loss' && event.family === 'segformer' && steps.push(event.step) },
  )
  expect(steps[0]).toBe(step + 1)
  expect(await hashes()).toEqual(whole)
})

test('a discarded round leaves nothing', async () => {
  await interrupt(
    event => event.kind === 'loss' && event.family === 'resnet-unet',
    () => void engine.call('pauseRound', {}),
  )
  const left = await store.unfinishedRound()
  await engine.call('discardRound', {})
  expect(await store.unfinishedRound()).toBeNull()
  const modelId = left!.finished[0]!.modelId
  expect(await store.readModel(modelId)).toBeNull()
  for (const patch of await targets()) expect(await store.readProbability(patch.id, modelId)).toBeNull()
  expect(await store.readCheckpoint(left!.id, 'resnet-unet')).toBeNull()
  await expect(engine.call('resumeRound', {})).rejects.toMatchObject({ code: 'bad-argument' })
})
