import * as tf from '@tensorflow/tfjs-core'
import { memoryOf, placeOf, type WasmBackend } from './memory'

type KernelArguments = Parameters<tf.KernelFunc>[0]

/*
 * Parts of tensors on WASM, copied within its memory. TensorFlow.js copies the whole tensor out of it first, for a split once a
 * part.
 */

/** A slice by our copy; null for other values than float32 and int32. */
export function slice({ inputs, attrs, backend }: KernelArguments): tf.TensorInfo | null {
  const x = inputs.x as tf.TensorInfo
  const { begin, size } = attrs as unknown as tf.SliceAttrs
  if (!takesPart(x)) return null
  const [first, extents] = tf.slice_util.parseSliceParams(x, begin, size) as [number[], number[]]
  return copyPart(backend as unknown as WasmBackend, x, first, extents)
}

/** The same for a split. */
export function split({ inputs, attrs, backend }: KernelArguments): tf.TensorInfo[] | null {
  const x = inputs.x as tf.TensorInfo
  const { numOrSizeSplits, axis } = attrs as unknown as tf.SplitVAttrs
  if (!takesPart(x)) return null
  const [along] = tf.util.parseAxisParam(axis, x.shape) as [number]
  let first = 0
  return tf.backend_util.prepareSplitSize(x as tf.Tensor, numOrSizeSplits, along).map(extent => {
    const begin = x.shape.map((_, i) => (i === along ? first : 0))
    first += extent
    const size = x.shape.map((whole, i) => (i === along ? extent : whole))
    return copyPart(backend as unknown as WasmBackend, x, begin, size)
  })
}

const takesPart = ({ dtype, shape }: tf.TensorInfo) =>
  (dtype === 'float32' || dtype === 'int32') && shape.length > 0

/** Copies what lies together in one piece: from the last axis on that is not whole. */
function copyPart(
  backend: WasmBackend,
  x: tf.TensorInfo,
  begin: readonly number[],
  size: readonly number[],
): tf.TensorInfo {
  const out = backend.makeOutput(size, x.dtype)
  const words = new Uint32Array(memoryOf(backend).buffer)
  const strides = [...tf.util.computeStrides(x.shape), 1]
  const partial = size.map((extent, axis) => extent !== x.shape[axis]).lastIndexOf(true)
  const inner = Math.max(partial, 0)
  const run = size[inner]! * strides[inner]!
  const from = begin.reduce((place, at, axis) => place + at * strides[axis]!, placeOf(backend, x) / 4)
  const end = placeOf(backend, out) / 4 + tf.util.sizeFromShape([...size])
  let piece = 0
  for (let target = placeOf(backend, out) / 4; target < end; target += run) {
    let source = from
    let rest = piece++
    for (let axis = inner - 1; axis >= 0; axis--) {
      source += (rest % size[axis]!) * strides[axis]!
      rest = Math.floor(rest / size[axis]!)
    }
    words.copyWithin(target, source, source + run)
  }
  return out
}
