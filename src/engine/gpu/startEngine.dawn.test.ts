import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { startEngine } from './startEngine'
import { tf } from './tensorflow'

const BINARIES = `${resolve('node_modules/@tensorflow/tfjs-backend-wasm/dist')}/`

test('WASM predicts in Node, and says that it cannot train', async () => {
  const info = await startEngine({ prefer: 'wasm', purpose: 'inference', wasmPath: BINARIES })
  expect(tf.getBackend()).toBe('wasm')
  expect(info).toMatchObject({ backend: 'wasm', software: true, canTrain: false, limits: null })
  expect(info.adapter).toMatch(/^WASM.* thread/)
  const x = tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1])
  const y = tf.conv2d(x, tf.ones([2, 2, 1, 1]) as tf.Tensor4D, 1, 'valid')
  expect((await y.data())[0]).toBe(10)
})

test('on its own, inference takes WASM before a software GPU, and training the GPU', async () => {
  const inference = await startEngine({ prefer: 'auto', purpose: 'inference', wasmPath: BINARIES })
  const training = await startEngine({ prefer: 'auto', purpose: 'training', wasmPath: BINARIES })
  expect(training.backend).toBe('webgpu')
  expect(inference.backend).toBe(training.software ? 'wasm' : 'webgpu')
})
