// npx vitest bench --project dawn src/lab/profiles    (with `node scripts/with-gpu.mjs` before it)

import * as tf from '@tensorflow/tfjs-core'
import { bench, describe } from 'vitest'
import { stockKernels } from '../../engine/gpu/kernels/replaceStockKernels'
import { startEngine } from '../../engine/gpu/startEngine'
import { pseudoRandom } from '../../engine/gpu/testing/compareTensors'
import { sortDescending } from '../../engine/nn/ops/sortAndScan'

const { adapter } = await startEngine({ prefer: 'webgpu', purpose: 'training' })

/** A kernel of TensorFlow.js or ours in its place, run to the end: one element of the result is read. */
async function run(kernelName: string, stock: boolean, inputs: object, attrs: object): Promise<void> {
  const kernel = stock ? stockKernels.get(kernelName)! : tf.getKernel(kernelName, 'webgpu').kernelFunc
  const result = tf.tidy(() => {
    const info = kernel({ inputs: inputs as never, attrs: attrs as never, backend: tf.backend() })
    const tensor = tf.engine().makeTensorFromTensorInfo(info as tf.TensorInfo)
    return tf.slice(tf.reshape(tensor, [-1]), 0, 1)
  })
  await result.data()
  result.dispose()
}

const random = (shape: number[], seed: number) =>
  tf.tensor(pseudoRandom(tf.util.sizeFromShape(shape), seed), shape)

const OPTIONS = { iterations: 3, time: 0, warmupIterations: 1, warmupTime: 0 }

function compare(title: string, kernelName: string, inputs: object, attrs: object): void {
  describe(`${title}, on ${adapter}`, () => {
    bench('stock', () => run(kernelName, true, inputs, attrs), OPTIONS)
    bench('ours', () => run(kernelName, false, inputs, attrs), OPTIONS)
  })
}

const CONVOLUTIONS: [number, number, number, number, number, number][] = [
  [2, 64, 16, 16, 3, 1],
  [2, 32, 32, 64, 3, 2],
  [2, 32, 32, 128, 1, 1],
]

for (const [batch, size, inChannels, outChannels, kernel, stride] of CONVOLUTIONS) {
  const x = random([batch, size, size, inChannels], 1)
  const filter = random([kernel, kernel, inChannels, outChannels], 2)
  const dy = random([batch, size / stride, size / stride, outChannels], 3)
  const shared = { strides: [stride, stride], pad: 'same', dataFormat: 'NHWC', dilations: 1 }
  const title = `${batch} x ${size}², ${inChannels} to ${outChannels}, ${kernel} x ${kernel} stride ${stride}`
  compare(`convolution ${title}`, 'Conv2D', { x, filter }, shared)
  compare(
    `filter gradient ${title}`,
    'Conv2DBackpropFilter',
    { x, dy },
    { ...shared, filterShape: filter.shape },
  )
  compare(
    `input gradient ${title}`,
    'Conv2DBackpropInput',
    { dy, filter },
    { ...shared, inputShape: x.shape },
  )
}

const image = random([2, 32, 32, 64], 1)
compare(
  'depthwise filter gradient, 2 x 32², 64 channels, 3 x 3',
  'DepthwiseConv2dNativeBackpropFilter',
  { x: image, dy: image },
  { strides: [1, 1], pad: 'same', dilations: [1, 1], filterShape: [3, 3, 64, 1] },
)
compare(
  'matrix product [2048, 64] x [64, 256]',
  'BatchMatMul',
  { a: random([1, 2048, 64], 1), b: random([1, 64, 256], 2) },
  { transposeA: false, transposeB: false },
)
compare('sum of the rows of [65536, 2]', 'Sum', { x: random([65_536, 2], 1) }, { axis: 1, keepDims: false })

const errors = random([65_536], 4) as tf.Tensor1D
describe(`sort of 65,536, on ${adapter}`, () => {
  const take = async (indices: tf.Tensor) => {
    const last = tf.slice(indices, errors.size - 1, 1)
    await last.data()
    tf.dispose([indices, last])
  }
  bench('stock topk', () => take(tf.topk(errors, errors.size).indices), OPTIONS)
  bench('ours', () => take(sortDescending(errors).indices), OPTIONS)
})
