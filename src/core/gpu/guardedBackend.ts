import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../foundation/appError'

const MEBIBYTE = 1024 * 1024
/** Freed buffers kept for reuse; TensorFlow.js itself keeps them for ever, one list for every size it ever saw. */
const IDLE_BYTES = 512 * MEBIBYTE

/**
 * TensorFlow.js's WebGPU backend with two guards: no buffer above the device's limits (WebGPU would hand back stale
 * numbers and no exception), and a bound on freed memory.
 */
export class GuardedBackend extends WebGPUBackend {
  override uploadToGPU(dataId: Parameters<WebGPUBackend['uploadToGPU']>[0]): void {
    const { shape, resource } = this.tensorMap.get(dataId)
    if (resource == null) refuseAboveLimits(tf.util.sizeFromShape(shape) * 4, this.device.limits)
    super.uploadToGPU(dataId)
  }

  /** Right after a submit no recorded command refers to a freed buffer, so it can go. */
  override submitQueue(): void {
    super.submitQueue()
    const { numBytesAllocated, numBytesUsed } = this.bufferManager
    if (numBytesAllocated - numBytesUsed > IDLE_BYTES) this.releaseIdleMemory()
  }

  /** Destroys every freed buffer. Only between a submit and the next recorded command. */
  private releaseIdleMemory(): void {
    const pool = this.bufferManager as unknown as BufferPool
    for (const buffers of pool.freeBuffers.values()) {
      for (const buffer of buffers.splice(0)) {
        pool.numBytesAllocated -= buffer.size
        pool.numFreeBuffers--
        buffer.destroy()
      }
    }
  }
}

/** The private parts of TensorFlow.js 4.22's buffer manager that hold freed buffers. */
interface BufferPool {
  freeBuffers: Map<string, GPUBuffer[]>
  numFreeBuffers: number
  numBytesAllocated: number
}

/** Throws `gpu-limit` for a tensor that the device cannot bind. */
export function refuseAboveLimits(
  bytes: number,
  limits: Pick<GPUSupportedLimits, 'maxBufferSize' | 'maxStorageBufferBindingSize'>,
): void {
  const most = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize)
  if (bytes <= most) return
  const [wanted, offered] = [bytes, most].map(size => Math.round(size / MEBIBYTE))
  throw new AppError(
    'gpu-limit',
    `One tensor needs ${wanted} MiB, and this GPU allows ${offered}. Use smaller tiles or a smaller batch.`,
  )
}
