/** Axis i of the memory (TensorFlow.js) tensor is axis PERMUTATION[i] of the checkpoint (PyTorch) tensor. */
const PERMUTATION: Record<ParameterLayout, readonly number[] | null> = {
  conv: [2, 3, 1, 0],
  depthwise: [2, 3, 0, 1],
  linear: [1, 0],
  plain: null,
}

function inverse(permutation: readonly number[]): number[] {
  return permutation.map((_, axis) => permutation.indexOf(axis))
}

/** PyTorch shape -> TensorFlow.js shape. */
export function toMemoryShape(shape: readonly number[], layout: ParameterLayout): number[] {
  const permutation = PERMUTATION[layout]
  return permutation ? permutation.map(axis => shape[axis]!) : [...shape]
}

/** TensorFlow.js shape -> PyTorch shape. */
export function toCheckpointShape(shape: readonly number[], layout: ParameterLayout): number[] {
  const permutation = PERMUTATION[layout]
  return permutation ? inverse(permutation).map(axis => shape[axis]!) : [...shape]
}

/** Values in PyTorch order (row-major over `shape`, the PyTorch shape) -> TensorFlow.js order. */
export function toMemoryOrder(
  values: Float32Array,
  shape: readonly number[],
  layout: ParameterLayout,
): Float32Array {
  const permutation = PERMUTATION[layout]
  return permutation ? permute(values, shape, permutation) : values
}

/** Values in TensorFlow.js order (row-major over `shape`, the TensorFlow.js shape) -> PyTorch order. */
export function toCheckpointOrder(
  values: Float32Array,
  shape: readonly number[],
  layout: ParameterLayout,
): Float32Array {
  const permutation = PERMUTATION[layout]
  return permutation ? permute(values, shape, inverse(permutation)) : values
}

/** Transposes a row-major array: axis i of the result is axis permutation[i] of the input. */
function permute(
  values: Float32Array,
  shape: readonly number[],
  permutation: readonly number[],
): Float32Array {
  const strides = new Array<number>(shape.length).fill(1)
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!
  const extent = permutation.map(axis => shape[axis]!)
  const step = permutation.map(axis => strides[axis]!)
  const result = new Float32Array(values.length)
  const index = new Array<number>(extent.length).fill(0)
  let from = 0
  for (let to = 0; to < result.length; to++) {
    result[to] = values[from]!
    for (let axis = extent.length - 1; axis >= 0; axis--) {
      from += step[axis]!
      if (++index[axis]! < extent[axis]!) break
      from -= step[axis]! * extent[axis]!
      index[axis] = 0
    }
  }
  return result
}

/**
 * How a parameter's axes differ between PyTorch (checkpoints) and TensorFlow.js (memory).
 * conv: [out,in,kh,kw] <-> [kh,kw,in,out]; depthwise: [C,1,kh,kw] <-> [kh,kw,C,1];
 * linear: [out,in] <-> [in,out]; plain: the same.
 */
export type ParameterLayout = 'conv' | 'depthwise' | 'linear' | 'plain'
