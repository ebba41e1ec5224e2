import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../core/foundation/appError'

type DataId = tf.DataId

/** Values that the start of a slice is a multiple of: WebGPU binds buffers from every 256 bytes on, on any device. */
export const SLICE_ALIGNMENT = 64

/** The private parts of TensorFlow.js 4.22's backend that bind and copy; the tests of slices would miss them. */
interface Commands {
  tensorToBinding(tensor?: tf.TensorInfo): GPUBindingResource | null
  commandEncoder: GPUCommandEncoder
}

/** Bytes of the buffer that a tensor is. */
const slices = new WeakMap<DataId, { offset: number; size: number }>()

/** Backends that bind slices: another one would bind the whole buffer, and compute with it. */
const binding = new WeakSet<WebGPUBackend>()

/**
 * A tensor that is a part of another one's buffer: kernels see it as any other, and what is written to the buffer is its
 * value. Keep the whole until its slices are gone.
 *
 * @param whole float32, on the device.
 * @param start value of the whole where the slice begins, a multiple of `SLICE_ALIGNMENT`.
 * @throws AppError `internal` for a backend that was never taught to bind slices.
 */
export function sliceOf(
  backend: WebGPUBackend,
  whole: tf.TensorInfo,
  start: number,
  shape: number[],
): tf.Tensor {
  if (!binding.has(backend))
    throw new AppError('internal', 'This backend binds no slices: start the engine first.')
  backend.uploadToGPU(whole.dataId)
  const slice = backend.makeTensorInfo(shape, 'float32')
  const data = backend.tensorMap.get(slice.dataId)
  data.resource = backend.tensorMap.get(whole.dataId).resource
  // So that its end does not free the buffer.
  data.external = true
  slices.set(slice.dataId, { offset: 4 * start, size: 4 * tf.util.sizeFromShape(shape) })
  return tf.engine().makeTensorFromTensorInfo(slice)
}

/** What the buffers that several tensors share is kept for: how many of them live, and what to do after the last. */
const shares = new WeakMap<DataId, { left: number; free(): void }>()

/**
 * Makes tensors that have no buffer yet parts of another one's, which is freed with the last of them.
 *
 * @param whole float32, on the device; it belongs to its parts from now on.
 * @param parts each starts at a value that is a multiple of `SLICE_ALIGNMENT`.
 */
export function shareBuffer(
  backend: WebGPUBackend,
  whole: tf.TensorInfo,
  parts: readonly { dataId: DataId; start: number; length: number }[],
): void {
  backend.uploadToGPU(whole.dataId)
  const { resource } = backend.tensorMap.get(whole.dataId)
  const living = parts.filter(({ dataId }) => backend.tensorMap.has(dataId))
  const share = { left: living.length, free: () => backend.disposeData(whole.dataId) }
  for (const { dataId, start, length } of living) {
    const data = backend.tensorMap.get(dataId)
    data.resource = resource
    data.external = true
    slices.set(dataId, { offset: 4 * start, size: 4 * length })
    shares.set(dataId, share)
  }
  if (living.length === 0) share.free()
}

/** To be called when a tensor's data is gone. */
export function leaveShare(dataId: DataId): void {
  const share = shares.get(dataId)
  if (share && --share.left === 0) share.free()
  shares.delete(dataId)
}

/** Teaches a backend to bind slices; TensorFlow.js binds whole buffers. */
export function bindSlices(backend: WebGPUBackend): void {
  binding.add(backend)
  const commands = backend as unknown as Commands
  const bind = commands.tensorToBinding.bind(backend)
  commands.tensorToBinding = tensor => {
    const slice = tensor && slices.get(tensor.dataId)
    return slice ? { ...(bind(tensor) as GPUBufferBinding), ...slice } : bind(tensor)
  }
}

/**
 * A copy of a slice with a buffer of its own, or null for a tensor that has one; the caller disposes it. The device's
 * limits are not asked: a smaller buffer than the whole is never above them.
 */
export function copyOfSlice(
  backend: WebGPUBackend,
  { dataId, shape }: Pick<tf.TensorInfo, 'dataId' | 'shape'>,
): tf.TensorInfo | null {
  const slice = slices.get(dataId)
  if (!slice) return null
  const copy = backend.makeTensorInfo(shape, 'float32')
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
  backend.tensorMap.get(copy.dataId).resource = backend.bufferManager.acquireBuffer(slice.size, usage)
  copyValues(backend, dataId, 0, copy.dataId, 0, slice.size / 4)
  return copy
}

/** Float32 zeros, without a dispatch; the caller owns them. */
export function zeroTensor<T extends tf.Tensor>(backend: WebGPUBackend, shape: readonly number[]): T {
  const zeros = backend.makeTensorInfo([...shape], 'float32')
  try {
    backend.uploadToGPU(zeros.dataId)
  } catch (thrown) {
    backend.disposeData(zeros.dataId)
    throw thrown
  }
  recording(backend).commandEncoder.clearBuffer(backend.tensorMap.get(zeros.dataId).resource as GPUBuffer)
  return tf.engine().makeTensorFromTensorInfo(zeros) as T
}

/** Between compute passes. */
function recording(backend: WebGPUBackend): Commands {
  backend.ensureCommandEncoderReady()
  backend.endComputePassEncoder()
  return backend as unknown as Commands
}

/** Copies float32 values from one tensor's buffer to another's: a hundredth of the cost of a kernel. */
export function copyValues(
  backend: WebGPUBackend,
  from: DataId,
  fromIndex: number,
  to: DataId,
  toIndex: number,
  length: number,
): void {
  if (length === 0) return
  for (const dataId of [from, to]) backend.uploadToGPU(dataId)
  const buffer = (dataId: DataId) => backend.tensorMap.get(dataId).resource as GPUBuffer
  const offset = (dataId: DataId, index: number) => 4 * index + (slices.get(dataId)?.offset ?? 0)
  const { commandEncoder } = recording(backend)
  const bytes = 4 * length
  commandEncoder.copyBufferToBuffer(
    buffer(from),
    offset(from, fromIndex),
    buffer(to),
    offset(to, toIndex),
    bytes,
  )
  forgetRead(backend, to)
}

/** Drops the values of a tensor that TensorFlow.js kept when they were read: its buffer is written again. */
export function forgetRead(backend: WebGPUBackend, dataId: DataId): void {
  const data: { resource?: unknown; values?: unknown } = backend.tensorMap.get(dataId)
  if (data.resource) data.values = undefined
}
