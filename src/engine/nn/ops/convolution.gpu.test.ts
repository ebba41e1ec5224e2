import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { convolutionInputProduct, convolutionProduct } from '../../gpu/kernels/convolutionProducts'
import { conv2dFilterGradient } from '../../gpu/kernels/filterGradients'
import { preferTiles } from '../../gpu/kernels/softwareAdapters'
import { startEngine } from '../../gpu/startEngine'
import { tf } from '../../gpu/tensorflow'
import { gradientError, largestDifference, pseudoRandom } from '../../gpu/testing/compareTensors'
import { webGpuBackend } from '../../gpu/webgpuBackend'
import type { Parameter } from '../parameterStore'
import { valueAndGradients } from '../valueAndGradients'
import { batchNormInference } from './batchNorm'
import { conv2d, depthwiseConv2d } from './convolution'

type Sides = [[number, number], [number, number]]

interface Geometry {
  batch: number
  height: number
  width: number
  inChannels: number
  /** 0: depthwise. */
  outChannels: number
  kernel: number
  stride: number
  padding: Sides | 'same'
  dilation: number
}

let onSoftware = false
beforeAll(async () => {
  onSoftware = (await startEngine({ prefer: 'webgpu', purpose: 'training' })).software
  expect(tf.getBackend()).toBe('webgpu')
})

const even = (padding: number): Sides => [
  [padding, padding],
  [padding, padding],
]

const CASES: [string, Geometry][] = [
  ['14 bands to 2 classes, stride 2', shape(2, 9, 7, 14, 2, 3, 2, even(1))],
  ['patch embedding, 7 x 7 stride 4', shape(1, 17, 12, 5, 8, 7, 4, even(3))],
  ['whole quads', shape(2, 6, 10, 8, 12, 3, 1, even(1))],
  ['one pixel per tap', shape(3, 5, 5, 4, 20, 1, 1, even(0))],
  [
    'uneven padding',
    shape(1, 8, 6, 3, 4, 3, 2, [
      [0, 1],
      [0, 1],
    ]),
  ],
  ['no overlap, stride above kernel', shape(1, 9, 9, 4, 4, 2, 4, even(0))],
  ['a kernel wider than the image', shape(1, 3, 2, 2, 3, 5, 1, even(2))],
  ['depthwise, 6 channels', shape(2, 7, 9, 6, 0, 3, 1, even(1))],
  ['depthwise, 8 channels, stride 2', shape(2, 9, 8, 8, 0, 5, 2, even(2))],
  ['same, stride 2, odd and even', shape(1, 7, 10, 4, 3, 3, 2, 'same')],
  ['dilation 2', shape(2, 9, 7, 3, 5, 3, 1, even(2), 2)],
  ['dilation 2, whole quads, no padding', shape(1, 8, 11, 4, 8, 3, 1, even(0), 2)],
  ['dilation 3, stride 2, even sides', shape(1, 12, 10, 4, 4, 3, 2, even(3), 3)],
  ['dilation 2, stride 2, odd sides', shape(2, 9, 13, 6, 4, 3, 2, even(2), 2)],
  ['dilation 2, stride 3', shape(1, 11, 8, 2, 3, 2, 3, even(1), 2)],
  ['dilation 2, same', shape(1, 7, 8, 4, 5, 3, 1, 'same', 2)],
  ['dilation 3, same, stride 2', shape(1, 10, 7, 4, 4, 3, 2, 'same', 3)],
  ['dilation beyond the image', shape(1, 4, 3, 4, 4, 3, 1, even(6), 6)],
  ['depthwise, dilation 2', shape(2, 9, 8, 8, 0, 3, 1, even(2), 2)],
  ['depthwise, dilation 2, 3 channels, stride 2', shape(1, 11, 8, 3, 0, 3, 2, even(2), 2)],
  ['depthwise, dilation 3, same, stride 2', shape(1, 10, 9, 4, 0, 3, 2, 'same', 3)],
  [
    'depthwise, dilation 2, uneven padding',
    shape(
      1,
      8,
      7,
      4,
      0,
      3,
      1,
      [
        [1, 3],
        [0, 2],
      ],
      2,
    ),
  ],
]

function shape(
  batch: number,
  height: number,
  width: number,
  inChannels: number,
  outChannels: number,
  kernel: number,
  stride: number,
  padding: Sides | 'same',
  dilation = 1,
): Geometry {
  return { batch, height, width, inChannels, outChannels, kernel, stride, padding, dilation }
}

function operands({ batch, height, width, inChannels, outChannels, kernel }: Geometry) {
  const kernelShape: [number, number, number, number] = [kernel, kernel, inChannels, outChannels || 1]
  const values = pseudoRandom(batch * height * width * inChannels, 1)
  return {
    x: tf.tensor4d(values, [batch, height, width, inChannels]),
    w: tf.tensor4d(pseudoRandom(tf.util.sizeFromShape(kernelShape), 2), kernelShape),
  }
}

describe.each([
  ['as on hardware', false],
  ['as on software adapters', true],
])('convolutions equal the definition, forward and both gradients, %s', (_, software) => {
  beforeEach(() => preferTiles(webGpuBackend()!, software))
  afterEach(() => preferTiles(webGpuBackend()!, onSoftware))

  test.each(CASES)('%s', async (_, geometry) => {
    const { outChannels, stride, padding, dilation } = geometry
    const { x, w } = operands(geometry)
    const op = outChannels ? conv2d : depthwiseConv2d
    const y = op(x, w, { stride, padding, dilation })
    const dy = pseudoRandom(y.size, 3)
    const expected = define(geometry, await x.data(), await w.data(), dy)
    expect(y.shape).toEqual(expected.shape)
    expect(await largestDifference(y, expected.y)).toBeLessThan(1e-5)

    const [dx, dw] = tf.grads((a: tf.Tensor, b: tf.Tensor) =>
      op(a as tf.Tensor4D, b as tf.Tensor4D, { stride, padding, dilation }),
    )([x, w], tf.tensor(dy, y.shape))
    expect(await largestDifference(dx!, expected.dx)).toBeLessThan(1e-5)
    expect(await largestDifference(dw!, expected.dw)).toBeLessThan(2e-5)
  })

  test.each([
    ['stride 1', shape(2, 9, 7, 6, 10, 3, 1, even(1))],
    ['stride 2', shape(1, 9, 8, 8, 12, 3, 2, even(1))],
    ['spaced taps', { ...shape(1, 9, 8, 8, 12, 3, 1, even(2)), dilation: 2 }],
  ])('%s: what came on another way is added in the gradient, to the bits of a sum', async (_, geometry) => {
    const { stride, padding, dilation } = geometry
    const { x, w } = operands(geometry)
    const run = (a: tf.Tensor) => conv2d(a as tf.Tensor4D, w, { stride, padding, dilation })
    const weights = tf.variable(x)
    const other = tf.tensor(pseudoRandom(x.size, 5), x.shape)
    const slopes = (f: () => tf.Scalar) => {
      const { value, gradients } = valueAndGradients(f, [
        { variable: weights, name: 'x', trainable: true, decay: false } as unknown as Parameter,
      ])
      value.dispose()
      return gradients[0]!
    }
    const alone = slopes(() => tf.sum(run(weights)))
    const both = slopes(() => {
      const y = tf.sum(run(weights))
      return tf.add(y, tf.sum(tf.mul(weights, other)))
    })
    expect(await both.data()).toEqual(await tf.add(other, alone).data())
  })
})

test.each([
  ['odd', shape(2, 13, 11, 6, 10, 3, 1, even(1))],
  ['stride 2, whole quads', shape(2, 13, 12, 8, 40, 3, 2, even(1))],
  ['many shares', shape(2, 70, 9, 8, 20, 3, 1, even(1))],
])('%s: several dispatches give the bits of one', async (_, geometry) => {
  const { x, w } = operands(geometry)
  const { stride, padding } = geometry
  const pad: Parameters<typeof tf.backend_util.computeConv2DInfo>[4] = [
    [0, 0],
    ...(padding as [[number, number], [number, number]]),
    [0, 0],
  ]
  const info = tf.backend_util.computeConv2DInfo(x.shape, w.shape, stride, 1, pad)
  const backend = webGpuBackend()!
  const dy = tf.tensor(pseudoRandom(tf.util.sizeFromShape(info.outShape), 3), info.outShape)
  const tensor = (made: tf.TensorInfo) => tf.engine().makeTensorFromTensorInfo(made)
  const counted = vi.spyOn(backend, 'runWebGPUProgram')
  preferTiles(backend, false)
  try {
    for (const run of [
      (most?: number) => convolutionProduct(backend, x, w, info, {}, most),
      (most?: number) => convolutionInputProduct(backend, dy, w, info, {}, most),
      (most?: number) => conv2dFilterGradient(backend, x, dy, info, most),
    ]) {
      const whole = await tensor(run()).data()
      counted.mockClear()
      const parts = await tensor(run(30_000)).data()
      expect(counted.mock.calls.length).toBeGreaterThan(2)
      expect(parts).toEqual(whole)
    }
  } finally {
    counted.mockRestore()
    preferTiles(backend, onSoftware)
  }
})

describe.each([
  ['as on hardware', false],
  ['as on software adapters', true],
])('a bias, %s', (_, software) => {
  beforeEach(() => preferTiles(webGpuBackend()!, software))
  afterEach(() => preferTiles(webGpuBackend()!, onSoftware))

  const biased: [string, Geometry][] = [
    ['14 bands to 2 classes, batch 2', shape(2, 9, 7, 14, 2, 3, 2, even(1))],
    ['whole quads', shape(2, 6, 10, 8, 12, 3, 1, even(1))],
    ['many rows, added up in workgroups', shape(2, 40, 9, 9, 20, 3, 1, even(1))],
    ['a whole image in a window', shape(2, 3, 3, 4, 8, 3, 1, even(0))],
    ['depthwise, 6 channels', shape(2, 7, 9, 6, 0, 3, 1, even(1))],
    ['depthwise, 8 channels', shape(1, 9, 8, 8, 0, 3, 1, even(1))],
  ]
  test.each(biased)('%s: the definition and the bias, and its gradients', async (_, geometry) => {
    const { outChannels, stride, padding } = geometry
    const { x, w } = operands(geometry)
    const channels = outChannels || geometry.inChannels
    const values = pseudoRandom(channels, 7)
    const op = outChannels ? conv2d : depthwiseConv2d
    const run = (a: tf.Tensor, b: tf.Tensor, bias: tf.Tensor) =>
      op(a as tf.Tensor4D, b as tf.Tensor4D, { stride, padding, bias: bias as tf.Tensor1D })
    const inputs = [x, w, tf.tensor1d(values)] as const
    const y = run(...inputs)
    const dy = pseudoRandom(y.size, 3)
    const expected = define(geometry, await x.data(), await w.data(), dy)
    const wanted = expected.y.map((value, i) => value + values[i % channels]!)
    expect(await largestDifference(y, wanted)).toBeLessThan(1e-5)
    const [dx, dw, db] = tf.grads(run)([...inputs], tf.tensor(dy, y.shape))
    expect(await largestDifference(dx!, expected.dx)).toBeLessThan(1e-5)
    expect(await largestDifference(dw!, expected.dw)).toBeLessThan(3e-5)
    const sums = new Float64Array(channels)
    for (const [i, slope] of dy.entries()) sums[i % channels]! += slope
    expect(await largestDifference(db!, sums)).toBeLessThan(3e-5)
  })
})

describe.each([
  ['as on hardware', false],
  ['as on software adapters', true],
])('a normalisation has the bits of one on its own, %s', (_, software) => {
  beforeEach(() => preferTiles(webGpuBackend()!, software))
  afterEach(() => preferTiles(webGpuBackend()!, onSoftware))

  test.each([
    // Products on hardware are compiled for minutes here, and have tests of their own: kernels/matMul.gpu.test.ts.
    ...(software
      ? [
          ['a product', shape(2, 5, 7, 6, 9, 1, 1, even(0))] as const,
          ['a product of whole quads', shape(1, 5, 7, 8, 12, 1, 1, even(0))] as const,
        ]
      : []),
    ['3 x 3', shape(1, 5, 7, 4, 8, 3, 1, even(1))] as const,
    ['3 x 3 of stride 2, odd', shape(2, 9, 7, 5, 7, 3, 2, even(1))] as const,
  ])('after %s', async (_, geometry) => {
    const { x, w } = operands(geometry)
    const vector = (seed: number) => tf.tensor1d(pseudoRandom(geometry.outChannels, seed))
    const bias = vector(3)
    const { stride, padding } = geometry
    const variance: tf.Tensor1D = tf.add(vector(7), 1.5)
    const norm = { scale: vector(4), shift: vector(5), mean: vector(6), variance }
    const plain = conv2d(x, w, { stride, padding })
    const residual = tf.tensor4d(pseudoRandom(plain.size, 8), plain.shape)
    for (const given of [
      { bias: undefined, residual },
      { bias, residual: undefined },
      { bias, residual },
    ]) {
      const normalisation = { ...norm, epsilon: 1e-3, activation: 'relu', residual: given.residual } as const
      const together = conv2d(x, w, { stride, padding, bias: given.bias, normalisation })
      const before = conv2d(x, w, { stride, padding, bias: given.bias })
      const apart = batchNormInference(before, norm.scale, norm.shift, norm, normalisation)
      expect(await together.data()).toEqual(await apart.data())
    }
  })
})

test('a normalisation with given statistics has no gradient', () => {
  const { x, w } = operands(shape(1, 5, 7, 4, 4, 1, 1, even(0)))
  const one = tf.ones([4]) as tf.Tensor1D
  const given = { scale: one, shift: one, mean: one, variance: one, epsilon: 1, activation: 'none' } as const
  const run = (a: tf.Tensor) => conv2d(a as tf.Tensor4D, w, { normalisation: given })
  expect(() => tf.grad(run)(x)).toThrow(/no gradient/)
})

test.each(CASES.filter(([, { dilation, stride }]) => dilation > 1 && stride < 3))(
  'gradients agree with finite differences: %s',
  async (_, geometry) => {
    const { outChannels, stride, padding, dilation } = geometry
    const { x, w } = operands(geometry)
    const op = outChannels ? conv2d : depthwiseConv2d
    const run = (a: tf.Tensor, b: tf.Tensor) =>
      op(a as tf.Tensor4D, b as tf.Tensor4D, { stride, padding, dilation })
    expect(await gradientError(run, [x, w], { step: 0.5 })).toBeLessThan(2e-5)
  },
)

test('other backends convolve with spaced taps too', async () => {
  const cases = CASES.filter(([, { dilation }]) => dilation > 1)
  await startEngine({ prefer: 'cpu', purpose: 'training' })
  try {
    for (const [name, geometry] of cases) {
      const { outChannels, stride, padding, dilation } = geometry
      const { x, w } = operands(geometry)
      const op = outChannels ? conv2d : depthwiseConv2d
      const run = (a: tf.Tensor, b: tf.Tensor) =>
        op(a as tf.Tensor4D, b as tf.Tensor4D, { stride, padding, dilation })
      const y = run(x, w)
      const dy = pseudoRandom(y.size, 3)
      const expected = define(geometry, await x.data(), await w.data(), dy)
      expect(await largestDifference(y, expected.y), name).toBeLessThan(1e-5)
      const [dx, dw] = tf.grads(run)([x, w], tf.tensor(dy, y.shape))
      expect(await largestDifference(dx!, expected.dx), name).toBeLessThan(1e-5)
      expect(await largestDifference(dw!, expected.dw), name).toBeLessThan(2e-5)
    }
  } finally {
    await startEngine({ prefer: 'webgpu', purpose: 'training' })
  }
})

test('the same input gives the same filter gradient, bit for bit', async () => {
  const x = tf.tensor4d(pseudoRandom(2 * 32 * 32 * 8, 1), [2, 32, 32, 8])
  const w = tf.tensor4d(pseudoRandom(9 * 64, 2), [3, 3, 8, 8])
  const gradient = () =>
    tf
      .grad((b: tf.Tensor) => conv2d(x, b as tf.Tensor4D, { padding: 1 }))(w)
      .data()
  expect(await gradient()).toEqual(await gradient())
})

/** The convolution and its gradients by their sums, in float64. */
function define(geometry: Geometry, x: ArrayLike<number>, w: ArrayLike<number>, dy: ArrayLike<number>) {
  const { batch, height, width, inChannels, outChannels, kernel, stride, padding, dilation } = geometry
  const reach = (kernel - 1) * dilation + 1
  const [[top, bottom], [left, right]] =
    padding === 'same' ? ([height, width].map(side => sameSides(side, reach, stride)) as Sides) : padding
  const outHeight = Math.floor((height + top + bottom - reach) / stride) + 1
  const outWidth = Math.floor((width + left + right - reach) / stride) + 1
  const channels = outChannels || inChannels
  const y = new Float64Array(batch * outHeight * outWidth * channels)
  const dx = new Float64Array(x.length)
  const dw = new Float64Array(w.length)
  for (let target = 0; target < y.length; target++) {
    const co = target % channels
    const outX = Math.floor(target / channels) % outWidth
    const outY = Math.floor(target / channels / outWidth) % outHeight
    const image = Math.floor(target / channels / outWidth / outHeight)
    for (let tap = 0; tap < kernel * kernel; tap++) {
      const row = outY * stride - top + Math.floor(tap / kernel) * dilation
      const column = outX * stride - left + (tap % kernel) * dilation
      if (row < 0 || row >= height || column < 0 || column >= width) continue
      for (let ci = outChannels ? 0 : co; ci < (outChannels ? inChannels : co + 1); ci++) {
        const source = ((image * height + row) * width + column) * inChannels + ci
        const weight = outChannels ? (tap * inChannels + ci) * outChannels + co : tap * inChannels + ci
        y[target]! += x[source]! * w[weight]!
        dx[source]! += dy[target]! * w[weight]!
        dw[weight]! += dy[target]! * x[source]!
      }
    }
  }
  return { shape: [batch, outHeight, outWidth, channels], y, dx, dw }
}

/** TensorFlow's rule: as many outputs as strides fit, the odd pixel after. */
function sameSides(side: number, reach: number, stride: number): [number, number] {
  const total = Math.max(0, (Math.ceil(side / stride) - 1) * stride + reach - side)
  return [Math.floor(total / 2), Math.ceil(total / 2)]
}
