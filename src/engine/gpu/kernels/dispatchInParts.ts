import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import type * as tf from '@tensorflow/tfjs-core'
import { dispatchForResults, type Kernel } from './kernel'

/**
 * 20 GFLOP. Windows resets a GPU whose dispatch takes two seconds, and a screen stands still as long as one runs. On a
 * GPU of 2 TFLOP/s, a quarter of which a kernel reaches, it is 40 ms; where a GPU has a tenth of that, 0.4 s.
 */
const MOST_MULTIPLY_ADDS = 1e10

/**
 * Dispatches a kernel in parts of bounded work. Its groups are alike, and it adds `uniforms.firstGroup` to the group that
 * it finds itself in.
 *
 * @param kernel says its `multiplyAdds`.
 * @returns `result`, then `more`.
 */
export function dispatchInParts(
  backend: WebGPUBackend,
  kernel: Kernel,
  inputs: readonly tf.TensorInfo[],
  mostMultiplyAdds = MOST_MULTIPLY_ADDS,
): tf.TensorInfo[] {
  const share = Math.ceil(kernel.groups / Math.ceil(kernel.multiplyAdds! / mostMultiplyAdds))
  const multiplyAdds = kernel.multiplyAdds! / Math.ceil(kernel.groups / share)
  let results: tf.TensorInfo[] | undefined
  for (let firstGroup = 0; firstGroup < kernel.groups; firstGroup += share) {
    const part = {
      ...kernel,
      into: results?.[0] ?? kernel.into,
      more: kernel.more?.map((result, i) => ({ ...result, into: results?.[i + 1] ?? result.into })),
      multiplyAdds,
      groups: Math.min(share, kernel.groups - firstGroup),
      uniforms: { ...kernel.uniforms, firstGroup },
    }
    results = dispatchForResults(backend, part, inputs)
  }
  return results!
}
