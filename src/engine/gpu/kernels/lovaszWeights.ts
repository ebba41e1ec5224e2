import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { undoOnFailure } from '../guardedBackend'
import { dispatchKernel, runKernel } from './kernel'
import { radixSortDescending, scan } from './sortAndScan'

const TAKE = `
fn main(index : i32) {
  if (index < uniforms.length) { result[index] = i32(foreground[pairs[2 * index + 1]]); }
}`

/** See `training/losses/lovasz` for the formula; counts are integers, so they are exact. */
const WEIGH = `
fn main(index : i32) {
  if (index >= uniforms.length) { return; }
  let total = seen[uniforms.length - 1];
  let joined = seen[index];
  let isForeground = joined > select(seen[max(index - 1, 0)], 0, index == 0);
  let intersection = f32(total - joined);
  let unionSize = f32(total + index + 1 - joined);
  var weight = intersection / (unionSize * max(unionSize - 1.0, 1.0));
  if (isForeground) {
    weight = 1.0 / unionSize;
  } else if (total == 0 && index == 0) {
    weight = 1.0;
  }
  result[pairs[2 * index + 1]] = weight;
}`

/**
 * Weights of the Lovász extension for errors [N], sorted once, and each foreground [N] of 0 and 1 (float32), in the
 * pixels' own order.
 */
export function sharedLovaszWeights(
  backend: WebGPUBackend,
  errors: tf.Tensor1D,
  foregrounds: readonly tf.Tensor1D[],
): tf.Tensor1D[] {
  return undoOnFailure(backend, () => {
    const pairs = tf.engine().makeTensorFromTensorInfo(radixSortDescending(backend, errors))
    const weights = foregrounds.map(foreground => weigh(backend, pairs, foreground))
    pairs.dispose()
    return weights
  })
}

function weigh(backend: WebGPUBackend, pairs: tf.Tensor, foreground: tf.Tensor1D): tf.Tensor1D {
  const length = foreground.size
  const flat = { outputShape: [length], groups: Math.ceil(length / 64), uniforms: { length } }
  const sorted = dispatchKernel(
    backend,
    { ...flat, name: 'lovaszTake', variables: ['foreground', 'pairs'], code: TAKE, outputType: 'int32' },
    [foreground, pairs],
  )
  const seen = tf.engine().makeTensorFromTensorInfo(scan(backend, sorted, true))
  const kernel = { ...flat, name: 'lovaszWeights', variables: ['pairs', 'seen'], code: WEIGH }
  const weights = runKernel<tf.Tensor1D>(backend, kernel, [pairs, seen])
  backend.disposeData(sorted.dataId)
  seen.dispose()
  return weights
}
