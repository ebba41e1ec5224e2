import { beforeAll, expect, test } from 'vitest'
import { confusion, scores } from '../../core/rounds/metrics'
import { defaultTrainingConfig, type TrainingConfig } from '../../core/rounds/roundConfig'
import { startEngine } from '../gpu/startEngine'
import { tf } from '../gpu/tensorflow'
import { NetworkValues, WeightAverage } from './networkValues'
import { provider, SIDE, smallNetwork, valuesOf } from './training.testing'
import { trainNetwork } from './trainNetwork'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

test('is the mean of the steps so far, weighted by the powers of its decay', async () => {
  const network = smallNetwork(1)
  const before = tf.memory().numTensors
  const average = new WeightAverage(new NetworkValues(network.parameters), 0.8)
  const set = (value: number) => tf.tidy(() => network.parameters.assign('head.bias', tf.fill([2], value)))
  const bias = async () => (await valuesOf(network))['head.bias']![0]!
  const read = () => average.applied(bias)
  const steps = [5, -1, 2]
  const means: number[] = []
  for (const value of steps) {
    set(value)
    average.update()
    means.push(await read())
    expect(await bias()).toBe(value)
  }
  expect(means[0]).toBe(5)
  expect(means[1]).toBeCloseTo((0.8 * 5 - 1) / 1.8, 5)
  expect(means[2]).toBeCloseTo((0.64 * 5 - 0.8 + 2) / (0.64 + 0.8 + 1), 5)
  set(9)
  average.refresh(name => name === 'head.bias')
  expect(await read()).toBe(9)
  average.dispose()
  expect(tf.memory().numTensors).toBe(before)
  network.dispose()
})

const config: TrainingConfig = {
  ...defaultTrainingConfig,
  steps: 4,
  microBatch: 1,
  accumulate: 1,
  cropSize: SIDE,
  learningRate: 0.05,
  evaluateEvery: 2,
}

async function train(emaDecay: number, heldOut: boolean) {
  const network = smallNetwork(1)
  const scored: Record<string, number[]>[] = []
  const evaluate = async () => {
    scored.push(await valuesOf(network))
    return { ...scores(confusion([1], [1])), f1: [0.9, 0.1][scored.length - 1]! }
  }
  const data = { source: provider(3, 0), target: null, sourceOnlySteps: 0 }
  await trainNetwork(network, { ...data, evaluate: heldOut ? evaluate : null }, { ...config, emaDecay })
  const kept = await valuesOf(network)
  network.dispose()
  return { scored, kept }
}

test('what is scored and kept is the average; the training itself continues without it', async () => {
  const averaged = await train(0.5, true)
  expect(averaged.kept).toEqual(averaged.scored[0])
  const [raw, last] = [await train(0, false), await train(0.5, false)]
  // Averages of the same steps, scored on the way or not.
  expect(last.kept).toEqual(averaged.scored[1])
  expect(last.kept['head.bias']).not.toEqual(raw.kept['head.bias'])
  expect(last.kept['norm.running_mean']).not.toEqual(raw.kept['norm.running_mean'])
})
