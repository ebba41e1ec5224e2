import { beforeAll, expect, test } from 'vitest'
import { randomStream } from '../foundation/random'
import { tf } from '../gpu/tensorflow'
import { emptyStatistics, mergeStatistics, statisticsOf } from '../patches/statistics'
import { defaultRoundConfig } from './defaultRoundConfig'
import type { LabelledPixels, PatchProvider } from './patchProvider'
import type { RoundConfig } from './round'
import { roundId } from './roundId'
import type { FinishedNetwork, RoundInput, RoundStore } from './roundInput'
import { runRound } from './runRound'

const SIDE = 32
const BANDS = 14

beforeAll(async () => {
  await tf.setBackend('webgpu')
  await tf.ready()
  expect(tf.getBackend()).toBe('webgpu')
})

/** A bright square is the landslide; the target is the same ground under another light. */
function patchOf(seed: number, light: number, labelled: boolean): LabelledPixels {
  const random = randomStream(seed, 'patch')
  const data = Float32Array.from({ length: BANDS * SIDE * SIDE }, () => 1000 + 100 * random.normal())
  const label = new Uint8Array(SIDE * SIDE)
  const [left, top] = [random.integer(2, 18), random.integer(2, 18)]
  for (let y = top; y < top + 12; y++) for (let x = left; x < left + 12; x++) label[y * SIDE + x] = 1
  for (let i = 0; i < data.length; i++) data[i] = (data[i]! + 800 * label[i % label.length]!) * light
  return { width: SIDE, height: SIDE, data, valid: null, label: labelled ? label : null }
}

function provider(prefix: string, count: number, light: number, labelled = true): PatchProvider {
  const ids = Array.from({ length: count }, (_, i) => `${prefix}-${i}`)
  return { ids, load: async id => patchOf(ids.indexOf(id) + 100 * prefix.length, light, labelled) }
}

async function momentsOf(...providers: PatchProvider[]) {
  let all = emptyStatistics()
  for (const { ids, load } of providers) {
    for (const id of ids) all = mergeStatistics(all, statisticsOf(await load(id)))
  }
  return all
}

function memoryStore(): RoundStore & { probabilities: Map<string, Float32Array> } {
  const probabilities = new Map<string, Float32Array>()
  return {
    probabilities,
    readMask: async () => null,
    readProbability: async (patchId, modelId) => probabilities.get(`${modelId}/${patchId}`) ?? null,
    async writeProbability(patchId, modelId, probability) {
      probabilities.set(`${modelId}/${patchId}`, probability)
    },
  }
}

const config: RoundConfig = {
  ...defaultRoundConfig,
  families: ['segformer', 'efficientnetv2-unet'],
  steps: 2,
  microBatch: 2,
  accumulate: 1,
  cropSize: SIDE,
  evaluateEvery: 2,
  warmupSteps: 1,
  seed: 5,
}

async function inputOf(change: Partial<RoundInput> = {}): Promise<RoundInput> {
  const source = provider('s', 3, 1)
  const heldOut = provider('held', 1, 1)
  const target = provider('target', 2, 0.5, false)
  return {
    id: roundId(1, 5),
    index: 1,
    parentRoundId: null,
    at: '2026-01-01T00:00:00Z',
    now: () => 0,
    config,
    engine: { backend: 'webgpu', adapter: 'test' },
    source,
    heldOut,
    target,
    statistics: { source: await momentsOf(source, heldOut), target: await momentsOf(target) },
    verdicts: [],
    store: memoryStore(),
    parents: {},
    ...change,
  }
}

test('two rounds: the first from the source, the second from its pseudo-labels; nothing is left on the device', async () => {
  const before = tf.memory().numTensors
  const store = memoryStore()
  const units: number[] = []
  const first = await runRound(await inputOf({ store }), {
    onProgress: ({ done, total }) => {
      expect(total).toBe(2 * (2 + 3) + 3)
      units.push(done)
    },
  })
  expect(first.record).toMatchObject({
    parentRoundId: null,
    targetPatchIds: [],
    heldOutPatchIds: ['held-0'],
    sourcePatchIds: ['s-0', 's-1', 's-2'],
  })
  expect(first.record.notes.join()).toContain('source alone')
  expect(first.record.ensembleHeldOut).not.toBeNull()
  expect(first.record.networks.map(({ losses }) => losses.length)).toEqual([2, 2])
  expect(units).toEqual([...units].sort((a, b) => a - b))
  expect(units.at(-1)).toBe(13)
  expect(store.probabilities.size).toBe(3 * 3)

  // Untrained networks are unsure everywhere: give the second round something to learn from.
  store.probabilities.set(
    'ensemble/target-1',
    Float32Array.from({ length: SIDE * SIDE }, (_, i) => (i % 3) / 2),
  )
  const second = await runRound(
    await inputOf({
      id: roundId(2, 5),
      index: 2,
      parentRoundId: first.record.id,
      store,
      parents: { segformer: first.models[0], 'efficientnetv2-unet': first.models[1] },
      target: provider('target', 2, 0.5, false),
    }),
  )
  expect(second.record.targetPatchIds).toContain('target-1')
  expect(second.record.networks.map(({ parentModelId }) => parentModelId)).toEqual(
    first.models.map(({ id }) => id),
  )
  expect(second.record.networks[0]!.weightsHash).not.toBe(first.record.networks[0]!.weightsHash)
  expect(tf.memory().numTensors).toBe(before)
})

test('one seed gives the same weights; a resumed round gives what the whole one gave', async () => {
  const finished: FinishedNetwork[] = []
  const store = memoryStore()
  const whole = await runRound(
    await inputOf({ store, onNetwork: async network => void finished.push(network) }),
  )
  const hashes = whole.record.networks.map(({ weightsHash }) => weightsHash)
  const resumedStore = memoryStore()
  for (const [key, value] of store.probabilities) {
    if (key.startsWith(finished[0]!.model.id)) resumedStore.probabilities.set(key, value)
  }
  const resumed = await runRound(await inputOf({ store: resumedStore, finished: finished.slice(0, 1) }))
  expect(resumed.record.networks.map(({ weightsHash }) => weightsHash)).toEqual(hashes)
  expect([...resumedStore.probabilities].sort()).toEqual([...store.probabilities].sort())
})

test('cancelling a round answers and frees its networks', async () => {
  const before = tf.memory().numTensors
  const stop = new AbortController()
  const round = runRound(await inputOf({ config: { ...config, steps: 500, evaluateEvery: 500 } }), {
    signal: stop.signal,
    onProgress: ({ done }) => done === 2 && stop.abort(),
  })
  await expect(round).rejects.toMatchObject({ code: 'aborted' })
  // The losses of the passes in flight are freed once the GPU has handed them over.
  await expect.poll(() => tf.memory().numTensors, { timeout: 30_000 }).toBe(before)
})
