import { resolve } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { startEngine } from '../../gpu/startEngine'
import { tf } from '../../gpu/tensorflow'
import { pseudoRandom } from '../../gpu/testing/compareTensors'
import { gelu, silu } from './activations'
import { roll } from './attention'
import { conv2d } from './convolution'
import { layerNorm } from './layerNorm'
import { linear } from './linear'
import { raiseAndJoin } from './raise'
import { axisMatrix, bilinearAxis, nearestAxis, resizeBilinear, resizeNearest } from './resize'
import { softmax } from './softmax'

beforeAll(async () => {
  const wasmPath = `${resolve('node_modules/@tensorflow/tfjs-backend-wasm/dist')}/`
  await startEngine({ prefer: 'wasm', purpose: 'inference', wasmPath })
  expect(tf.getBackend()).toBe('wasm')
})

const random = (shape: number[], seed: number) =>
  tf.tensor(pseudoRandom(tf.util.sizeFromShape(shape), seed), shape)

/** The values of a result; it leaves nothing else behind. */
async function valuesOf(run: () => tf.Tensor): Promise<Float32Array> {
  const before = [tf.memory().numTensors, tf.backend().numDataIds()]
  const y = tf.tidy(run)
  const values = (await y.data()) as Float32Array
  y.dispose()
  expect([tf.memory().numTensors, tf.backend().numDataIds()]).toEqual(before)
  return values
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length)
  const wrong = Array.from(actual.length ? actual : [Number.NaN]).filter(
    (value, i) => !(Math.abs(value - expected[i]!) < 1e-5),
  )
  expect(wrong).toEqual([])
}

describe('products of batches and transposed matrices equal their definition', () => {
  const CASES: [string, number[], number[], boolean, boolean][] = [
    ['one, second transposed', [1, 40, 17], [1, 33, 17], false, true],
    ['one, first transposed', [17, 40], [17, 33], true, false],
    ['a batch of two axes', [2, 3, 20, 16], [2, 3, 16, 18], false, false],
    ['a batch, both transposed', [3, 16, 20], [3, 18, 16], true, true],
    ['one matrix by a batch', [1, 20, 16], [3, 16, 18], false, false],
    ['a batch by one matrix', [3, 20, 16], [1, 16, 18], false, false],
    ['small ones', [4, 2, 3], [4, 3, 5], false, false],
  ]
  test.each(CASES)('%s', async (_, shapeA, shapeB, transposeA, transposeB) => {
    const [a, b] = [random(shapeA, 1), random(shapeB, 2)]
    const [x, y] = [await a.data(), await b.data()]
    const [rowsA, columnsA] = shapeA.slice(-2) as [number, number]
    const [rowsB, columnsB] = shapeB.slice(-2) as [number, number]
    const [rows, inner] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA]
    const columns = transposeB ? rowsB : columnsB
    const [timesA, timesB] = [a.size / (rowsA * columnsA), b.size / (rowsB * columnsB)]
    const expected: number[] = []
    for (let i = 0; i < Math.max(timesA, timesB); i++) {
      const [beginA, beginB] = [(i % timesA) * rowsA * columnsA, (i % timesB) * rowsB * columnsB]
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          let sum = 0
          for (let k = 0; k < inner; k++) {
            const left = x[beginA + (transposeA ? k * columnsA + row : row * columnsA + k)]!
            sum += left * y[beginB + (transposeB ? column * columnsB + k : k * columnsB + column)]!
          }
          expected.push(sum)
        }
      }
    }
    // Twice: what is kept of the first product must not reach the second.
    for (let i = 0; i < 2; i++) {
      expectClose(await valuesOf(() => tf.matMul(a, b, transposeA, transposeB)), expected)
    }
    tf.dispose([a, b])
  })
})

describe('transposes equal their definition', () => {
  const CASES: [number[], number[]][] = [
    [
      [2, 3, 2, 4, 5, 3],
      [4, 0, 2, 1, 3, 5],
    ],
    [
      [3, 2, 2, 4, 2, 5],
      [1, 3, 2, 4, 0, 5],
    ],
    [
      [2, 3, 1, 4, 2, 3],
      [5, 4, 3, 2, 1, 0],
    ],
    [
      [2, 3, 4, 2, 3],
      [3, 1, 4, 0, 2],
    ],
    [
      [2, 1, 4, 2, 3],
      [2, 3, 4, 0, 1],
    ],
  ]
  test.each(CASES)('[%s] by [%s]', async (shape, perm) => {
    const x = random(shape, 1)
    const values = await x.data()
    const strides = tf.util.computeStrides([...shape, 1])
    const target = perm.map(axis => shape[axis]!)
    const expected = Array.from({ length: x.size }, (_, i) => {
      const places = tf.util.indexToLoc(i, target.length, tf.util.computeStrides(target))
      return values[places.reduce((at, place, axis) => at + place * strides[perm[axis]!]!, 0)]!
    })
    expect([...(await valuesOf(() => tf.transpose(x, perm)))]).toEqual(expected)
    x.dispose()
  })
})

describe('resizes equal their matrices', () => {
  const SIZES: [number, number, number, number][] = [
    [4, 6, 8, 12],
    [5, 3, 32, 22],
    [13, 9, 7, 5],
    [1, 1, 5, 4],
    [16, 12, 1, 1],
    // Nearest reads a pixel less at 29, as PyTorch's float32.
    [30, 2, 58, 4],
  ]
  const KINDS = [
    ['bilinear', false],
    ['bilinear, aligned corners', true],
    ['nearest', null],
  ] as const
  test.each(SIZES.flatMap(sizes => KINDS.map(kind => [...sizes, ...kind] as const)))(
    '%i x %i to %i x %i, %s',
    async (height, width, h, w, _, aligned) => {
      const x = random([2, height, width, 3], 1) as tf.Tensor4D
      const values = await x.data()
      const axis = (from: number, to: number) => {
        const map = aligned === null ? nearestAxis(from, to) : bilinearAxis(from, to, aligned)
        return axisMatrix(map, from, to, aligned === null)
      }
      const [rows, columns] = [axis(height, h), axis(width, w)]
      const expected: number[] = []
      for (let i = 0; i < 2 * h * w * 3; i++) {
        const [image, row, column, channel] = tf.util.indexToLoc(i, 4, [h * w * 3, w * 3, 3]) as number[]
        let sum = 0
        for (let y = 0; y < height; y++) {
          for (let z = 0; z < width; z++) {
            const weight = rows[row! * height + y]! * columns[column! * width + z]!
            sum += weight * values[((image! * height + y) * width + z) * 3 + channel!]!
          }
        }
        expected.push(sum)
      }
      const resized = () =>
        aligned === null ? resizeNearest(x, [h, w]) : resizeBilinear(x, [h, w], { alignCorners: aligned })
      expectClose(await valuesOf(resized), expected)
      x.dispose()
    },
  )
})

test.each([
  [0, 0],
  [3, 0],
  [-2, 5],
  [9, -11],
])('a roll by %i rows and %i columns equals its definition', async (rows, columns) => {
  const shape: [number, number, number, number] = [2, 7, 6, 3]
  const values = pseudoRandom(2 * 7 * 6 * 3, 4)
  const x = tf.tensor4d(values, shape)
  const source = (i: number) => {
    const [channel, column, row] = [i % 3, Math.floor(i / 3) % 6, Math.floor(i / 18) % 7]
    const [y, left] = [row - rows + 70, column - columns + 60]
    return ((Math.floor(i / 126) * 7 + (y % 7)) * 6 + (left % 6)) * 3 + channel
  }
  const rolled = await valuesOf(() => roll(x, rows, columns))
  expect(rolled).toEqual(Float32Array.from(values, (_, i) => values[source(i)]!))
  x.dispose()
})

test.each([
  ['by fewer multiplications', [1, 14, 13, 16], [3, 3, 16, 20], 1, 1],
  ['tap by tap', [2, 30, 28, 5], [3, 3, 5, 8], 2, 1],
  ['of single pixels', [1, 12, 11, 24], [1, 1, 24, 16], 1, 0],
  ['with more weights than pixels', [1, 4, 4, 16], [3, 3, 16, 16], 1, 1],
  ['of two classes', [1, 20, 20, 6], [3, 3, 6, 2], 1, 1],
] as const)(
  'a convolution with what follows it is that of its parts: %s',
  async (_, image, filter, stride, padding) => {
    const channels = filter[3]
    const [x, kernel] = [random([...image], 1) as tf.Tensor4D, random([...filter], 2) as tf.Tensor4D]
    const vectors = [3, 4, 5, 6].map(seed => random([channels], seed) as tf.Tensor1D)
    const [bias, scale, shift, mean] = vectors as [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D]
    const variance = tf.tensor1d(pseudoRandom(channels, 7).map(value => 1.5 + value))
    const options = { stride, padding }
    for (const given of [bias, undefined]) {
      for (const activation of ['none', 'relu'] as const) {
        const normalisation = { scale, shift, mean, variance, epsilon: 1e-3, activation }
        const expected = await valuesOf(() => {
          const plain = conv2d(x, kernel, options)
          const y = given ? tf.add(plain, given) : plain
          const factor = tf.div(scale, tf.sqrt(tf.add(variance, 1e-3)))
          const z = tf.add(tf.mul(tf.sub(y, mean), factor), shift)
          return activation === 'relu' ? tf.relu(z) : z
        })
        const actual = await valuesOf(() => conv2d(x, kernel, { ...options, bias: given, normalisation }))
        expectClose(actual, expected)
      }
    }
    tf.dispose([x, kernel, variance, ...vectors])
  },
)

test('softmax of many rows, and a linear map with a bias that was made in another shape', async () => {
  const x = random([70_001, 3], 5)
  const given = (await x.data()) as Float32Array
  const expected = Array.from(given, (value, i) => {
    const row = given.slice(i - (i % 3), i - (i % 3) + 3)
    return Math.exp(value) / row.reduce((sum, other) => sum + Math.exp(other), 0)
  })
  expectClose(await valuesOf(() => softmax(x)), expected)
  const weight = random([3, 2], 6) as tf.Tensor2D
  const bias = tf.tensor3d([0.5, -2], [1, 1, 2])
  const w = (await weight.data()) as Float32Array
  const y = await valuesOf(() => linear(x, weight, { bias: tf.reshape(bias, [2]) as tf.Tensor1D }))
  const at = (i: number) =>
    [0, 1, 2].reduce(
      (sum, k) => sum + given[3 * Math.floor(i / 2) + k]! * w[2 * k + (i % 2)]!,
      [0.5, -2][i % 2]!,
    )
  expectClose(y, Array.from(y.keys(), at))
  tf.dispose([x, weight, bias])
})

/** Kernels of TensorFlow.js that it calls: none where ours does all. */
async function kernelsOf(run: () => tf.Tensor): Promise<string[]> {
  const { kernelNames } = await tf.profile(() => tf.tidy(() => void run()))
  return kernelNames
}

test('activations take one pass, and plain operations for fewer values than a vector has', async () => {
  const [x, few] = [random([5, 7], 1), random([3], 2)]
  const phi = (values: tf.Tensor) => tf.add(tf.erf(tf.mul(values, Math.SQRT1_2)), 1)
  for (const values of [x, few]) {
    expectClose(await valuesOf(() => silu(values)), await valuesOf(() => tf.mul(values, tf.sigmoid(values))))
    const plain = await valuesOf(() => tf.mul(tf.mul(values, 0.5), phi(values)))
    expectClose(await valuesOf(() => gelu(values)), plain)
  }
  expect(await kernelsOf(() => gelu(x))).toEqual([])
  expect(await kernelsOf(() => silu(x))).toEqual([])
  expect(await kernelsOf(() => silu(few))).not.toEqual([])
  expect(tf.tidy(() => gelu(x).shape)).toEqual([5, 7])
  tf.dispose([x, few])
})

describe('a layer norm is that of its definition', () => {
  test.each([
    [[3, 5, 32], true],
    [[2, 700, 64], true],
    [[1, 4], true],
    [[6, 6], false],
  ])('of %j', async (shape, isOnePass) => {
    const channels = shape.at(-1)!
    // Far from 0, where differences of large sums would lose their digits.
    const x = tf.tidy(() => tf.add(random(shape, 1), 100))
    const [scale, shift] = [2, 3].map(seed => random([channels], seed)) as [tf.Tensor1D, tf.Tensor1D]
    const [given, factors, summands] = await Promise.all([x, scale, shift].map(tensor => tensor.data()))
    const y = await valuesOf(() => layerNorm(x, scale, shift, 1e-3))
    const expected = Array.from(y.keys(), i => {
      const row = [...given!.slice(i - (i % channels), i - (i % channels) + channels)]
      const mean = row.reduce((sum, value) => sum + value, 0) / channels
      const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / channels
      const unit = (given![i]! - mean) / Math.sqrt(variance + 1e-3)
      return unit * factors![i % channels]! + summands![i % channels]!
    })
    expect(y.length).toBe(given!.length)
    const wrong = expected.filter((value, i) => !(Math.abs(value - y[i]!) < 1e-4))
    expect(wrong).toEqual([])
    expect((await kernelsOf(() => layerNorm(x, scale, shift))).length === 0).toBe(isOnePass)
    tf.dispose([x, scale, shift])
  })
})

describe('an enlarged map with another beside it has the pixels of both', () => {
  test.each([
    ['twice', [2, 3, 4, 8], [2, 6, 8, 12], [6, 8], true],
    ['twice, nothing beside it', [1, 5, 3, 4], null, [10, 6], true],
    ['lines alone', [1, 4, 3, 16], [1, 8, 3, 4], [8, 3], true],
    ['as it is', [1, 4, 3, 16], [1, 4, 3, 4], [4, 3], true],
    ['by no whole number', [1, 4, 4, 8], [1, 6, 6, 4], [6, 6], false],
    ['channels that fill no vectors', [1, 3, 3, 5], [1, 6, 6, 4], [6, 6], false],
  ] as const)('%s', async (_, below, beside, size, isOnePass) => {
    const map = random([...below], 1) as tf.Tensor4D
    const other = beside && (random([...beside], 2) as tf.Tensor4D)
    const [pixels, others] = [await map.data(), await other?.data()]
    const y = await valuesOf(() => raiseAndJoin(map, other, size))
    const [batch, height, width, channels] = map.shape
    const more = other?.shape[3] ?? 0
    const expected: number[] = []
    for (let image = 0; image < batch; image++)
      for (let row = 0; row < size[0]; row++)
        for (let column = 0; column < size[1]; column++) {
          const line = image * height + Math.floor((row * height) / size[0])
          const from = (line * width + Math.floor((column * width) / size[1])) * channels
          expected.push(...pixels.slice(from, from + channels))
          const place = ((image * size[0] + row) * size[1] + column) * more
          if (others) expected.push(...others.slice(place, place + more))
        }
    expect([...y]).toEqual(expected)
    const kernels = await kernelsOf(() => raiseAndJoin(map, other, size))
    expect(kernels.length === 0).toBe(isOnePass)
    tf.dispose(other ? [map, other] : map)
  })
})
