import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'

/** The private parts of TensorFlow.js 4.22's backend that record commands; `startEngine`'s tests would miss them. */
interface CommandRecorder {
  commandEncoder: GPUCommandEncoder
  commandQueueOwnedIds: WeakSet<tf.DataId>
}

/**
 * Tensors one after another in one buffer. Copies between buffers, not dispatches: a hundredth of the cost of a kernel
 * for each tensor.
 *
 * @param tensors float32.
 * @returns [sum of the sizes]; the caller owns it.
 */
export function gatherFlat(tensors: readonly tf.Tensor[], backend: WebGPUBackend | null): tf.Tensor1D {
  if (!backend)
    return tf.tidy(() => tf.concat(tensors.map(tensor => tf.reshape(tensor, [-1])))) as tf.Tensor1D
  return tf.tidy(() => {
    const own = tensors.map(tensor => inItsOwnType(backend, tensor))
    const length = tensors.reduce((sum, { size }) => sum + size, 0)
    const flat = empty(backend, [length])
    let at = 0
    for (const tensor of own) {
      copy(backend, tensor, 0, flat, at, tensor.size)
      at += tensor.size
    }
    return flat as tf.Tensor1D
  })
}

/** The way back: a tensor of its own for each shape, in order; the caller owns them. */
export function scatterFlat(
  flat: tf.Tensor1D,
  shapes: readonly (readonly number[])[],
  backend: WebGPUBackend | null,
): tf.Tensor[] {
  let at = 0
  return tf.tidy(() =>
    shapes.map(shape => {
      const size = tf.util.sizeFromShape([...shape])
      const begin = at
      at += size
      if (!backend) return tf.reshape(tf.slice(flat, begin, size), [...shape])
      const tensor = empty(backend, shape)
      copy(backend, flat, begin, tensor, 0, size)
      return tensor
    }),
  )
}

function empty(backend: WebGPUBackend, shape: readonly number[]): tf.Tensor {
  return tf.engine().makeTensorFromTensorInfo(backend.makeTensorInfo([...shape], 'float32'))
}

/** TensorFlow.js casts integers to float32 without touching the buffer. */
function inItsOwnType(backend: WebGPUBackend, tensor: tf.Tensor): tf.Tensor {
  return backend.tensorMap.get(tensor.dataId).dtype === 'float32' ? tensor : tf.mul(tensor, 1)
}

function copy(
  backend: WebGPUBackend,
  from: tf.Tensor,
  fromIndex: number,
  to: tf.Tensor,
  toIndex: number,
  length: number,
): void {
  if (length === 0) return
  for (const { dataId } of [from, to]) backend.uploadToGPU(dataId)
  const buffer = ({ dataId }: tf.Tensor) => backend.tensorMap.get(dataId).resource as GPUBuffer
  backend.ensureCommandEncoderReady()
  backend.endComputePassEncoder()
  const recorder = backend as unknown as CommandRecorder
  recorder.commandEncoder.copyBufferToBuffer(buffer(from), 4 * fromIndex, buffer(to), 4 * toIndex, 4 * length)
  // Freed ones are not reused before the commands that name them were submitted.
  recorder.commandQueueOwnedIds.add(from.dataId)
  recorder.commandQueueOwnedIds.add(to.dataId)
}
