import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { usesOwnKernels } from '../ownKernels'
import { runKernel } from './kernel'

/**
 * Gradients of sums and means that spread dy in one dispatch. TensorFlow.js's own upload a map of ones as large as the
 * input, each time. Idempotent; to be called after its gradients are registered.
 */
export function replaceReductionGradients(): void {
  replaceGradient(tf.Sum, () => 1)
  replaceGradient(tf.Mean, reduced => 1 / reduced)
}

/** @param factor what dy is multiplied by, of the number of elements that one output stands for. */
function replaceGradient(kernelName: string, factor: (reduced: number) => number): void {
  tf.registerGradient({
    kernelName,
    inputsToSave: ['x'],
    gradFunc: (dy, saved, attrs) => {
      const { shape } = saved[0]!
      const axes = tf.util.parseAxisParam((attrs as unknown as tf.SumAttrs).axis, shape)
      const reduced = axes.reduce((product, axis) => product * shape[axis]!, 1)
      return { x: () => spread(dy as tf.Tensor, shape, axes, factor(reduced)) }
    },
  })
}

/** dy times a factor, repeated along the axes that a reduction of `shape` took away. */
function spread(dy: tf.Tensor, shape: readonly number[], axes: readonly number[], factor: number): tf.Tensor {
  const sorted = axes.toSorted((a, b) => a - b)
  const adjacent = sorted.every((axis, i) => i === 0 || axis === sorted[i - 1]! + 1)
  const ours = tf.getBackend() === 'webgpu' && usesOwnKernels()
  if (!ours || !adjacent || dy.size === 0) return spreadByTiling(dy, shape, axes, factor)
  const sizeOf = (extents: readonly number[]) => tf.util.sizeFromShape([...extents])
  const past = sorted.length === 0 ? 0 : sorted.at(-1)! + 1
  const after = sizeOf(shape.slice(past))
  const components = after % 4 === 0 ? 4 : 1
  const length = sizeOf(shape) / components
  const flat = runKernel(
    tf.backend() as WebGPUBackend,
    {
      name: 'spread',
      variables: ['dy'],
      components: [components],
      resultComponents: components,
      code: `
fn main(index : i32) {
  if (index >= uniforms.length) { return; }
  let row = index / (uniforms.reduced * uniforms.after);
  result[index] = dy[row * uniforms.after + index % uniforms.after] * uniforms.factor;
}`,
      outputShape: [length * components],
      groups: Math.ceil(length / 64),
      uniforms: {
        length,
        reduced: sizeOf(sorted.map(axis => shape[axis]!)),
        after: after / components,
      },
      numbers: { factor },
    },
    [dy],
  )
  return tf.reshape(flat, [...shape])
}

function spreadByTiling(
  dy: tf.Tensor,
  shape: readonly number[],
  axes: readonly number[],
  factor: number,
): tf.Tensor {
  const kept = shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent))
  const repeats = shape.map((extent, axis) => (axes.includes(axis) ? extent : 1))
  return tf.tile(tf.mul(tf.reshape(dy, kept), factor), repeats)
}
