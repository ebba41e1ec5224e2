import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { startEngine } from '../../gpu/startEngine'
import { tf } from '../../gpu/tensorflow'
import { largestDifference, pseudoRandom } from '../../gpu/testing/compareTensors'
import { multiHeadAttention } from './attention'
import { windowAttention } from './windowAttention'

const wasmPath = `${resolve('node_modules/@tensorflow/tfjs-backend-wasm/dist')}/`

const filled = (shape: number[], seed: number) =>
  tf.tensor(pseudoRandom(tf.util.sizeFromShape(shape), seed), shape)

/** Two heads of four channels; shifted and padded windows, and queries of another map than the keys. */
function both(): tf.Tensor[] {
  return tf.tidy(() => {
    const qkv = filled([2, 5, 7, 24], 1) as tf.Tensor4D
    const [padding, table] = [filled([24], 2) as tf.Tensor1D, filled([49, 2], 3) as tf.Tensor2D]
    const [q, k] = [filled([2, 5, 7, 8], 4) as tf.Tensor4D, filled([2, 2, 3, 8], 5) as tf.Tensor4D]
    return [
      windowAttention(qkv, padding, table, { window: [4, 4], shift: [2, 2], padding: 'timm' }),
      multiHeadAttention(q, k, k, 2),
    ]
  })
}

test('WASM attends as WebGPU does', async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'inference' })
  expect(tf.getBackend()).toBe('webgpu')
  const expected = await Promise.all(both().map(y => y.data()))
  await startEngine({ prefer: 'wasm', purpose: 'inference', wasmPath })
  expect(tf.getBackend()).toBe('wasm')
  for (const [i, y] of both().entries()) {
    expect(y.size).toBe(2 * 5 * 7 * 8)
    expect(await largestDifference(y, expected[i]!)).toBeLessThan(1e-5)
  }
})
