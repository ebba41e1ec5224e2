import { beforeAll, expect, test } from 'vitest'
import { startEngine } from '../../gpu/startEngine'
import { tf } from '../../gpu/tensorflow'
import { maxPool } from './maxPool'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

test('padding never wins, and the gradient goes to the winners', async () => {
  const x = tf.tensor4d([-1, -2, -3, -4, -5, -6, -7, -8, -9], [1, 3, 3, 1])
  const pool = (a: tf.Tensor) => maxPool(a as tf.Tensor4D, { size: 3, stride: 2, padding: 1 })
  expect(Array.from(await pool(x).data())).toEqual([-1, -2, -4, -5])
  const dy = tf.tensor4d([1, 10, 100, 1000], [1, 2, 2, 1])
  const dx = await tf.grad(pool)(x, dy).data()
  expect(Array.from(dx)).toEqual([1, 10, 0, 100, 1000, 0, 0, 0, 0])
})
