import { beforeAll, describe, expect, test } from 'vitest'
import { startEngine } from '../gpu/startEngine'
import { tf } from '../gpu/tensorflow'
import { largestDifference, pseudoRandom } from '../gpu/testing/compareTensors'
import { crossSensorNormalisation } from './crossSensorNormalisation'
import type { ForwardMode } from './layers'
import { linear } from './ops/linear'
import { createParameterRegistry, createParameterScope } from './parameterRegistry'
import { createParameterStore } from './parameterStore'
import { valueAndGradients } from './valueAndGradients'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

describe('matrix products equal the definition', () => {
  const cases: [string, number, number, number, number, boolean, boolean][] = [
    ['plain', 2, 9, 8, 12, false, false],
    ['odd sizes', 3, 5, 7, 3, false, false],
    ['left transposed', 2, 8, 10, 4, true, false],
    ['right transposed, odd', 2, 6, 5, 9, false, true],
    ['both transposed', 1, 7, 12, 8, true, true],
    ['long inner axis, summed in parts', 1, 6, 2500, 5, true, false],
  ]
  test.each(cases)('%s', async (_, batch, rows, inner, columns, transposeA, transposeB) => {
    const a = tf.tensor3d(pseudoRandom(batch * rows * inner, 1), [
      batch,
      ...((transposeA ? [inner, rows] : [rows, inner]) as [number, number]),
    ])
    const b = tf.tensor3d(pseudoRandom(batch * inner * columns, 2), [
      batch,
      ...((transposeB ? [columns, inner] : [inner, columns]) as [number, number]),
    ])
    const [left, right] = [await a.data(), await b.data()]
    const expected = Float64Array.from({ length: batch * rows * columns }, (_, i) => {
      const n = i % columns
      const m = Math.floor(i / columns) % rows
      const image = Math.floor(i / columns / rows)
      let sum = 0
      for (let k = 0; k < inner; k++) {
        sum +=
          left[image * rows * inner + (transposeA ? k * rows + m : m * inner + k)]! *
          right[image * inner * columns + (transposeB ? n * inner + k : k * columns + n)]!
      }
      return sum
    })
    const product = tf.matMul(a, b, transposeA, transposeB)
    expect(product.shape).toEqual([batch, rows, columns])
    expect(await largestDifference(product, expected)).toBeLessThan(inner > 1000 ? 1e-4 : 1e-5)
  })
})

test('one matrix serves a whole batch', async () => {
  const a = tf.tensor3d(pseudoRandom(8, 1), [1, 2, 4])
  const b = tf.tensor3d(pseudoRandom(3 * 4 * 5, 2), [3, 4, 5])
  const separate = tf.stack(tf.unstack(b).map(matrix => tf.matMul(tf.squeeze(a, [0]), matrix as tf.Tensor2D)))
  const product = tf.matMul(a, b)
  expect(product.shape).toEqual([3, 2, 5])
  expect(await largestDifference(product, await separate.data())).toBe(0)
})

test('an affine map of the last axis, with gradients', async () => {
  const x = tf.tensor3d([1, 2, 3, 4, 5, 6], [1, 3, 2])
  const w = tf.tensor2d([1, 0, -1, 2, 1, 3], [2, 3])
  const bias = tf.tensor1d([10, 20, 30])
  const y = linear(x, w, { bias })
  expect(y.shape).toEqual([1, 3, 3])
  expect(Array.from(await y.data())).toEqual([15, 22, 35, 21, 24, 39, 27, 26, 43])
  const [dx, dw, db] = tf.grads((a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) =>
    linear(a, b as tf.Tensor2D, { bias: c as tf.Tensor1D }),
  )([x, w, bias])
  expect(Array.from(await dx!.data())).toEqual([0, 6, 0, 6, 0, 6])
  expect(Array.from(await dw!.data())).toEqual([9, 9, 9, 12, 12, 12])
  expect(Array.from(await db!.data())).toEqual([3, 3, 3])
})

describe('cross-sensor normalisation', () => {
  /** Two channels, with running statistics and, where separate, affine parameters of the target's own. */
  function normalisation(affine: 'shared' | 'separate') {
    const registry = createParameterRegistry({ affine })
    const layer = crossSensorNormalisation(createParameterScope(registry).at('norm'), 2)
    const parameters = createParameterStore(registry, 1)
    const set = (name: string, values: number[]) =>
      tf.tidy(() => parameters.assign(`norm.${name}`, tf.tensor1d(values)))
    set('running_mean_target', [1, 2])
    set('running_var_target', [4, 9])
    if (affine === 'separate') set('weight_target', [3, 5])
    const pass = (x: tf.Tensor4D, mode: ForwardMode) => tf.tidy(() => layer(x, mode))
    return { parameters, pass }
  }

  test.each([
    ['shared', 1, 1],
    ['separate', 3, 5],
  ] as const)(
    '%s: inference takes the statistics and the scale of its own domain',
    async (affine, first, second) => {
      const { parameters, pass } = normalisation(affine)
      const x = tf.tensor4d([5, 8, -3, 2], [1, 1, 2, 2])
      const source = pass(x, { training: false, domain: 'source' })
      const target = pass(x, { training: false, domain: 'target' })
      expect(await largestDifference(source, [5, 8, -3, 2])).toBeLessThan(1e-4)
      expect(await largestDifference(target, [2 * first, 2 * second, -2 * first, 0])).toBeLessThan(1e-4)
      tf.dispose([x, source, target])
      parameters.dispose()
    },
  )

  test('separate affine parameters learn from their own domain only', async () => {
    const { parameters, pass } = normalisation('separate')
    const x = tf.tensor4d(pseudoRandom(12, 4), [1, 2, 3, 2])
    const learn = async (domain: 'source' | 'target') => {
      const trainable = parameters.trainable()
      const { value, gradients } = valueAndGradients(
        () => tf.mean(tf.square(tf.add(pass(x, { training: true, domain }), 1))) as tf.Scalar,
        trainable,
      )
      const moved: string[] = []
      for (const [i, { name }] of trainable.entries()) {
        if ((await gradients[i]!.data()).some(slope => Math.abs(slope) > 1e-6)) moved.push(name)
      }
      tf.dispose([value, ...gradients])
      return moved.sort()
    }
    expect(await learn('source')).toEqual(['norm.bias', 'norm.weight'])
    expect(await learn('target')).toEqual(['norm.bias_target', 'norm.weight_target'])
    x.dispose()
    parameters.dispose()
  })
})
