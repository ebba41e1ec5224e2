import { beforeAll, describe, expect, test } from 'vitest'
import { confusion, scores } from '../../core/rounds/metrics'
import { defaultTrainingConfig, type TrainingConfig } from '../../core/rounds/roundConfig'
import { startEngine } from '../gpu/startEngine'
import { tf } from '../gpu/tensorflow'
import { breakDevice, expectNoLeak } from '../gpu/testing/memoryAndLimits'
import { createNetwork } from '../models/createNetwork'
import { copySourceStatisticsToTarget, type SegmentationNetwork } from '../models/network'
import { provider, smallNetwork, valuesOf } from './training.testing'
import type { TrainingCheckpoint, TrainingContext } from './trainingJob'
import { trainNetwork } from './trainNetwork'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

/** Two passes of two crops a domain, the target from step 3 on, augmented, hard examples, an average, drop path. */
const config: TrainingConfig = {
  ...defaultTrainingConfig,
  steps: 6,
  microBatch: 2,
  accumulate: 2,
  learningRate: 0.02,
  warmupSteps: 2,
  cropSize: 12,
  evaluateEvery: 2,
  emaDecay: 0.9,
  seed: 11,
}
const JOINS = 3

const bytesOf = (checkpoint: { saved: Uint8Array[] }) => checkpoint.saved[checkpoint.saved.length - 1]!

function checkpointAt(step: number, resumeFrom: Uint8Array | null = null) {
  const saved: Uint8Array[] = []
  const checkpoint: TrainingCheckpoint = {
    resumeFrom,
    due: taken => taken === step,
    save: async bytes => void saved.push(bytes),
  }
  return { ...checkpoint, saved }
}

/** Scores that fall after the first: the best snapshot has to survive, too. */
function dataFor(network: SegmentationNetwork, evaluate = true) {
  return {
    source: provider(5, 0),
    target: provider(3, 50),
    sourceOnlySteps: JOINS,
    onTargetJoins: () => copySourceStatisticsToTarget(network),
    evaluate: evaluate
      ? async () => {
          const head = Array.from(await network.parameters.get('head.bias').variable.data())
          return { ...scores(confusion([1], [1])), f1: 1 / (1 + Math.abs(head[0]!)) }
        }
      : null,
  }
}

async function run(context: TrainingContext, given = config, evaluate = true) {
  const network = smallNetwork(1, 0.4)
  try {
    const result = await trainNetwork(network, dataFor(network, evaluate), given, context)
    return { result, values: await valuesOf(network) }
  } finally {
    network.dispose()
  }
}

describe('a run that was killed and resumed by a new network equals one that was not', () => {
  test.each([1, 2, 3, 4, 5])('after step %i', async step => {
    const checkpoint = checkpointAt(step)
    const straight = await run({ checkpoint })
    // All of the state, moments and average too: both runs save after their last step.
    const last = checkpointAt(config.steps)
    await run({ checkpoint: last })
    const resumedLast = checkpointAt(config.steps, bytesOf(checkpoint))
    const resumed = await run({ checkpoint: resumedLast })
    expect(resumed).toEqual(straight)
    expect(bytesOf(resumedLast)).toEqual(bytesOf(last))
  })

  test.each([
    { emaDecay: 0, ohem: null },
    { crossSensor: false, scale: 2 },
  ])('with %o, nothing held out', async change => {
    const given = { ...config, steps: 5, ...change }
    const checkpoint = checkpointAt(4)
    const straight = await run({ checkpoint }, given, false)
    expect(await run({ checkpoint: checkpointAt(0, bytesOf(checkpoint)) }, given, false)).toEqual(straight)
  })

  test('with a real network, its drop path on', async () => {
    const given = { ...config, steps: 3, accumulate: 1, cropSize: 32, emaDecay: 0 }
    const train = async (checkpoint: TrainingCheckpoint) => {
      const network = createNetwork('segformer', 'tiny', { seed: 1, options: { dropPath: 0.5 } })
      const data = { source: provider(3, 0), target: provider(2, 9), sourceOnlySteps: 1, evaluate: null }
      const result = await trainNetwork(network, data, given, { checkpoint })
      const values = await valuesOf(network)
      network.dispose()
      return { result, values }
    }
    const checkpoint = checkpointAt(2)
    const straight = await train(checkpoint)
    expect(await train(checkpointAt(0, bytesOf(checkpoint)))).toEqual(straight)
  })
})

test('pausing saves, says so, and the rest is as if there had been no pause', async () => {
  const straight = await run({})
  let asked = 0
  const checkpoint = checkpointAt(0)
  await expect(run({ checkpoint, pause: () => ++asked === 5 })).rejects.toMatchObject({ code: 'paused' })
  expect(checkpoint.saved).toHaveLength(1)
  const steps: number[] = []
  const resumed = await run({
    checkpoint: checkpointAt(0, bytesOf(checkpoint)),
    onProgress: ({ done }) => steps.push(done),
  })
  expect(steps).toEqual([5, 6])
  expect(resumed).toEqual(straight)
  await expect(run({ pause: () => true })).rejects.toMatchObject({ code: 'paused' })
})

test('what is read from a device that failed is not saved', async () => {
  const checkpoint = checkpointAt(0)
  checkpoint.due = step => {
    // At the end of an evaluation, when no loss is on its way that could tell.
    if (step === config.evaluateEvery) breakDevice()
    return step === config.evaluateEvery
  }
  await expect(run({ checkpoint })).rejects.toMatchObject({ code: 'gpu-failed' })
  expect(checkpoint.saved).toEqual([])
})

describe('a checkpoint is refused', () => {
  let bytes: Uint8Array
  beforeAll(async () => {
    const checkpoint = checkpointAt(1)
    await expect(run({ checkpoint, pause: () => checkpoint.saved.length === 1 })).rejects.toMatchObject({
      code: 'paused',
    })
    bytes = bytesOf(checkpoint)
  })
  const resume = (from: Uint8Array, given = config) => run({ checkpoint: checkpointAt(0, from) }, given)

  test('of another configuration', async () => {
    await expect(resume(bytes, { ...config, seed: 12 })).rejects.toMatchObject({ code: 'weights-mismatch' })
  })

  test('of other labels, which the caller names', async () => {
    const network = smallNetwork(1, 0.4)
    const data = { ...dataFor(network), identity: 'labels of round 2' }
    const context = { checkpoint: checkpointAt(0, bytes) }
    await expect(trainNetwork(network, data, config, context)).rejects.toMatchObject({
      code: 'weights-mismatch',
    })
    network.dispose()
  })

  test.each<[string, (bytes: Uint8Array) => Uint8Array]>([
    ['cut short', whole => whole.subarray(0, whole.length - 4)],
    ['with a changed header', whole => whole.map((byte, i) => (i === 40 ? byte ^ 1 : byte))],
    ['that is something else', () => new Uint8Array(100)],
  ])('%s', async (_, damage) => {
    await expect(resume(damage(bytes))).rejects.toMatchObject({ code: 'model-invalid' })
  })

  test('and leaves nothing behind', () =>
    expectNoLeak(async () => {
      await expect(resume(bytes, { ...config, steps: 7 })).rejects.toMatchObject({
        code: 'weights-mismatch',
      })
    }))
})

test('saving, pausing and resuming leave nothing behind', () =>
  expectNoLeak(async () => {
    const checkpoint = checkpointAt(2)
    let asked = 0
    await expect(run({ checkpoint, pause: () => ++asked === 5 })).rejects.toMatchObject({ code: 'paused' })
    await run({ checkpoint: checkpointAt(0, bytesOf(checkpoint)) })
  }))
