import type { Scalar, Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import type { NetworkFamily } from '../../core/rounds/networks'
import { startEngine } from '../gpu/startEngine'
import { valueAndGradients } from '../nn/valueAndGradients'
import { createNetwork } from './createNetwork'
import { copySourceStatisticsToTarget } from './network'

const FAMILIES: NetworkFamily[] = ['segformer', 'swin-unet', 'efficientnetv2-unet', 'resnet-unet']

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

describe.each(FAMILIES)('%s tiny', family => {
  test('any size gives finite logits on its own grid', async () => {
    const network = createNetwork(family, 'tiny', { seed: 3 })
    const x = tf.randomNormal([2, 33, 47, 14], 0, 1, 'float32', 5) as Tensor4D
    const logits = network.forward(x, { training: false, domain: 'target' })
    expect(logits.shape).toEqual([2, 33, 47, 2])
    const values = await logits.data()
    expect(values.every(Number.isFinite)).toBe(true)
    expect(new Set(values).size).toBeGreaterThan(100)
    tf.dispose([x, logits])
    network.dispose()
  })

  test('every trainable parameter gets a finite gradient, and nothing leaks', async () => {
    const before = tf.memory().numTensors
    const network = createNetwork(family, 'tiny', { seed: 3 })
    const x = tf.randomNormal([1, 64, 64, 14], 0, 1, 'float32', 7) as Tensor4D
    const parameters = network.parameters.trainable()
    const held = tf.memory().numTensors
    const { value, gradients } = valueAndGradients(() => {
      const logits = network.forward(x, { training: true, domain: 'source' })
      return tf.mean(tf.square(tf.sub(logits, 1))) as Scalar
    }, parameters)
    expect(tf.memory().numTensors).toBe(held + 1 + gradients.length)
    expect(Number.isFinite((await value.data())[0])).toBe(true)
    const idle: string[] = []
    for (const [i, gradient] of gradients.entries()) {
      expect(gradient.shape, parameters[i]!.name).toEqual(parameters[i]!.variable.shape)
      const values = await gradient.data()
      expect(values.every(Number.isFinite), parameters[i]!.name).toBe(true)
      if (values.every(entry => entry === 0)) idle.push(parameters[i]!.name)
    }
    expect(idle).toEqual([])
    tf.dispose([x, value, ...gradients])
    network.dispose()
    expect(tf.memory().numTensors).toBe(before)
  })
})

test.each(['swin-unet', 'efficientnetv2-unet', 'resnet-unet'] as const)(
  '%s takes images smaller than its deepest stride, as its peer',
  async family => {
    const network = createNetwork(family, 'tiny', { seed: 3 })
    const x = tf.randomNormal([1, 9, 21, 14], 0, 1, 'float32', 5) as Tensor4D
    const logits = network.forward(x, { training: false, domain: 'source' })
    expect(logits.shape).toEqual([1, 9, 21, 2])
    expect((await logits.data()).every(Number.isFinite)).toBe(true)
    tf.dispose([x, logits])
    network.dispose()
  },
)

test('the same seed gives the same network, another seed another', async () => {
  const key = 'decode_head.linear_fuse.weight'
  const weights = []
  for (const seed of [1, 1, 2]) {
    const network = createNetwork('segformer', 'tiny', { seed })
    weights.push([...(await network.parameters.get(key).variable.data())])
    network.dispose()
  }
  expect(weights[1]).toEqual(weights[0])
  expect(weights[2]).not.toEqual(weights[0])
})

test('a training pass moves the running statistics of its own domain only, until the source’s are copied', async () => {
  const network = createNetwork('segformer', 'tiny', { seed: 1, options: { affine: 'separate' } })
  const names = ['running_mean', 'running_var', 'running_mean_target', 'running_var_target', 'weight_target']
  const key = (name: string) => `decode_head.batch_norm.${name}`
  const read = () =>
    Promise.all(names.map(async name => [...(await network.parameters.get(key(name)).variable.data())]))
  const x = tf.randomNormal([1, 64, 64, 14], 0, 1, 'float32', 9) as Tensor4D
  const before = await read()
  network.forward(x, { training: true, domain: 'target' }).dispose()
  const after = await read()
  expect(after.slice(0, 2)).toEqual(before.slice(0, 2))
  expect(after[2]).not.toEqual(before[2])
  expect(after[3]).not.toEqual(before[3])
  network.forward(x, { training: false, domain: 'target' }).dispose()
  expect(await read()).toEqual(after)
  const scale = after[4]!.map((_, index) => index)
  tf.tidy(() => network.parameters.assign(key('weight'), tf.tensor1d(scale)))
  const tensors = tf.memory().numTensors
  copySourceStatisticsToTarget(network)
  expect(tf.memory().numTensors).toBe(tensors)
  expect(await read()).toEqual([before[0], before[1], before[0], before[1], scale])
  x.dispose()
  network.dispose()
})

test.each([
  ['segformer', false],
  ['hrnet-ocr', true],
] as const)(
  '%s: input beyond the limit is cut to it; the rest is as without one',
  async (family, training) => {
    const limited = createNetwork(family, 'tiny', { seed: 3, options: { inputLimit: 3 } })
    const plain = createNetwork(family, 'tiny', { seed: 3 })
    const mode = { training, domain: 'source' } as const
    const pass = (network: typeof plain, input: Tensor4D): Tensor4D[] => {
      const both = training && network.forwardWithAuxiliary?.(input, mode)
      return both ? [both.logits, both.auxiliary] : [network.forward(input, mode)]
    }
    const x = tf.randomNormal([1, 64, 64, 14], 0, 4, 'float32', 9) as Tensor4D
    const cut = tf.clipByValue(x, -3, 3)
    const [found, wanted, far] = [pass(limited, x), pass(plain, cut), pass(plain, x)]
    expect(found).toHaveLength(training ? 2 : 1)
    for (const [index, tensor] of found.entries()) {
      const values = [...(await tensor.data())]
      expect(new Set(values).size).toBeGreaterThan(100)
      expect(values).toEqual([...(await wanted[index]!.data())])
      expect(values).not.toEqual([...(await far[index]!.data())])
    }
    tf.dispose([x, cut, ...found, ...wanted, ...far])
    limited.dispose()
    plain.dispose()
  },
)
