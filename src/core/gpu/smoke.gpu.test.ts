import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-core/dist/register_all_gradients'
import '@tensorflow/tfjs-backend-webgpu'
import { expect, test } from 'vitest'

test('tensors live on WebGPU', async () => {
  await tf.setBackend('webgpu')
  await tf.ready()
  expect(tf.getBackend()).toBe('webgpu')
  const v = tf.variable(tf.tensor1d([1, 2]))
  const { value, grads } = tf.variableGrads(() => tf.sum(tf.square(v)) as tf.Scalar)
  expect((await value.data())[0]).toBe(5)
  expect(Array.from(await grads[v.name]!.data())).toEqual([2, 4])
})
