import { beforeAll, expect, test } from 'vitest'
import { startEngine } from '../../gpu/startEngine'
import { tf } from '../../gpu/tensorflow'
import { largestDifference, pseudoRandom } from '../../gpu/testing/compareTensors'
import { expectNoLeak, withLimits } from '../../gpu/testing/memoryAndLimits'
import type { Parameter } from '../parameterStore'
import { AdamW, clipFactor } from './adamW'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

function parameter(name: string, values: ArrayLike<number>, decay: boolean): Parameter {
  const variable = tf.tidy(() => tf.variable(tf.tensor1d(Array.from(values))))
  return { name, layout: 'plain', variable, trainable: true, decay }
}

/** torch.optim.AdamW, written out in float64. */
function define(w: number[], gradients: Float32Array[], rate: number, decay: number): number[] {
  const m = w.map(() => 0)
  const v = w.map(() => 0)
  gradients.forEach((gradient, step) => {
    for (const [i, g] of gradient.entries()) {
      w[i]! *= 1 - rate * decay
      m[i] = 0.9 * m[i]! + 0.1 * g
      v[i] = 0.999 * v[i]! + 0.001 * g * g
      const unbiased = Math.sqrt(v[i]! / (1 - 0.999 ** (step + 1))) + 1e-8
      w[i]! -= (rate * m[i]!) / (1 - 0.9 ** (step + 1)) / unbiased
    }
  })
  return w
}

test('three steps equal the definition; only decaying parameters decay', async () => {
  const start = pseudoRandom(10, 1)
  const parameters = [parameter('kernel', start, true), parameter('bias', start, false)]
  const optimiser = new AdamW(parameters, { weightDecay: 0.5 })
  const gradients = [2, 3, 4].map(seed => pseudoRandom(10, seed))
  for (const gradient of gradients) {
    const given = tf.tensor1d(gradient)
    optimiser.step([given, given], 0.01)
    given.dispose()
  }
  expect(optimiser.stepCount).toBe(3)
  const expected = [0.5, 0].map(decay => define([...start], gradients, 0.01, decay))
  expect(await largestDifference(parameters[0]!.variable, expected[0]!)).toBeLessThan(1e-6)
  expect(await largestDifference(parameters[1]!.variable, expected[1]!)).toBeLessThan(1e-6)
})

test('an exported state continues where it stopped, and a foreign one is refused', async () => {
  const gradients = [5, 6].map(seed => tf.tensor1d(pseudoRandom(6, seed)))
  const [through, first, second] = [1, 1, 1].map(seed => parameter('w', pseudoRandom(6, seed), true)) as [
    Parameter,
    Parameter,
    Parameter,
  ]
  const whole = new AdamW([through])
  for (const gradient of gradients) whole.step([gradient], 0.1)

  const before = new AdamW([first])
  before.step([gradients[0]!], 0.1)
  second.variable.assign(first.variable)
  const after = new AdamW([second])
  after.importState(await before.exportState())
  after.step([gradients[1]!], 0.1)
  expect(after.stepCount).toBe(2)
  expect(await second.variable.data()).toEqual(await through.variable.data())
  // What was read before a step is read again after it.
  before.step([gradients[1]!], 0.1)
  expect(await before.exportState()).toEqual(await whole.exportState())

  const other = new AdamW([parameter('v', [0, 0], true)])
  const foreign = await after.exportState()
  expect(() => other.importState(foreign)).toThrow(expect.objectContaining({ code: 'weights-mismatch' }))
})

test('a step leaves no tensor and no GPU memory behind', () => {
  const optimiser = new AdamW([parameter('w', pseudoRandom(100), true)])
  const gradient = tf.tensor1d(pseudoRandom(100, 2))
  optimiser.step([gradient], 0.1)
  const before = tf.memory().numTensors
  for (let i = 0; i < 5; i++) optimiser.step([gradient], 0.1)
  expect(tf.memory().numTensors).toBe(before)
  gradient.dispose()
  optimiser.dispose()
})

test('what the device’s limits refuse leaves nothing behind, and the parameters as they were', () =>
  expectNoLeak(async () => {
    const parameters = [
      parameter('small', pseudoRandom(10), true),
      parameter('large', pseudoRandom(500), true),
    ]
    const gradients = parameters.map(({ variable }) => tf.square(variable))
    const gpuLimit = expect.objectContaining({ code: 'gpu-limit' })
    // Both moments of the two, which begin at multiples of 64, take 4,512 bytes; their weights 2,256.
    for (const maxStorageBufferBindingSize of [2255, 4511]) {
      withLimits({ maxStorageBufferBindingSize }, () => expect(() => new AdamW(parameters)).toThrow(gpuLimit))
    }
    withLimits({ maxComputeWorkgroupsPerDimension: 1 }, () => {
      expect(() => clipFactor(gradients, 1)).toThrow(gpuLimit)
    })
    expect(await parameters[1]!.variable.data()).toEqual(pseudoRandom(500))
    tf.dispose([gradients, parameters.map(({ variable }) => variable)])
  }))

test('parameters live in the optimiser’s buffers, are read one by one, and outlive it', () =>
  expectNoLeak(async () => {
    const starts = [pseudoRandom(70, 1), pseudoRandom(3, 2), pseudoRandom(64, 3)]
    const parameters = starts.map((start, i) => parameter(`w${i}`, start, i !== 1))
    const optimiser = new AdamW(parameters)
    const values = async () =>
      Promise.all(parameters.map(async ({ variable }) => [...(await variable.data())]))
    expect(await values()).toEqual(starts.map(start => [...start]))
    const gradients = starts.map(start => tf.tensor1d(start))
    for (let step = 0; step < 2; step++) optimiser.step(gradients, 0.01)
    const expected = starts.map((start, i) => define([...start], [start, start], 0.01, i === 1 ? 0 : 0.01))
    const close = async (wanted: number[][]) => {
      for (const [i, { variable }] of parameters.entries()) {
        expect(await largestDifference(variable, wanted[i]!)).toBeLessThan(1e-6)
        // Kernels see the slice alone, stock ones and ours.
        const total = wanted[i]!.reduce((sum, value) => sum + value, 0)
        const sum = tf.tidy(() => tf.sum(variable))
        expect(await largestDifference(sum, [total])).toBeLessThan(1e-5)
        sum.dispose()
      }
    }
    await close(expected)
    // What is assigned from outside is taken along by the next step.
    const assigned = tf.tensor1d(pseudoRandom(70, 9))
    parameters[0]!.variable.assign(assigned)
    assigned.dispose()
    optimiser.step(gradients, 0)
    expect((await values())[0]).toEqual([...pseudoRandom(70, 9)])
    optimiser.dispose()
    expect((await values())[0]).toEqual([...pseudoRandom(70, 9)])
    await close([[...pseudoRandom(70, 9)], expected[1]!, expected[2]!])
    tf.dispose([gradients, parameters.map(({ variable }) => variable)])
  }))

test('clipping scales to the common norm, and only downwards', async () => {
  const gradients = [tf.tensor1d([3, 0]), tf.tensor2d([[4]])]
  const clipped = clipFactor(gradients, 1)
  expect((await clipped.norm.data())[0]).toBeCloseTo(5, 5)
  expect((await clipped.factor.data())[0]).toBeCloseTo(0.2, 6)
  expect((await clipFactor(gradients, 10).factor.data())[0]).toBe(1)

  const start = pseudoRandom(6, 1)
  const [clippedHere, clippedBefore] = [parameter('w', start, true), parameter('w', start, true)]
  const long = tf.tensor1d(pseudoRandom(6, 2).map(value => 100 * value))
  const { factor } = clipFactor([long], 0.5)
  const here = new AdamW([clippedHere], { epsilon: 0.1 })
  here.stepFlat(here.layout.gather([long]), 0.1, 0.5)
  new AdamW([clippedBefore], { epsilon: 0.1 }).step([tf.mul(long, factor)], 0.1)
  expect(await largestDifference(clippedHere.variable, await clippedBefore.variable.data())).toBeLessThan(
    1e-6,
  )
})
