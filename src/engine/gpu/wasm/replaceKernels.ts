import * as tf from '@tensorflow/tfjs-core'
import { join, transposeRuns, transposeWords } from './copies'
import { memoryOf, placeOf, type WasmBackend } from './memory'
import { pixelMeans } from './norms'
import { multiply, takesProduct } from './products'
import { slice, split } from './slices'
import { convolveByWinograd, takesWinograd } from './winograd'

type KernelArguments = Parameters<tf.KernelFunc>[0]

type StockKernel<Result = tf.TensorInfo> = (args: KernelArguments) => Result

let replaced = false

/**
 * Replaces kernels of TensorFlow.js on WASM by faster ones. Idempotent.
 *
 * Transposes: above rank 4 every element allocates. Slices and splits: copied through JavaScript's memory
 * (`slices.ts`). Products of batches and of transposed matrices, as attention has them: a scalar loop some 30 times
 * slower than XNNPACK. Other products and convolutions are XNNPACK's, which with the same bits takes 1.3 to 1.6 times as long
 * (`products.ts`), those of 3 x 3 by fewer multiplications (`winograd.ts`).
 *
 * @param hasVectors whether the browser knows WebAssembly's vectors.
 */
export function replaceWasmKernels(hasVectors: boolean): void {
  if (replaced) return
  replaced = true
  replace(tf.Transpose, stock => args => transpose(args, stock, hasVectors))
  replace(tf.Slice, stock => args => slice(args) ?? stock(args))
  replace<tf.TensorInfo[]>(tf.SplitV, stock => args => split(args) ?? stock(args))
  if (!hasVectors) return
  for (const name of [tf.BatchMatMul, tf._FusedMatMul]) replace(name, stock => args => product(args, stock))
  replace(tf.Concat, stock => args => concat(args) ?? stock(args))
  replace(tf.Mean, stock => args => mean(args) ?? stock(args))
  for (const name of [tf.Conv2D, tf.FusedConv2D]) replace(name, stock => args => convolution(args, stock))
}

function replace<Result extends tf.TensorInfo | tf.TensorInfo[] = tf.TensorInfo>(
  kernelName: string,
  make: (stock: StockKernel<Result>) => StockKernel<Result>,
): void {
  const config = tf.getKernel(kernelName, 'wasm')
  tf.unregisterKernel(kernelName, 'wasm')
  tf.registerKernel({ ...config, kernelFunc: make(config.kernelFunc as StockKernel<Result>) })
}

/** The stock kernel has loops of their own for so many axes. */
const MOST_STOCK_AXES = 4

function transpose(args: KernelArguments, stock: StockKernel, hasVectors: boolean): tf.TensorInfo {
  const x = args.inputs.x as tf.TensorInfo
  const { perm } = args.attrs as unknown as tf.TransposeAttrs
  const { shape, order } = joinAxes(x.shape, perm)
  const backend = args.backend as unknown as WasmBackend
  const given = { shape, order, outShape: perm.map(axis => x.shape[axis]!) }
  const byRuns = hasVectors ? transposeRuns(backend, x, given) : null
  if (byRuns) return byRuns
  const isStock = shape.length <= MOST_STOCK_AXES || x.dtype === 'bool'
  return isStock ? stock(args) : transposeWords(backend, x, given)
}

/** Without axes of one element, and with neighbours that stay together as one axis. */
function joinAxes(shape: readonly number[], perm: readonly number[]): { shape: number[]; order: number[] } {
  const kept = perm.filter(axis => shape[axis] !== 1)
  const groups: number[][] = []
  for (const axis of kept) {
    const last = groups.at(-1)
    const next = last && Array.from(shape.keys()).find(i => i > last.at(-1)! && shape[i] !== 1)
    if (last && next === axis) last.push(axis)
    else groups.push([axis])
  }
  const inOrder = [...groups].sort((a, b) => a[0]! - b[0]!)
  return {
    shape: inOrder.map(axes => axes.reduce((size, axis) => size * shape[axis]!, 1)),
    order: groups.map(axes => inOrder.indexOf(axes)),
  }
}

/**
 * Cyclic shift of both spatial axes on WASM, where a split and a join of parts copy pixel by pixel: lines in two runs.
 *
 * @param x [B, H, W, C] float32; y[i, j] = x[(i - rows) mod H, (j - columns) mod W].
 */
export function rollOnWasm(x: tf.Tensor4D, rows: number, columns: number): tf.Tensor4D {
  const backend = tf.backend() as unknown as WasmBackend
  const [batch, height, width, channels] = x.shape
  const out = backend.makeOutput(x.shape, 'float32')
  const [from, to] = [placeOf(backend, x) / 4, placeOf(backend, out) / 4]
  const values = new Float32Array(memoryOf(backend).buffer)
  const line = width * channels
  const positive = (by: number, length: number) => ((by % length) + length) % length
  const [down, across] = [positive(rows, height), positive(columns, width) * channels]
  for (let row = 0; row < batch * height; row++) {
    const y = row % height
    const source = from + row * line
    const target = to + (row - y + ((y + down) % height)) * line
    values.copyWithin(target + across, source, source + line - across)
    values.copyWithin(target, source + line - across, source + line)
  }
  return tf.engine().makeTensorFromTensorInfo(out) as tf.Tensor4D
}

function concat({ inputs, attrs, backend }: KernelArguments): tf.TensorInfo | null {
  const tensors = Object.values(inputs) as tf.TensorInfo[]
  const [axis] = tf.util.parseAxisParam((attrs as unknown as tf.ConcatAttrs).axis, tensors[0]!.shape)
  return join(backend as unknown as WasmBackend, tensors, axis!)
}

/** Over the pixels of images, which the stock kernel transposes first. */
function mean({ inputs, attrs, backend }: KernelArguments): tf.TensorInfo | null {
  const x = inputs.x as tf.TensorInfo
  const { axis, keepDims } = attrs as unknown as tf.MeanAttrs
  if (x.shape.length !== 4 || tf.util.parseAxisParam(axis, x.shape).sort().join() !== '1,2') return null
  const [batch, , , channels] = x.shape as [number, number, number, number]
  const shape = keepDims ? [batch, 1, 1, channels] : [batch, channels]
  return pixelMeans(backend as unknown as WasmBackend, x, shape)
}

/** A product by our kernel, where it is plain floats and has a whole tile. */
function product(args: KernelArguments, stock: StockKernel): tf.TensorInfo {
  const backend = args.backend as unknown as WasmBackend
  const { a, b, bias } = args.inputs as { a: tf.TensorInfo; b: tf.TensorInfo; bias?: tf.TensorInfo }
  const { transposeA, transposeB, activation } = args.attrs as unknown as tf._FusedMatMulAttrs
  const [batchA, batchB] = [a, b].map(({ shape }) => tf.util.sizeFromShape(shape.slice(0, -2))) as [
    number,
    number,
  ]
  const [rowsA, columnsA] = a.shape.slice(-2) as [number, number]
  const [rowsB, columnsB] = b.shape.slice(-2) as [number, number]
  const [rows, inner] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA]
  const columns = transposeB ? rowsB : columnsB
  const broadcasts = batchA !== batchB && Math.min(batchA, batchB) !== 1
  const isKnown = !broadcasts && isFloats(a, b) && (activation ?? 'linear') === 'linear'
  const hasBias = bias === undefined || tf.util.sizeFromShape(bias.shape) === columns
  // One second matrix for all: its rows of the first are one long matrix.
  const times = batchB === 1 ? 1 : Math.max(batchA, batchB)
  const shape = { rows: batchB === 1 ? batchA * rows : rows, columns, inner, taps: 1 }
  if (!isKnown || !hasBias || !takesProduct(shape)) return stock(args)
  const left = transposeA ? transposed(args, a, [batchA, rowsA, columnsA]) : a
  const outer = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2))
  const out = backend.makeOutput([...outer, rows, columns], 'float32')
  const [fromA, fromB, to] = [left, b, out].map(tensor => placeOf(backend, tensor)) as [
    number,
    number,
    number,
  ]
  const strides = transposeB
    ? { rowStride: 4, columnStride: 4 * inner }
    : { rowStride: 4 * columns, columnStride: 4 }
  multiply(
    backend,
    shape,
    null,
    Array.from({ length: times }, (_, i) => ({
      left: fromA + (batchA === 1 ? 0 : 4 * i * shape.rows * inner),
      right: { place: fromB + 4 * i * inner * columns, ...strides },
      bias: bias && placeOf(backend, bias),
      out: to + 4 * i * shape.rows * columns,
    })),
  )
  if (left !== a) backend.disposeData(left.dataId)
  return out
}

const isFloats = (...tensors: tf.TensorInfo[]) => tensors.every(({ dtype }) => dtype === 'float32')

function transposed(args: KernelArguments, matrices: tf.TensorInfo, shape: number[]): tf.TensorInfo {
  const attrs = { perm: [0, 2, 1] } as unknown as KernelArguments['attrs']
  const given = { inputs: { x: { ...matrices, shape } }, attrs, backend: args.backend }
  return tf.getKernel(tf.Transpose, 'wasm').kernelFunc(given) as tf.TensorInfo
}

/**
 * A convolution by fewer multiplications where it is one for that, else by the same kernel as products: every tap of a pixel
 * is a stretch of its row.
 */
function convolution(args: KernelArguments, stock: StockKernel): tf.TensorInfo {
  const backend = args.backend as unknown as WasmBackend
  const { x, filter, bias } = args.inputs as {
    x: tf.TensorInfo
    filter: tf.TensorInfo
    bias?: tf.TensorInfo
  }
  const { strides, dilations, pad, dimRoundingMode, dataFormat, activation } =
    args.attrs as unknown as tf.FusedConv2DAttrs
  const info = tf.backend_util.computeConv2DInfo(
    x.shape as [number, number, number, number],
    filter.shape as [number, number, number, number],
    strides,
    dilations,
    pad,
    dimRoundingMode,
    false,
    tf.backend_util.convertConv2DDataFormat(dataFormat),
  )
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = info
  const { filterHeight, filterWidth, strideHeight, strideWidth, dilationHeight, dilationWidth } = info
  const taps = filterHeight * filterWidth
  const rows = batchSize * outHeight * outWidth
  const shape = { rows, columns: outChannels, inner: inChannels, taps }
  const isKnown = info.dataFormat === 'channelsLast' && (activation ?? 'linear') === 'linear'
  const hasBias = bias === undefined || tf.util.sizeFromShape(bias.shape) === outChannels
  if (!isKnown || !hasBias || !isFloats(x, filter) || !takesProduct(shape)) return stock(args)
  const out = backend.makeOutput(info.outShape, 'float32')
  if (takesWinograd(info)) {
    convolveByWinograd(backend, info, [x, filter, out], bias)
    return out
  }
  const images = {
    height: inHeight,
    width: inWidth,
    channels: inChannels,
    outHeight,
    outWidth,
    taps: [filterHeight, filterWidth],
    strides: [strideHeight, strideWidth],
    dilations: [dilationHeight, dilationWidth],
    padding: [info.padInfo.top, info.padInfo.left],
  } as const
  const right = { place: placeOf(backend, filter), rowStride: 4 * outChannels, columnStride: 4 }
  const start = bias && placeOf(backend, bias)
  multiply(backend, shape, images, [
    { left: placeOf(backend, x), right, bias: start, out: placeOf(backend, out) },
  ])
  return out
}
