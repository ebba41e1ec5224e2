import * as tf from '@tensorflow/tfjs-core'
import { type EngineMemory, engineMemory } from '../engineMemory'

/**
 * What tensors hold once every recorded command was submitted, for comparing before and after: only a submit hands
 * freed buffers back, and reading submits. `data` counts what the backend itself knows, tracked by a tensor or not.
 */
export async function settledMemory(): Promise<EngineMemory & { data: number }> {
  // Large enough that TensorFlow.js does not compute it on the CPU.
  const computed = tf.tidy(() => tf.square(tf.ones([2048])))
  await computed.data()
  computed.dispose()
  return { ...engineMemory(), data: tf.backend().numDataIds() }
}
