import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { conv2dFilterGradient } from './conv2dFilterGradient'
import { conv2dInputGradientTiles, conv2dTiles } from './conv2dTiles'
import { depthwiseFilterGradient } from './depthwiseFilterGradient'
import { matMulTiles } from './matMulTiles'
import { type KernelArguments, replaceKernel } from './replaceKernel'
import { replaceReductions } from './replaceReductions'

type Shape4D = [number, number, number, number]

/** Backends on adapters without a GPU, where the stock kernels' workgroup memory and barriers cost most. */
const softwareBackends = new WeakSet<object>()

/**
 * Says that a backend computes on the CPU: products and convolutions then run without workgroup memory. Tests say false
 * for a moment, to see the kernels that run on hardware.
 */
export function preferTiles(backend: WebGPUBackend, prefer = true): void {
  if (prefer) softwareBackends.add(backend)
  else softwareBackends.delete(backend)
}

/**
 * Puts our kernels in the place of TensorFlow.js's slow or indeterministic ones on WebGPU. Idempotent.
 *
 * Everywhere: reductions, filter gradients (stock: one thread a weight, serial over the image) and products whose stock
 * kernel adds with float atomics; transposes, products, convolutions and their input gradients too large for a stock
 * dispatch. On software adapters every product, convolution and input gradient.
 */
export function replaceStockKernels(): void {
  replaceReductions()
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
  replaceKernel(tf.Conv2D, stock => args => {
    const { x, filter } = tensors(args, 'x', 'filter')
    const info = convolution(x, filter.shape, args.attrs as unknown as tf.Conv2DAttrs)
    const ours =
      info &&
      (softwareBackends.has(args.backend as object) ||
        addsAtomically(info) ||
        info.outHeight * info.outWidth > MOST_STOCK_ROWS)
    return ours ? conv2dTiles(webGpu(args), x, filter, info) : stock(args)
  })
  replaceKernel(tf.Conv2DBackpropInput, stock => args => {
    const { dy, filter } = tensors(args, 'dy', 'filter')
    const attrs = args.attrs as unknown as tf.Conv2DBackpropInputAttrs
    const info = convolution({ shape: attrs.inputShape }, filter.shape, { ...attrs, dilations: 1 })
    const ours =
      info && (softwareBackends.has(args.backend as object) || info.inHeight * info.inWidth > MOST_STOCK_ROWS)
    if (!ours) return stock(args)
    const transpose = tf.getKernel(tf.Transpose, 'webgpu').kernelFunc
    const swapped = transpose({
      inputs: { x: filter },
      attrs: { perm: [0, 1, 3, 2] },
      backend: args.backend,
    }) as tf.TensorInfo
    const dx = conv2dInputGradientTiles(webGpu(args), dy, swapped, info)
    webGpu(args).disposeData(swapped.dataId)
    return dx
  })
  replaceKernel(tf.BatchMatMul, stock => args => {
    const { a, b } = tensors(args, 'a', 'b')
    const attrs = args.attrs as unknown as tf.BatchMatMulAttrs
    const shape = product(a.shape, b.shape, attrs.transposeA, attrs.transposeB)
    const ours =
      shape &&
      (softwareBackends.has(args.backend as object) ||
        hasLongInnerAxis(shape) ||
        Math.max(shape.rows, shape.columns) > MOST_STOCK_ROWS ||
        shape.batch > MOST_GROUPS)
    if (!ours) return stock(args)
    const outer = tf.backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2))
    const flat = matMulTiles(webGpu(args), a, b, shape)
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

/** Inner axes from here on go to float atomics in the stock kernel (its own threshold), or leave a GPU idle. */
const LONG_INNER_AXIS = 2000

function hasLongInnerAxis(shape: { batch: number; rows: number; inner: number; columns: number }): boolean {
  const tiles = shape.batch * Math.ceil(shape.rows / 32) * Math.ceil(shape.columns / 32)
  return shape.inner >= LONG_INNER_AXIS && tiles <= 256
}

/** Workgroups of a dispatch along an axis, at least in WebGPU. */
const MOST_GROUPS = 65_535
/** The stock tiles of products and convolutions are 32 rows high, those of transposes 16. */
const MOST_STOCK_ROWS = 32 * MOST_GROUPS
const MOST_TRANSPOSED = 16 * MOST_GROUPS

/** Whether the stock convolution would become such a product (its own rule: at most 16 tiles). */
function addsAtomically(info: tf.backend_util.Conv2DInfo): boolean {
  const inner = info.filterHeight * info.filterWidth * info.inChannels
  const tiles = Math.ceil((info.outHeight * info.outWidth) / 32) * Math.ceil(info.outChannels / 32)
  return info.batchSize === 1 && inner >= LONG_INNER_AXIS && tiles <= 16
}
