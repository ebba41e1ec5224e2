import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { usesOwnKernels } from '../ownKernels'
import { conv2dForward, conv2dInputGradient } from './convolution'
import { conv2dFilterGradient, depthwiseFilterGradient } from './filterGradients'
import { registerFusedConvolutionGradients } from './fusedConvolutionGradients'
import { dispatchKernel } from './kernel'
import { matMul } from './matMul'
import { replaceReductionGradients } from './reductionGradients'
import { groupedColumnSums, reduceRows } from './reductions'

type StockKernel = tf.KernelFunc

type KernelArguments = Parameters<StockKernel>[0]

/** What TensorFlow.js had registered for WebGPU, by kernel name: benchmarks and tests compare with it. */
export const stockKernels = new Map<string, StockKernel>()

/** Replaces a kernel of TensorFlow.js on WebGPU; it may hand arguments on to that. Idempotent. */
function replaceKernel(kernelName: string, make: (stock: StockKernel) => StockKernel): void {
  if (stockKernels.has(kernelName)) return
  const config = tf.getKernel(kernelName, 'webgpu')
  stockKernels.set(kernelName, config.kernelFunc)
  const ours = make(config.kernelFunc)
  tf.unregisterKernel(kernelName, 'webgpu')
  tf.registerKernel({ ...config, kernelFunc: args => (usesOwnKernels() ? ours : config.kernelFunc)(args) })
}

/** A maximum is not split, so it takes this many rows to be worth our kernel. */
const FEWEST_ROWS = 64

/**
 * Replaces sums, means and maxima of float32: no transpose before a sum over leading axes, no workgroup for a row of
 * two elements, no throw past 65,535 rows. Sums of many tensors take few at a time.
 */
function replaceReductions(): void {
  replaceKernel(tf.Sum, stock => args => sum(args) ?? stock(args))
  replaceKernel(tf.Mean, stock => args => mean(args) ?? stock(args))
  replaceKernel(tf.Max, stock => args => maximum(args, stock))
  replaceKernel(tf.AddN, stock => args => addAll(args, stock))
}

/** The stock sum of tensors binds them all at once; a shader sees 8 buffers at least, its result among them. */
const MOST_ADDENDS = 7

function addAll(args: KernelArguments, stock: StockKernel): tf.TensorInfo {
  const backend = args.backend as WebGPUBackend
  // A list is what this kernel gets, whatever its type says.
  const addends = args.inputs as unknown as tf.TensorInfo[]
  if (addends.length <= MOST_ADDENDS) return stock(args) as tf.TensorInfo
  const groups = Array.from({ length: Math.ceil(addends.length / MOST_ADDENDS) }, (_, i) =>
    addends.slice(i * MOST_ADDENDS, (i + 1) * MOST_ADDENDS),
  )
  const given = (list: tf.TensorInfo[]) => ({ ...args, inputs: list as unknown as KernelArguments['inputs'] })
  const sums = groups.map(group => stock(given(group)) as tf.TensorInfo)
  const total = addAll(given(sums), stock)
  for (const { dataId } of sums) backend.disposeData(dataId)
  return total
}

interface Reduction {
  x: tf.TensorInfo
  backend: WebGPUBackend
  /** The reduced axes, contiguous, lie between these products of axes. */
  before: number
  reduced: number
  after: number
  outputShape: number[]
}

/** The geometry of a reduction over neighbouring axes; null where ours does not cover it. */
function reduction(args: KernelArguments): Reduction | null {
  const x = args.inputs.x as tf.TensorInfo
  const { axis, keepDims } = args.attrs as unknown as tf.SumAttrs
  const axes = tf.util.parseAxisParam(axis, x.shape).sort((a, b) => a - b)
  const size = tf.util.sizeFromShape(x.shape)
  const adjacent = axes.every((value, i) => i === 0 || value === axes[i - 1]! + 1)
  if (x.dtype !== 'float32' || size === 0 || axes.length === 0 || !adjacent) return null
  const first = axes[0]!
  const past = axes[axes.length - 1]! + 1
  return {
    x,
    backend: args.backend as WebGPUBackend,
    before: tf.util.sizeFromShape(x.shape.slice(0, first)),
    reduced: tf.util.sizeFromShape(x.shape.slice(first, past)),
    after: tf.util.sizeFromShape(x.shape.slice(past)),
    outputShape: keepDims
      ? x.shape.map((extent, i) => (axes.includes(i) ? 1 : extent))
      : [...x.shape.slice(0, first), ...x.shape.slice(past)],
  }
}

function sum(args: KernelArguments): tf.TensorInfo | null {
  const found = reduction(args)
  if (!found) return null
  const { x, backend, before, reduced, after, outputShape } = found
  const total =
    after === 1
      ? reduceRows(backend, x, 'sum', before, reduced)
      : groupedColumnSums(
          backend,
          { name: 'sumColumns', variables: ['x'], terms: ['x[index]'], channels: after },
          [x],
          before,
        )
  return { ...total, shape: outputShape }
}

function mean(args: KernelArguments): tf.TensorInfo | null {
  const found = reduction(args)
  if (!found) return null
  const { backend, outputShape } = found
  const total = sum(args)!
  const length = tf.util.sizeFromShape(outputShape)
  const average = dispatchKernel(
    backend,
    {
      name: 'share',
      variables: ['total'],
      code: `
fn main(index : i32) {
  if (index < uniforms.length) { result[index] = total[index] * uniforms.factor; }
}`,
      outputShape,
      groups: Math.ceil(length / 64),
      uniforms: { length },
      numbers: { factor: 1 / found.reduced },
    },
    [total],
  )
  backend.disposeData(total.dataId)
  return average
}

function maximum(args: KernelArguments, stock: StockKernel): tf.TensorInfo | tf.TensorInfo[] {
  const x = args.inputs.x as tf.TensorInfo
  const { reductionIndices, keepDims } = args.attrs as unknown as tf.MaxAttrs
  const asSum = {
    ...args,
    attrs: { axis: reductionIndices, keepDims } as unknown as KernelArguments['attrs'],
  }
  const found = reduction(asSum)
  if (found?.after !== 1 || found.before < FEWEST_ROWS) return stock(args)
  const largest = reduceRows(found.backend, x, 'max', found.before, found.reduced)
  return { ...largest, shape: found.outputShape }
}

type Shape4D = [number, number, number, number]

/**
 * Replaces TensorFlow.js's slow or non-deterministic kernels on WebGPU with ours. Idempotent.
 *
 * Reductions, filter gradients (stock: one thread a weight, serial over the image), products and convolutions with their
 * input gradients (stock: float atomics, scalar loads for a transposed factor); transposes too large for a stock dispatch.
 */
export function replaceStockKernels(): void {
  replaceReductions()
  replaceReductionGradients()
  registerFusedConvolutionGradients()
  replaceKernel(tf.Conv2DBackpropFilter, stock => args => {
    const { x, dy } = tensors(args, 'x', 'dy')
    const attrs = args.attrs as unknown as tf.Conv2DBackpropFilterAttrs
    const info = convolution(x, attrs.filterShape, { ...attrs, dilations: 1 })
    return info ? conv2dFilterGradient(webGpu(args), x, dy, info) : stock(args)
  })
  replaceKernel(tf.DepthwiseConv2dNativeBackpropFilter, stock => args => {
    const { x, dy } = tensors(args, 'x', 'dy')
    const attrs = args.attrs as unknown as tf.DepthwiseConv2dNativeBackpropFilterAttrs
    const info = convolution(x, attrs.filterShape, { ...attrs, dataFormat: 'NHWC' }, true)
    return info && info.outChannels === info.inChannels
      ? depthwiseFilterGradient(webGpu(args), x, dy, info)
      : stock(args)
  })
  for (const kernel of [tf.Conv2D, tf.FusedConv2D]) {
    replaceKernel(kernel, stock => args => {
      const { x, filter } = tensors(args, 'x', 'filter')
      const { bias, preluActivationWeights } = args.inputs as Partial<Record<string, tf.TensorInfo>>
      const attrs = args.attrs as unknown as tf.Conv2DAttrs & { activation?: string }
      const plain = !preluActivationWeights && (attrs.activation ?? 'linear') === 'linear'
      const info = convolution(x, filter.shape, attrs)
      return info && plain ? conv2dForward(webGpu(args), x, filter, info, { bias }) : stock(args)
    })
  }
  replaceKernel(tf.Conv2DBackpropInput, stock => args => {
    const { dy, filter } = tensors(args, 'dy', 'filter')
    const attrs = args.attrs as unknown as tf.Conv2DBackpropInputAttrs
    const info = convolution({ shape: attrs.inputShape }, filter.shape, { ...attrs, dilations: 1 })
    return info ? conv2dInputGradient(webGpu(args), dy, filter, info) : stock(args)
  })
  replaceKernel(tf.BatchMatMul, stock => args => {
    const { a, b } = tensors(args, 'a', 'b')
    const attrs = args.attrs as unknown as tf.BatchMatMulAttrs
    const shape = product(a.shape, b.shape, attrs.transposeA, attrs.transposeB)
    if (!shape || shape.rows * shape.inner * shape.columns === 0) return stock(args)
    const outer = tf.backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2))
    const split = attrs.transposeA || hasLongInnerAxis(shape)
    const flat = matMul(webGpu(args), a, b, shape, { split })
    return { ...flat, shape: [...outer, shape.rows, shape.columns] }
  })
  replaceKernel(tf.Transpose, stock => args => {
    const { x } = tensors(args, 'x')
    const [rows, columns] = x.shape
    if (x.shape.length !== 2 || Math.max(rows!, columns!) <= MOST_TRANSPOSED) return stock(args)
    const { perm } = args.attrs as unknown as tf.TransposeAttrs
    if (perm[0] === 0) return stock(args)
    // As one matrix of a batch it takes the stock kernel that has no tiles.
    const attrs = { perm: [0, 2, 1] }
    const single = { x: { ...x, shape: [1, rows!, columns!] } }
    const turned = stock({ ...args, inputs: single, attrs }) as tf.TensorInfo
    return { ...turned, shape: [columns!, rows!] }
  })
}

function webGpu(args: KernelArguments): WebGPUBackend {
  return args.backend as WebGPUBackend
}

function tensors<Name extends string>(args: KernelArguments, ...names: Name[]): Record<Name, tf.TensorInfo> {
  const found = {} as Record<Name, tf.TensorInfo>
  for (const name of names) found[name] = args.inputs[name] as tf.TensorInfo
  return found
}

/** The geometry of a convolution, or null where our kernels do not cover it. */
function convolution(
  x: Pick<tf.TensorInfo, 'shape'>,
  filterShape: readonly number[],
  attrs: Pick<tf.Conv2DAttrs, 'strides' | 'pad' | 'dataFormat' | 'dimRoundingMode' | 'dilations'>,
  depthwise = false,
): tf.backend_util.Conv2DInfo | null {
  if (attrs.dataFormat !== 'NHWC') return null
  const info = tf.backend_util.computeConv2DInfo(
    x.shape as Shape4D,
    filterShape as Shape4D,
    attrs.strides,
    attrs.dilations ?? 1,
    attrs.pad,
    attrs.dimRoundingMode,
    depthwise,
  )
  const square = info.strideHeight === info.strideWidth && info.dilationHeight === info.dilationWidth
  return square ? info : null
}

/** The sizes of a product, or null for a batch that broadcasts in a way our kernel does not cover. */
function product(a: readonly number[], b: readonly number[], transposeA: boolean, transposeB: boolean) {
  const [rowsA, columnsA] = a.slice(-2) as [number, number]
  const [rowsB, columnsB] = b.slice(-2) as [number, number]
  const batchA = a.slice(0, -2).reduce((total, size) => total * size, 1)
  const batchB = b.slice(0, -2).reduce((total, size) => total * size, 1)
  const sameRank = a.length === b.length
  if (batchA !== batchB && !(sameRank && Math.min(batchA, batchB) === 1)) return null
  return {
    batch: Math.max(batchA, batchB),
    strideA: batchA === 1 ? 0 : rowsA * columnsA,
    strideB: batchB === 1 ? 0 : rowsB * columnsB,
    rows: transposeA ? columnsA : rowsA,
    inner: transposeA ? rowsA : columnsA,
    columns: transposeB ? rowsB : columnsB,
    transposeA,
    transposeB,
  }
}

/** Inner axes from here on leave a GPU idle, unless they are summed in parts. */
const LONG_INNER_AXIS = 2000

function hasLongInnerAxis(shape: { batch: number; rows: number; inner: number; columns: number }): boolean {
  const tiles = shape.batch * Math.ceil(shape.rows / 32) * Math.ceil(shape.columns / 32)
  return shape.inner >= LONG_INNER_AXIS && tiles <= 256
}

/** Workgroups of a dispatch along an axis, at least in WebGPU. */
const MOST_GROUPS = 65_535

/** The stock tiles of transposes are 16 rows high. */
const MOST_TRANSPOSED = 16 * MOST_GROUPS
