import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startEngine } from '../startEngine'
import { tf } from '../tensorflow'
import { largestDifference, pseudoRandom } from '../testing/compareTensors'
import { webGpuBackend } from '../webgpuBackend'
import { type MatMulOptions, type MatMulShape, matMul, weightGradient } from './matMul'
import { preferTiles } from './softwareAdapters'

let onSoftware = false
beforeAll(async () => {
  onSoftware = (await startEngine({ prefer: 'webgpu', purpose: 'training' })).software
  expect(tf.getBackend()).toBe('webgpu')
})

/** The definition, in float64. */
function product(a: Float32Array, b: Float32Array, shape: MatMulShape): Float64Array {
  const { batch, rows, inner, columns, strideA, strideB, transposeA, transposeB } = shape
  return Float64Array.from({ length: batch * rows * columns }, (_, i) => {
    const [image, m, n] = [Math.floor(i / columns / rows), Math.floor(i / columns) % rows, i % columns]
    let sum = 0
    for (let k = 0; k < inner; k++) {
      const left = a[image * strideA + (transposeA ? k * rows + m : m * inner + k)]!
      sum += left * b[image * strideB + (transposeB ? n * inner + k : k * columns + n)]!
    }
    return sum
  })
}

const shapeOf = (
  rows: number,
  inner: number,
  columns: number,
  layout: 'NN' | 'NT' | 'TN' | 'TT' = 'NN',
  batch = 1,
): MatMulShape => ({
  batch,
  rows,
  inner,
  columns,
  strideA: batch === 1 ? 0 : rows * inner,
  strideB: batch === 1 ? 0 : inner * columns,
  transposeA: layout[0] === 'T',
  transposeB: layout[1] === 'T',
})

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))

describe.each([
  ['as on hardware', false],
  ['as on software adapters', true],
])('products %s', (_, software) => {
  const backend = () => webGpuBackend()!
  beforeEach(() => {
    tf.engine().startScope()
    preferTiles(backend(), software)
  })
  afterEach(() => {
    tf.engine().endScope()
    preferTiles(backend(), onSoftware)
  })

  const run = (a: Float32Array, b: Float32Array, shape: MatMulShape, options?: MatMulOptions) =>
    tf.engine().makeTensorFromTensorInfo(matMul(backend(), tf.tensor1d(a), tf.tensor1d(b), shape, options))

  const operands = ({ batch, rows, inner, columns }: MatMulShape) =>
    [pseudoRandom(batch * rows * inner, 1), pseudoRandom(batch * inner * columns, 2)] as const

  const shapes: [string, MatMulShape, MatMulOptions?][] = [
    ['one element', shapeOf(1, 1, 1)],
    ['fewer than a tile, odd', shapeOf(5, 7, 3)],
    ['past a tile each way, odd', shapeOf(67, 35, 69)],
    ['past a tile each way, multiples of four', shapeOf(68, 36, 72)],
    ['narrow', shapeOf(259, 20, 13)],
    ['24 columns', shapeOf(300, 20, 24)],
    ['many tiles, eight rows each', shapeOf(6500, 12, 130)],
    ['right transposed, odd', shapeOf(70, 37, 67, 'NT')],
    ['right transposed, multiples of four', shapeOf(132, 48, 100, 'NT')],
    ['right transposed, narrow', shapeOf(132, 50, 15, 'NT')],
    ['left transposed, odd', shapeOf(37, 300, 67, 'TN')],
    ['left transposed, in parts', shapeOf(40, 3001, 68, 'TN'), { split: true }],
    ['both transposed', shapeOf(9, 21, 14, 'TT')],
    ['a batch', shapeOf(33, 18, 17, 'NN', 3)],
    ['a batch, right transposed', shapeOf(49, 32, 49, 'NT', 5)],
    ['a batch in parts', shapeOf(6, 700, 9, 'NN', 2), { split: true }],
    ['one right matrix for a batch', { ...shapeOf(20, 8, 12, 'NN', 3), strideB: 0 }],
    ['several dispatches', shapeOf(333, 24, 70, 'NN', 2), { mostMultiplyAdds: 100_000 }],
    [
      'several dispatches of parts',
      shapeOf(50, 1000, 70, 'TN'),
      { split: true, mostMultiplyAdds: 1_000_000 },
    ],
  ]
  test.each(shapes)('%s', async (_, shape, options) => {
    const [a, b] = operands(shape)
    const error = await largestDifference(run(a, b, shape, options), product(a, b, shape))
    // Rounding grows with the sums, float32 against float64.
    expect(error).toBeLessThan(5e-6 + 1e-7 * shape.inner)
  })

  test.each([
    ['odd', shapeOf(45, 27, 35)],
    ['multiples of four', shapeOf(45, 28, 36)],
    ['right transposed', shapeOf(45, 28, 35, 'NT')],
  ])('an activated operand, a bias and the gradient of an activation, %s', async (_, shape) => {
    const { rows, columns } = shape
    const [a, b] = operands(shape)
    const bias = pseudoRandom(columns, 3)
    const at = pseudoRandom(rows * columns, 4)
    const y = run(a, b, shape, {
      activation: 'silu',
      activated: true,
      bias: tf.tensor1d(bias),
      activationOf: tf.tensor1d(at),
    })
    const activated = a.map(x => x * sigmoid(x))
    const expected = product(activated, b, shape).map((sum, i) => {
      const gate = sigmoid(at[i]!)
      return (sum + bias[i % columns]!) * gate * (1 + at[i]! * (1 - gate))
    })
    expect(await largestDifference(y, expected)).toBeLessThan(1e-5)
  })

  test.each([
    ['odd', shapeOf(45, 27, 35)],
    ['multiples of four', shapeOf(45, 28, 36, 'NN', 2)],
  ])('an addend, and a normalisation of columns, %s', async (_, shape) => {
    const { batch, rows, columns } = shape
    const [a, b] = operands(shape)
    const sums = product(a, b, shape)
    const map = pseudoRandom(batch * rows * columns, 3)
    const added = run(a, b, shape, { addend: tf.tensor1d(map) })
    expect(
      await largestDifference(
        added,
        sums.map((sum, i) => sum + map[i]!),
      ),
    ).toBeLessThan(1e-5)

    const [scale, shift, mean, variance] = [4, 5, 6, 7].map(seed => pseudoRandom(columns, seed))
    const vectors = [scale!, shift!, mean!, variance!.map(value => value + 2)].map(values =>
      tf.tensor1d(values),
    )
    const normalised = run(a, b, shape, {
      activation: 'relu',
      normalisation: { vectors, epsilon: 0.5, residual: tf.tensor1d(map) },
    })
    const expected = sums.map((sum, i) => {
      const c = i % columns
      const unit = (sum - mean![c]!) / Math.sqrt(variance![c]! + 2.5)
      return Math.max(0, unit * scale![c]! + shift![c]! + map[i]!)
    })
    expect(await largestDifference(normalised, expected)).toBeLessThan(1e-5)
  })

  test.each([
    ['odd', 1003, 21, 35],
    ['multiples of four', 1000, 40, 68],
    ['too short to be cut', 9, 5, 6],
  ])('gradients of weights and biases, %s', async (_, rows, inputs, out) => {
    const x = pseudoRandom(rows * inputs, 1)
    const dy = pseudoRandom(rows * out, 2)
    const shape = { rows, in: inputs, out }
    const given = { activation: 'silu', bias: true } as const
    const made = weightGradient(backend(), tf.tensor1d(x), tf.tensor1d(dy), shape, given)
    const [weight, bias] = [made.weight, made.bias!].map(info => tf.engine().makeTensorFromTensorInfo(info))
    expect([weight!.shape, bias!.shape]).toEqual([[inputs, out], [out]])
    const activated = x.map(value => value * sigmoid(value))
    const expected = product(activated, dy, shapeOf(inputs, rows, out, 'TN'))
    expect(await largestDifference(weight!, expected)).toBeLessThan(5e-5)
    const sums = Float64Array.from({ length: out }, (_, c) => {
      let sum = 0
      for (let row = 0; row < rows; row++) sum += dy[row * out + c]!
      return sum
    })
    expect(await largestDifference(bias!, sums)).toBeLessThan(5e-5)
  })

  test('a row has the same bits whatever rows come with it', async () => {
    const shape = shapeOf(6500, 100, 130)
    const [a, b] = operands(shape)
    const whole = (await run(a, b, shape).data()) as Float32Array
    const few = run(a.slice(0, 300), b, shapeOf(3, 100, 130))
    expect(await few.data()).toEqual(whole.slice(0, 390))
  })
})
