import { beforeAll, expect, test } from 'vitest'
import { startEngine } from '../../gpu/startEngine'
import { tf } from '../../gpu/tensorflow'
import { largestDifference, pseudoRandom } from '../../gpu/testing/compare'
import { geluTanh } from './geluTanh'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

test('value and slope are those of the formula, the slope by differences in float64', async () => {
  const formula = (x: number) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
  const points = [...pseudoRandom(20).map(x => 4 * x), 0, 20, -20]
  const { value, grad } = tf.valueAndGrad((x: tf.Tensor) => tf.sum(geluTanh(x)))(tf.tensor1d(points))
  const total = points.reduce((sum, x) => sum + formula(x), 0)
  expect((await value.data())[0]).toBeCloseTo(total, 4)
  const slopes = points.map(x => (formula(x + 1e-5) - formula(x - 1e-5)) / 2e-5)
  expect(await largestDifference(grad, slopes)).toBeLessThan(2e-6)
})
