import * as tf from '@tensorflow/tfjs-core'
import { type BranchFactors, scaledBranch } from '../../gpu/kernels/residual'
import { webGpuBackend } from '../../gpu/webgpuBackend'
import { differentiable } from './differentiable'

/**
 * x + factor branch, in one dispatch on WebGPU.
 *
 * @param x [B, ...] float32.
 * @param branch like x.
 * @param factors one for each sample, as drop path draws them; null: the branch is added as it is.
 */
export function addBranch<T extends tf.Tensor>(x: T, branch: T, factors: BranchFactors): T {
  if (!factors) return tf.add(x, branch)
  const backend = webGpuBackend()
  if (!backend) {
    const shape = [factors.length, ...x.shape.slice(1).fill(1)]
    return tf.add(x, tf.mul(branch, tf.tensor([...factors], shape)))
  }
  return differentiable<T>(
    [x, branch],
    () => scaledBranch(backend, x, branch, factors),
    dy => [tf.clone(dy), scaledBranch(backend, null, dy, factors)],
  )
}
