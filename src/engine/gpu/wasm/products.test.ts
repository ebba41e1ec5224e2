import { resolve } from 'node:path'
import { _fusedMatMulConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/_FusedMatMul'
import { batchMatMulConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/BatchMatMul'
import { conv2DConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Conv2D'
import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { startEngine } from '../startEngine'
import { pseudoRandom } from '../testing/compareTensors'

const wasmPath = `${resolve('node_modules/@tensorflow/tfjs-backend-wasm/dist')}/`

type Shape4D = [number, number, number, number]

/** Image, filter, strides, padding as TensorFlow.js has it, spacing of the taps. */
const CONVOLUTIONS: [
  Shape4D,
  Shape4D,
  number,
  'same' | 'valid' | [number, number, number, number],
  number,
][] = [
  [[1, 9, 11, 5], [3, 3, 5, 8], 1, 'same', 1],
  [[2, 12, 10, 14], [3, 3, 14, 24], 2, 'same', 1],
  [[2, 13, 9, 3], [7, 7, 3, 17], 4, [3, 3, 3, 3], 1],
  [[1, 8, 8, 16], [3, 3, 16, 12], 2, [0, 1, 0, 1], 1],
  [[2, 7, 9, 20], [1, 1, 20, 33], 1, 'valid', 1],
  [[1, 16, 16, 6], [2, 2, 6, 40], 2, 'valid', 1],
  [[1, 14, 15, 4], [3, 3, 4, 9], 1, [2, 2, 2, 2], 2],
  // More rows than a block has.
  [[1, 40, 41, 260], [1, 1, 260, 10], 1, 'same', 1],
  // Less than a tile, which stays XNNPACK's.
  [[1, 9, 9, 5], [3, 3, 5, 2], 1, 'same', 1],
  [[1, 3, 3, 5], [3, 3, 5, 8], 1, 'valid', 1],
]

/** Of 3 x 3, by Winograd's way. */
const FEWER_MULTIPLICATIONS: typeof CONVOLUTIONS = [
  [[1, 9, 11, 16], [3, 3, 16, 20], 1, 'same', 1],
  [[2, 8, 7, 24], [3, 3, 24, 16], 1, 'valid', 1],
  [[1, 5, 6, 32], [3, 3, 32, 64], 1, [2, 1, 0, 2], 1],
  // Blocks of tiles that do not come out even.
  [[2, 23, 21, 256], [3, 3, 256, 16], 1, 'same', 1],
]

/** Rows, values in a row, columns. */
const PRODUCTS = [
  [4, 1, 8],
  [49, 32, 49],
  [5, 96, 288],
  [1030, 300, 21],
  [7, 3000, 9],
  [3, 20, 20],
  [20, 20, 7],
] as const

const random = (shape: number[], seed: number) =>
  tf.tensor(pseudoRandom(tf.util.sizeFromShape(shape), seed), shape)

function convolve([image, filter, stride, padding, dilation]: (typeof CONVOLUTIONS)[number]): tf.Tensor {
  const pad = Array.isArray(padding)
    ? ([[0, 0], padding.slice(0, 2), padding.slice(2), [0, 0]] as tf.backend_util.ExplicitPadding)
    : padding
  const [x, weights] = [random(image, 1) as tf.Tensor4D, random(filter, 2) as tf.Tensor4D]
  return tf.conv2d(x, weights, stride, pad, 'NHWC', dilation)
}

function multiply([rows, inner, columns]: (typeof PRODUCTS)[number], biased: boolean): tf.Tensor {
  const [a, b] = [random([rows, inner], 3) as tf.Tensor2D, random([inner, columns], 4) as tf.Tensor2D]
  return biased ? tf.fused.matMul({ a, b, bias: random([columns], 5) }) : tf.matMul(a, b)
}

const valuesOf = (runs: (() => tf.Tensor)[]) =>
  Promise.all(
    runs.map(async run => {
      const y = tf.tidy(run)
      const values = await y.data()
      y.dispose()
      return [...values]
    }),
  )

const results = () =>
  valuesOf([
    ...CONVOLUTIONS.map(given => () => convolve(given)),
    ...PRODUCTS.flatMap(given => [false, true].map(biased => () => multiply(given, biased))),
  ])

/** Runs with the kernels of TensorFlow.js, which the engine has replaced for the whole process. */
async function withStockKernels<T>(run: () => Promise<T>): Promise<T> {
  const stock = [batchMatMulConfig, _fusedMatMulConfig, conv2DConfig]
  const ours = stock.map(({ kernelName }) => tf.getKernel(kernelName, 'wasm'))
  const register = (config: tf.KernelConfig) => {
    tf.unregisterKernel(config.kernelName, 'wasm')
    tf.registerKernel(config)
  }
  for (const [i, config] of stock.entries()) {
    expect(ours[i]?.kernelFunc, config.kernelName).not.toBe(config.kernelFunc)
    config.setupFunc?.(tf.backend())
    register(config)
  }
  try {
    return await run()
  } finally {
    ours.forEach(register)
  }
}

test('products and convolutions have the bits of XNNPACK', async () => {
  const { adapter } = await startEngine({ prefer: 'wasm', purpose: 'inference', wasmPath })
  expect(adapter).toBe('WASM SIMD, 1 thread')
  const expected = await withStockKernels(results)
  const before = tf.backend().numDataIds()
  const ours = await results()
  expect(tf.backend().numDataIds()).toBe(before)
  expect(ours.length).toBe(CONVOLUTIONS.length + 2 * PRODUCTS.length)
  for (const [i, values] of ours.entries()) expect(values, `case ${i}`).toEqual(expected[i])
  expect(ours.every(values => values.length > 0 && values.some(value => value !== 0))).toBe(true)
})

test('convolutions by fewer multiplications are those of XNNPACK but for the last bits', async () => {
  await startEngine({ prefer: 'wasm', purpose: 'inference', wasmPath })
  const run = () => valuesOf(FEWER_MULTIPLICATIONS.map(given => () => convolve(given)))
  const expected = await withStockKernels(run)
  const before = tf.backend().numDataIds()
  const ours = await run()
  expect(tf.backend().numDataIds()).toBe(before)
  for (const [i, values] of ours.entries()) {
    const stock = expected[i]!
    expect(values.length).toBe(stock.length)
    const tolerance = 4e-6 * Math.max(...stock.map(Math.abs))
    const wrong = values.filter((value, j) => !(Math.abs(value - stock[j]!) < tolerance))
    expect(wrong, `case ${i}`).toEqual([])
    // Another way, so other bits: it was taken.
    expect(values).not.toEqual(stock)
  }
})
