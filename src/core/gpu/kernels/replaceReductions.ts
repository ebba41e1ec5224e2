import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { groupedColumnSums } from './columnSums'
import { reduceRows } from './reduceRows'
import { type KernelArguments, replaceKernel, type StockKernel } from './replaceKernel'

/** A maximum is not split, so it takes this many rows to be worth our kernel. */
const FEWEST_ROWS = 64

/**
 * Replaces sums, means and maxima of float32: no transpose before a sum over leading axes, no workgroup for a row of
 * two elements, no throw past 65,535 rows. Sums of many tensors take few at a time.
 */
export function replaceReductions(): void {
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
  const total = sum(args)!
  const divide = tf.getKernel(tf.Multiply, 'webgpu').kernelFunc
  const share = found.backend.makeTensorInfo([], 'float32', Float32Array.of(1 / found.reduced))
  const average = divide({ inputs: { a: total, b: share }, backend: args.backend }) as tf.TensorInfo
  found.backend.disposeData(total.dataId)
  found.backend.disposeData(share.dataId)
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
