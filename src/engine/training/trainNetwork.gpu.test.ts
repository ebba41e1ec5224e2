import { beforeAll, expect, test } from 'vitest'
import { confusion, scores } from '../../core/rounds/metrics'
import type { TrainingEvent } from '../../core/rounds/round'
import { defaultTrainingConfig, type TrainingConfig } from '../../core/rounds/roundConfig'
import { startEngine } from '../gpu/startEngine'
import { tf } from '../gpu/tensorflow'
import { watchShaders } from '../gpu/testing/watchShaders'
import type { SegmentationNetwork } from '../models/network'
import { BANDS, provider, SIDE, sampleOf, smallNetwork } from './training.testing'
import type { TrainingContext } from './trainingJob'
import type { SampleProvider } from './trainingSample'
import { trainNetwork } from './trainNetwork'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

const config: TrainingConfig = {
  ...defaultTrainingConfig,
  steps: 12,
  microBatch: 2,
  accumulate: 2,
  learningRate: 0.03,
  warmupSteps: 2,
  cropSize: SIDE,
  evaluateEvery: 4,
  seed: 11,
}

const data = (target: SampleProvider | null = null) => ({
  source: provider(4, 0),
  target,
  sourceOnlySteps: 0,
  evaluate: null,
})

async function weightsOf(network: SegmentationNetwork): Promise<number[][]> {
  return Promise.all(network.parameters.all().map(async p => Array.from(await p.variable.data())))
}

test('the loss falls, and every step reports', async () => {
  const network = smallNetwork(1)
  const events: TrainingEvent[] = []
  const progress: number[] = []
  const result = await trainNetwork(network, data(), config, {
    onEvent: event => events.push(event),
    onProgress: ({ label, done }) => label.startsWith('Training') && progress.push(done),
  })
  expect(events.filter(event => event.kind === 'loss')).toHaveLength(12)
  expect(progress).toEqual(Array.from({ length: 12 }, (_, i) => i + 1))
  const losses = result.losses.map(([, loss]) => loss)
  expect(losses.at(-1)!).toBeLessThan(0.75 * losses[0]!)
  expect(result).toMatchObject({ bestStep: 12, heldOut: null, steps: 12 })
  network.dispose()
})

test('no shader is compiled in a step: all are before the first, with progress', async () => {
  const network = smallNetwork(1, 0.3)
  const soft = async (id: string) => ({
    ...sampleOf(Number(id)),
    soft: new Float32Array(SIDE * SIDE).fill(0.3),
  })
  const labels: string[] = []
  const watch = watchShaders()
  try {
    const checkpoint = { resumeFrom: null, due: () => true, save: async () => {} }
    const onProgress: TrainingContext['onProgress'] = ({ label }) => labels.push(label)
    const evaluate = async () => scores(confusion([1], [1]))
    const given = { ...data({ ids: ['50', '51'], load: soft }), sourceOnlySteps: 1, evaluate }
    // A side of its own: no other test has compiled for it.
    const settings = { ...config, steps: 3, evaluateEvery: 2, emaDecay: 0.9, cropSize: 12 }
    await trainNetwork(network, given, settings, { onProgress, checkpoint })
    expect(watch.compiled).toEqual([])
    expect(labels.filter(label => /^Preparing \d+ shaders, \d+ done$/.test(label)).length).toBeGreaterThan(0)
    expect(labels.at(-1)).toBe('Training SegFormer, step 3 of 3')
  } finally {
    watch.restore()
  }
  network.dispose()
})

test('the next batch is drawn before the loss of a step is waited for', async () => {
  const network = smallNetwork(1)
  const log: string[] = []
  let drawn = 0
  const { ids, load } = provider(4, 0)
  const source = {
    ids,
    load(id: string) {
      log.push(`batch ${++drawn}`)
      return load(id)
    },
  }
  const settings = { ...config, steps: 4, microBatch: 1, accumulate: 1 }
  await trainNetwork(network, { ...data(), source }, settings, {
    onEvent: event => event.kind === 'loss' && log.push(`loss ${event.step}`),
  })
  const alternating = [2, 3, 4].flatMap(step => [`batch ${step}`, `loss ${step - 1}`])
  expect(log).toEqual(['batch 1', ...alternating, 'loss 4'])
  network.dispose()
})

test('one seed gives bit-equal weights, another does not', async () => {
  const run = async (seed: number) => {
    const network = smallNetwork(1)
    const { losses } = await trainNetwork(network, data(provider(3, 50)), { ...config, steps: 4, seed })
    const weights = await weightsOf(network)
    network.dispose()
    return { losses, weights }
  }
  const first = await run(11)
  expect(await run(11)).toEqual(first)
  expect((await run(12)).weights).not.toEqual(first.weights)
})

test('the target joins after the source-only steps, and only then moves its statistics', async () => {
  const network = smallNetwork(2)
  const before = Array.from(await network.parameters.get('norm.running_mean_target').variable.data())
  let joinedAt = 0
  let steps = 0
  const target = provider(3, 50)
  const loaded: string[] = []
  const watched = {
    ids: target.ids,
    load(id: string) {
      loaded.push(id)
      return target.load(id)
    },
  }
  await trainNetwork(
    network,
    { ...data(watched), sourceOnlySteps: 2, onTargetJoins: () => (joinedAt = steps) },
    { ...config, steps: 3 },
    { onProgress: ({ done }) => (steps = done) },
  )
  expect(joinedAt).toBeGreaterThan(0)
  expect(loaded).toHaveLength(config.microBatch * config.accumulate)
  const after = Array.from(await network.parameters.get('norm.running_mean_target').variable.data())
  expect(after).not.toEqual(before)
  network.dispose()
})

test('the best held-out step is kept, not the last', async () => {
  const network = smallNetwork(3)
  const f1 = [0.2, 0.9, 0.4]
  const snapshots: number[][][] = []
  const result = await trainNetwork(
    network,
    {
      ...data(),
      evaluate: async () => {
        snapshots.push(await weightsOf(network))
        return { ...scores(confusion([1], [1])), f1: f1[snapshots.length - 1]! }
      },
    },
    config,
  )
  expect(snapshots).toHaveLength(3)
  expect(result).toMatchObject({ bestStep: 8, heldOut: { f1: 0.9 } })
  expect(await weightsOf(network)).toEqual(snapshots[1])
  network.dispose()
})

test('cancelling answers soon and leaves no tensor behind', async () => {
  const network = smallNetwork(4)
  const before = tf.memory().numTensors
  const stop = new AbortController()
  const training = trainNetwork(
    network,
    data(),
    { ...config, steps: 1000 },
    {
      signal: stop.signal,
      onProgress: ({ done }) => done === 3 && stop.abort(),
    },
  )
  await expect(training).rejects.toMatchObject({ code: 'aborted' })
  await expect.poll(() => tf.memory().numTensors).toBe(before)
  network.dispose()
})

test('a run leaves nothing behind, and can be finished early', async () => {
  const network = smallNetwork(5)
  const before = tf.memory().numTensors
  let steps = 0
  const context: TrainingContext = { onProgress: ({ done }) => (steps = done), finish: () => steps >= 3 }
  const result = await trainNetwork(network, data(provider(2, 9)), { ...config, steps: 50 }, context)
  expect(result.steps).toBeLessThan(8)
  expect(result.notes.join()).toContain('Finished early')
  expect(tf.memory().numTensors).toBe(before)
  network.dispose()
})

test('a loss that is NaN stops the run with a coded error', async () => {
  const network = smallNetwork(6)
  const broken = {
    ...provider(1, 0),
    load: async () => ({ ...sampleOf(0), pixels: new Float32Array(SIDE * SIDE * BANDS).fill(3e38) }),
  }
  await expect(
    trainNetwork(network, { ...data(), source: broken }, { ...config, augment: false }),
  ).rejects.toMatchObject({ code: 'training-diverged' })
  network.dispose()
})

test('nothing to train on is refused', async () => {
  const network = smallNetwork(7)
  const empty = { ids: [], load: async () => sampleOf(0) }
  await expect(trainNetwork(network, { ...data(), source: empty }, config)).rejects.toMatchObject({
    code: 'training-impossible',
  })
  network.dispose()
})
