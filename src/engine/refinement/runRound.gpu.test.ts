import { beforeAll, expect, test } from 'vitest'
import { verdictFixture } from '../../core/review/records.testing'
import { ensembleMean } from '../../core/rounds/ensemble'
import { roundId } from '../../core/rounds/round'
import { startEngine } from '../gpu/startEngine'
import { tf } from '../gpu/tensorflow'
import { config, inputOf, memoryStore, momentsOf, provider, SIDE } from './round.testing'
import type { FinishedNetwork } from './roundInput'
import { runRound } from './runRound'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

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
  // As where nobody ran the ensemble before the round: the models that it starts from are asked.
  store.probabilities.delete('ensemble/held-0')
  const second = await runRound(
    await inputOf({
      id: roundId(2, 5),
      index: 2,
      parentRoundId: first.record.id,
      store,
      parents: { segformer: first.models[0], 'efficientnetv2-unet': first.models[1] },
      config: { ...config, families: ['segformer'] },
      kept: [first.models[1]!],
      target: provider('target', 2, 0.5, false),
    }),
  )
  const [kept] = second.record.kept!
  expect(kept).toMatchObject({
    modelId: first.models[1]!.id,
    weightsHash: first.record.networks[1]!.weightsHash,
    normalisation: { rule: config.targetStatistics, own: 1 },
  })
  const answers = [second.models[0]!.id, kept!.modelId].map(id => store.probabilities.get(`${id}/target-0`)!)
  expect(store.probabilities.get('ensemble/target-0')).toEqual(ensembleMean(answers))
  expect(second.record.targetPatchIds).toContain('target-1')
  expect(first.record.heldOutBefore).toBeNull()
  expect(first.record.heldOutTally!.pixels.reduce((sum, count) => sum + count)).toBe(SIDE * SIDE)
  // Computed again, a pixel at the edge of a bin may fall into its neighbour.
  const [again, stored] = [second.record.heldOutBefore!.pixels, first.record.heldOutTally!.pixels]
  const moved = again.reduce((sum, count, bin) => sum + Math.abs(count - stored[bin]!), 0)
  expect(moved).toBeLessThanOrEqual((SIDE * SIDE) / 100)
  expect(second.record.networks.map(({ parentModelId }) => parentModelId)).toEqual([first.models[0]!.id])
  expect(second.record.networks[0]!.weightsHash).not.toBe(first.record.networks[0]!.weightsHash)
  expect(tf.memory().numTensors).toBe(before)
})

test('accepted masks alone are enough to learn from; held-out ones are what scores are from', async () => {
  const before = tf.memory().numTensors
  const target = provider('target', 4, 0.5, true)
  const verdicts = target.ids
    .slice(0, 3)
    .map((patchId, index) => verdictFixture({ id: `v${index}`, patchId }))
  const masks = new Map(
    await Promise.all(target.ids.map(async id => [id, (await target.load(id)).label!] as const)),
  )
  const store = { ...memoryStore(), readMask: async (id: string) => masks.get(id) ?? null }
  const none = { ids: [], load: target.load }
  const statistics = await momentsOf(target)
  const { record, predicted } = await runRound(
    await inputOf({
      store,
      source: none,
      heldOut: none,
      target,
      verdicts,
      heldOutTargetIds: ['target-0', 'target-3'],
      statistics: { source: statistics, target: statistics },
      config: { ...config, families: ['segformer'] },
    }),
  )
  expect(record).toMatchObject({
    sourcePatchIds: [],
    targetPatchIds: ['target-1', 'target-2'],
    heldOutPatchIds: ['target-0'],
  })
  expect(record.ensembleHeldOut).not.toBeNull()
  expect(record.networks[0]!.losses).toHaveLength(2)
  expect(record.notes.join()).toContain('from 2 accepted masks')
  expect(predicted).toEqual(target.ids)
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
