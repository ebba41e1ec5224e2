import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { RoundConfig } from '../core/rounds/roundConfig'
import { openProjectStore } from '../storage/openProjectStore'
import type { ProjectStore } from '../storage/projectStore'
import { createFilesClient } from './client'
import type { Fault } from './faultyEngine.testing'
import type { EngineApi, EngineClient, EngineEvent } from './protocol'
import { callApi } from './rpc/callApi'

const ROUND: Partial<RoundConfig> = {
  families: ['resnet-unet'],
  preset: 'tiny',
  steps: 4,
  microBatch: 1,
  accumulate: 1,
  warmupSteps: 1,
  cropSize: 32,
  evaluateEvery: 4,
  seed: 5,
}

let store: ProjectStore
/** Of all tests: a worker that starts compiles its programs, the longest part of a test. */
let engine: EngineClient
const workers: Worker[] = []

beforeAll(() => {
  engine = callApi<EngineApi, EngineEvent>('engine worker', () => {
    workers.push(new Worker(new URL('./faultyEngine.testing.ts', import.meta.url), { type: 'module' }))
    return workers.at(-1)!
  })
})

beforeEach(async () => {
  store = await openProjectStore()
  await store.clear()
  const files = createFilesClient()
  await files.call('openDemo', { seed: 3, size: 32, sourceCount: 3, targetCount: 1 })
  files.terminate()
})

afterAll(async () => {
  engine.terminate()
  await store.clear()
})

const breakWorker = (fault: Fault) => workers.at(-1)!.postMessage({ fault })

/** The error of a round that breaks once its first state is on disk. */
function brokenRound(then: () => void): Promise<unknown> {
  let over = false
  const onEvent = (event: EngineEvent) => {
    if (over || event.kind !== 'saved') return
    over = true
    then()
  }
  return engine.call('startRound', { config: ROUND, saveEverySeconds: 0 }, { onEvent }).then(
    () => new Error('The round was not broken.'),
    (thrown: unknown) => thrown,
  )
}

const FAULTS: [string, () => void, string][] = [
  ['throws outside any call', () => breakWorker('throw'), 'worker-stopped'],
  ['is ended without a word', () => workers.at(-1)!.terminate(), 'worker-stopped'],
  ['loses its device', () => breakWorker('lose-device'), 'gpu-lost'],
]

test.each(FAULTS)(
  'a worker that %s fails its calls, and its round goes on in a new one',
  {
    timeout: 300_000,
  },
  async (_what, fault, code) => {
    const before = Math.max(workers.length, 1)
    expect(await brokenRound(fault)).toMatchObject({ code })
    const left = await store.unfinishedRound()
    expect(left?.saved?.step).toBeGreaterThan(0)
    const steps: number[] = []
    const record = await engine.call(
      'resumeRound',
      {},
      { onEvent: event => event.kind === 'loss' && steps.push(event.step) },
    )
    expect(Math.min(...steps)).toBeGreaterThan(left!.saved!.step - 1)
    expect(record.notes.some(note => /resumed/i.test(note))).toBe(true)
    expect(await store.unfinishedRound()).toBeNull()
    expect(workers).toHaveLength(code === 'gpu-lost' ? before : before + 1)
  },
)
