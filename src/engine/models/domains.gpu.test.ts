import type { Scalar, Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { startEngine } from '../gpu/startEngine'
import { crossSensorNormalisation } from '../nn/crossSensorNormalisation'
import { convolution, type ForwardMode } from '../nn/layers'
import { createParameterRegistry, createParameterScope } from '../nn/parameterRegistry'
import { createParameterStore } from '../nn/parameterStore'
import { valueAndGradients } from '../nn/valueAndGradients'
import { copySourceStatisticsToTarget, forwardByDomain } from './domains'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

/** A convolution 1 x 1 and a normalisation, 2 bands to 3 classes. */
function smallNetwork(affine: 'shared' | 'separate') {
  const registry = createParameterRegistry({ affine })
  const scope = createParameterScope(registry)
  const convolve = convolution(scope.at('conv'), { in: 2, out: 3, kernel: 1 })
  const norm = crossSensorNormalisation(scope.at('norm'), 3)
  const parameters = createParameterStore(registry, 5)
  const set = (name: string, values: number[]) => tf.tidy(() => parameters.assign(name, tf.tensor1d(values)))
  const get = async (name: string) => [...(await parameters.get(name).variable.data())]
  return {
    parameters,
    set,
    get,
    forward: (x: Tensor4D, mode: ForwardMode) => tf.tidy(() => norm(convolve(x), mode)),
    dispose: () => parameters.dispose(),
  }
}

const images = (count: number) => tf.randomNormal([count, 2, 3, 2], 0, 1, 'float32', 3) as Tensor4D

test.each(['shared', 'separate'] as const)(
  '%s: a mixed batch gives each image its own domain’s answer',
  async affine => {
    const network = smallNetwork(affine)
    network.set('norm.running_mean_target', [1, 2, 3])
    network.set('norm.running_var_target', [4, 9, 16])
    if (affine === 'separate') network.set('norm.weight_target', [2, 3, 4])
    const x = images(3)
    const mixed = forwardByDomain(network, x, ['target', 'source', 'target'], { training: false })
    const source = network.forward(x, { training: false, domain: 'source' })
    const target = network.forward(x, { training: false, domain: 'target' })
    const [all, bySource, byTarget] = await Promise.all([mixed.data(), source.data(), target.data()])
    const size = all.length / 3
    for (let i = 0; i < all.length; i++) {
      const inSource = Math.floor(i / size) === 1
      expect(all[i]).toBeCloseTo((inSource ? bySource : byTarget)[i]!, 5)
    }
    expect(Math.abs(bySource[0]! - byTarget[0]!)).toBeGreaterThan(0.01)
    tf.dispose([x, mixed, source, target])
    network.dispose()
  },
)

test('training moves each domain’s statistics by its own images only', async () => {
  const network = smallNetwork('shared')
  const alone = smallNetwork('shared')
  const x = images(4)
  const half = tf.slice4d(x, [2, 0, 0, 0], [2, 2, 3, 2])
  tf.dispose(forwardByDomain(network, x, ['source', 'source', 'target', 'target'], { training: true }))
  tf.dispose(alone.forward(half, { training: true, domain: 'target' }))
  for (const name of ['norm.running_mean_target', 'norm.running_var_target']) {
    const [mixed, expected] = [await network.get(name), await alone.get(name)]
    for (const [i, value] of mixed.entries()) expect(value).toBeCloseTo(expected[i]!, 6)
    expect(mixed).not.toEqual(await network.get(name.replace('_target', '')))
  }
  tf.dispose([x, half])
  network.dispose()
  alone.dispose()
})

test('separate affine parameters learn from their own domain only, and nothing leaks', async () => {
  const before = tf.memory().numTensors
  const network = smallNetwork('separate')
  const x = images(2)
  const learn = async (domains: ('source' | 'target')[]) => {
    const { value, gradients } = valueAndGradients(
      () => tf.mean(tf.square(tf.add(forwardByDomain(network, x, domains, { training: true }), 1))) as Scalar,
      network.parameters.trainable(),
    )
    const names = network.parameters.trainable().map(({ name }) => name)
    const moved: string[] = []
    for (const [i, name] of names.entries()) {
      if ((await gradients[i]!.data()).some(slope => Math.abs(slope) > 1e-6)) moved.push(name)
    }
    tf.dispose([value, ...gradients])
    return moved.filter(name => name.startsWith('norm')).sort()
  }
  expect(await learn(['source', 'source'])).toEqual(['norm.bias', 'norm.weight'])
  expect(await learn(['target', 'target'])).toEqual(['norm.bias_target', 'norm.weight_target'])
  expect(await learn(['target', 'source'])).toEqual([
    'norm.bias',
    'norm.bias_target',
    'norm.weight',
    'norm.weight_target',
  ])
  network.set('norm.weight', [5, 6, 7])
  copySourceStatisticsToTarget(network)
  expect(await network.get('norm.weight_target')).toEqual([5, 6, 7])
  x.dispose()
  network.dispose()
  expect(tf.memory().numTensors).toBe(before)
})

test('a batch needs one domain for each image', () => {
  const network = smallNetwork('shared')
  const x = images(2)
  expect(() => forwardByDomain(network, x, ['source'], { training: false })).toThrow(
    expect.objectContaining({ code: 'shape-mismatch' }),
  )
  x.dispose()
  network.dispose()
})
