import * as tf from '@tensorflow/tfjs-core'

/** Why nothing that takes a gradient can be compared on the current backend; null where it can. */
export function whyNoGradients(): string | null {
  return tf.getBackend() === 'wasm' ? 'WASM has no gradients: choose webgpu or cpu.' : null
}
