import * as tf from '@tensorflow/tfjs-core'

/** The parts of TensorFlow.js 4.22's WASM backend that our kernels use; private in its types. */
interface WasmBackend {
  readonly wasm: {
    readonly HEAPU8: Uint8Array
    cwrap(name: string, returns: null, takes: readonly string[]): (...given: unknown[]) => void
    readonly tfjs: {
      registerTensor(id: number, elements: number, memoryOffset: number): void
      disposeData(id: number): void
    }
  }
  dataIdNextNumber: number
  readonly dataIdMap: { get(dataId: tf.DataId): { readonly memoryOffset: number } }
  makeOutput(shape: readonly number[], dtype: tf.DataType): tf.TensorInfo
  disposeData(dataId: tf.DataId): boolean
}

type KernelArguments = Parameters<tf.KernelFunc>[0]

type StockKernel = (args: KernelArguments) => tf.TensorInfo

let replaced = false

/**
 * Replaces two kernels of TensorFlow.js on WASM where they miss the fast paths they have themselves. Idempotent.
 *
 * Products: only one plain matrix by another goes to XNNPACK; batches and transposed matrices, as attention has them, to
 * a scalar loop some 30 times slower. Transposes: above rank 4 every element allocates.
 */
export function replaceWasmKernels(): void {
  if (replaced) return
  replaced = true
  replace(tf.Transpose, stock => args => transpose(args, stock))
  replace(tf.BatchMatMul, stock => args => product(args, stock))
}

function replace(kernelName: string, make: (stock: StockKernel) => StockKernel): void {
  const config = tf.getKernel(kernelName, 'wasm')
  tf.unregisterKernel(kernelName, 'wasm')
  tf.registerKernel({ ...config, kernelFunc: make(config.kernelFunc as StockKernel) })
}

/** The stock kernel has loops of their own for so many axes. */
const MOST_STOCK_AXES = 4

function transpose(args: KernelArguments, stock: StockKernel): tf.TensorInfo {
  const x = args.inputs.x as tf.TensorInfo
  const { perm } = args.attrs as unknown as tf.TransposeAttrs
  const { shape, order } = joinAxes(x.shape, perm)
  if (shape.length <= MOST_STOCK_AXES || x.dtype === 'bool') return stock(args)
  const backend = args.backend as unknown as WasmBackend
  const out = backend.makeOutput(
    perm.map(axis => x.shape[axis]!),
    x.dtype,
  )
  const from = backend.dataIdMap.get(x.dataId).memoryOffset / 4
  const to = backend.dataIdMap.get(out.dataId).memoryOffset / 4
  copyPermuted(new Uint32Array(backend.wasm.HEAPU8.buffer), from, to, shape, order)
  return out
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

/** Copies words to their places in order of the output, the last axis in runs. */
function copyPermuted(
  words: Uint32Array,
  from: number,
  to: number,
  shape: readonly number[],
  order: readonly number[],
): void {
  const strides = tf.util.computeStrides([...shape, 1])
  const extents = order.map(axis => shape[axis]!)
  const steps = order.map(axis => strides[axis]!)
  const last = order.length - 1
  const [run, step] = [extents[last]!, steps[last]!]
  const places = new Array<number>(last).fill(0)
  const end = to + tf.util.sizeFromShape([...shape])
  let source = from
  for (let target = to; target < end; target += run) {
    for (let i = 0; i < run; i++) words[target + i] = words[source + i * step]!
    for (let axis = last - 1; axis >= 0; axis--) {
      source += steps[axis]!
      places[axis]!++
      if (places[axis]! < extents[axis]!) break
      source -= extents[axis]! * steps[axis]!
      places[axis] = 0
    }
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
  const placeOf = ({ dataId }: tf.TensorInfo) => backend.dataIdMap.get(dataId).memoryOffset / 4
  const [from, to] = [placeOf(x), placeOf(out)]
  const values = new Float32Array(backend.wasm.HEAPU8.buffer)
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

/** Fewer multiplications than a call into XNNPACK, which packs the second matrix first, is worth. */
const SMALL_PRODUCT = 2048

function product(args: KernelArguments, stock: StockKernel): tf.TensorInfo {
  const { a, b } = args.inputs as { a: tf.TensorInfo; b: tf.TensorInfo }
  const { transposeA, transposeB } = args.attrs as unknown as tf.BatchMatMulAttrs
  const [batchA, batchB] = [a, b].map(({ shape }) => tf.util.sizeFromShape(shape.slice(0, -2)))
  const [rowsA, columnsA] = a.shape.slice(-2) as [number, number]
  const [rowsB, columnsB] = b.shape.slice(-2) as [number, number]
  const [rows, inner] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA]
  const columns = transposeB ? rowsB : columnsB
  const isStock = !transposeA && !transposeB && batchA === 1 && batchB === 1
  const broadcasts = batchA !== batchB && Math.min(batchA!, batchB!) !== 1
  const floats = a.dtype === 'float32' && b.dtype === 'float32'
  if (isStock || broadcasts || !floats || rows * inner * columns < SMALL_PRODUCT) return stock(args)
  const backend = args.backend as unknown as WasmBackend
  const turned: tf.TensorInfo[] = []
  const plain = (matrices: tf.TensorInfo, isTransposed: boolean, batch: number): tf.TensorInfo => {
    if (!isTransposed) return matrices
    const shape = [batch, ...matrices.shape.slice(-2)]
    const inputs = { x: { ...matrices, shape } }
    const attrs = { perm: [0, 2, 1] } as unknown as KernelArguments['attrs']
    const made = tf.getKernel(tf.Transpose, 'wasm').kernelFunc({ inputs, attrs, backend: args.backend })
    turned.push(made as tf.TensorInfo)
    return made as tf.TensorInfo
  }
  const left = plain(a, transposeA, batchA!)
  const right = plain(b, transposeB, batchB!)
  const batch = Math.max(batchA!, batchB!)
  const outer = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2))
  const out = backend.makeOutput([...outer, rows, columns], 'float32')
  // One second matrix for all: its rows of the first are one long matrix.
  const [times, height] = batchB === 1 ? [1, batch * rows] : [batch, rows]
  const multiply = matrixProduct(backend)
  for (let i = 0; i < times; i++) {
    multiply(
      { tensor: left, at: batchA === 1 ? 0 : i * height * inner, shape: [1, height, inner] },
      { tensor: right, at: batchB === 1 ? 0 : i * inner * columns, shape: [1, inner, columns] },
      { tensor: out, at: i * height * columns, shape: [1, height, columns] },
    )
  }
  for (const { dataId } of turned) backend.disposeData(dataId)
  return out
}

/** A matrix within the memory of a tensor of several. */
interface MatrixView {
  tensor: tf.TensorInfo
  /** Elements before it. */
  at: number
  shape: readonly [1, number, number]
}

/** XNNPACK's product over views: a matrix of a batch needs no copy. */
function matrixProduct(backend: WasmBackend): (a: MatrixView, b: MatrixView, out: MatrixView) => void {
  const { wasm } = backend
  const call = wasm.cwrap(tf.BatchMatMul, null, [
    'number',
    'array',
    'number',
    'number',
    'array',
    'number',
    'number',
    'number',
    'number',
  ])
  const register = ({ tensor, at, shape }: MatrixView): number => {
    const id = backend.dataIdNextNumber++
    const { memoryOffset } = backend.dataIdMap.get(tensor.dataId)
    wasm.tfjs.registerTensor(id, shape[1] * shape[2], memoryOffset + 4 * at)
    return id
  }
  const bytes = (shape: readonly number[]) => new Uint8Array(new Int32Array(shape).buffer)
  return (a, b, out) => {
    const ids = [a, b, out].map(register)
    call(ids[0], bytes(a.shape), 3, ids[1], bytes(b.shape), 3, 0, 0, ids[2])
    // The packed second matrix is kept by id, and goes with it.
    for (const id of ids) wasm.tfjs.disposeData(id)
  }
}
