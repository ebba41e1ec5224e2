import { resolve } from 'node:path'
import { sliceConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Slice'
import { splitVConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/SplitV'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { startEngine } from '../startEngine'

beforeAll(async () => {
  const wasmPath = `${resolve('node_modules/@tensorflow/tfjs-backend-wasm/dist')}/`
  await startEngine({ prefer: 'wasm', purpose: 'inference', wasmPath })
  expect(tf.getBackend()).toBe('wasm')
})

/** A third of zeros, so that booleans differ; every other value another. */
const counted = (shape: number[], dtype: tf.DataType) =>
  tf.cast(
    tf.tensor(
      Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => (i % 3 ? i : 0)),
      shape,
    ),
    dtype,
  )

/** Shape, begin, size. */
const SLICES: [number[], number[], number[]][] = [
  [[7], [2], [4]],
  [[7], [0], [-1]],
  [
    [6, 5],
    [2, 0],
    [3, 5],
  ],
  [
    [6, 5],
    [1, 2],
    [4, 2],
  ],
  [
    [4, 3, 5],
    [1, 1, 0],
    [2, 2, -1],
  ],
  [
    [2, 7, 6, 3],
    [0, 2, 1, 0],
    [2, 4, 3, 3],
  ],
  [
    [2, 7, 6, 3],
    [1, 0, 0, 1],
    [1, 7, 6, 1],
  ],
  [
    [2, 3, 2, 3, 4],
    [0, 1, 0, 2, 0],
    [2, 1, 2, 1, 4],
  ],
  [
    [3, 4],
    [1, 1],
    [0, 2],
  ],
  [
    [1, 5, 1],
    [0, 4, 0],
    [1, 1, 1],
  ],
]

/** Shape, parts, axis. */
const SPLITS: [number[], number | number[], number][] = [
  [[6, 4, 5], 3, 0],
  [[6, 4, 5], [1, 2, 1], 1],
  [[6, 4, 5], 5, -1],
  [[9], [4, -1], 0],
  [[2, 3, 8, 2, 2], [2, 6], 2],
]

const TYPES = ['float32', 'int32', 'bool'] as const

function parts(): tf.Tensor[] {
  return tf.tidy(() =>
    TYPES.flatMap(dtype => [
      ...SLICES.map(([shape, begin, size]) => tf.slice(counted(shape, dtype), begin, size)),
      ...SPLITS.flatMap(([shape, into, axis]) => tf.split(counted(shape, dtype), into, axis)),
    ]),
  )
}

/** Shape, type and values of each; nothing is left behind. */
async function results() {
  const before = [tf.memory().numTensors, tf.backend().numDataIds()]
  const made = parts()
  const read = await Promise.all(made.map(async y => [y.shape, y.dtype, ...(await y.data())]))
  tf.dispose(made)
  expect([tf.memory().numTensors, tf.backend().numDataIds()]).toEqual(before)
  return read
}

test('slices and splits are those of TensorFlow.js', async () => {
  const ours = await results()
  const configs = [sliceConfig, splitVConfig]
  const own = configs.map(({ kernelName }) => tf.getKernel(kernelName, 'wasm'))
  const register = (config: tf.KernelConfig) => {
    tf.unregisterKernel(config.kernelName, 'wasm')
    tf.registerKernel(config)
  }
  for (const [i, config] of configs.entries()) {
    expect(own[i]?.kernelFunc).not.toBe(config.kernelFunc)
    register(config)
  }
  try {
    expect(ours).toEqual(await results())
  } finally {
    own.forEach(register)
  }
  expect(ours.length).toBe(TYPES.length * (SLICES.length + 3 + 3 + 5 + 2 + 2))
})

test('the memory may grow between the parts', async () => {
  const x = tf.tidy(() => tf.add(tf.zeros([2, 3_000_000]), tf.tensor2d([[1], [2]])))
  const halves = tf.split(x, 2)
  const means = await Promise.all(halves.map(half => tf.tidy(() => tf.mean(half)).data()))
  expect(means.map(([mean]) => mean)).toEqual([1, 2])
  tf.dispose([x, ...halves])
})
