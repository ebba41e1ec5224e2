import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../foundation/appError'
import type { GpuDevice } from './gpuDevice'
import { GuardedBackend } from './guardedBackend'
import { preferTiles, replaceStockKernels } from './kernels/replaceStockKernels'
import { undoFailedKernels } from './kernels/undoFailedKernels'

interface DeviceHealth {
  /** The first error that the device reported and nobody caught. */
  error: GPUError | null
  lost: boolean
}

const health = new WeakMap<GPUDevice, DeviceHealth>()

/** The device that the registered backend runs on, and who hears of its loss. */
let registered: { gpu: GpuDevice; onLost: (reason: string) => void } | null = null

/**
 * The device of the registered backend while it works, else null. It outlives a change to WASM, so that coming back
 * finds its shaders compiled (tens of seconds on a software adapter).
 */
export function liveGpuDevice(): GpuDevice | null {
  return registered && !health.get(registered.gpu.device)?.lost ? registered.gpu : null
}

/** Makes WebGPU current, on our own device in the place of TensorFlow.js's own, and watches the device. */
export async function registerWebGpuBackend(gpu: GpuDevice, onLost: (reason: string) => void): Promise<void> {
  const alive = gpu === liveGpuDevice()
  registered = { gpu, onLost }
  if (!alive) replaceBackend(gpu)
  await tf.setBackend('webgpu')
}

function replaceBackend(gpu: GpuDevice): void {
  const state: DeviceHealth = { error: null, lost: false }
  health.set(gpu.device, state)
  gpu.device.onuncapturederror = event => {
    state.error ??= event.error
  }
  void gpu.device.lost.then(({ reason, message }) => {
    state.lost = true
    if (reason !== 'destroyed' && registered?.gpu === gpu) registered.onLost(message)
  })
  replaceStockKernels()
  undoFailedKernels()
  if (tf.engine().registryFactory.webgpu) tf.removeBackend('webgpu')
  tf.registerBackend(
    'webgpu',
    () => {
      const backend = new GuardedBackend(gpu.device, gpu.info)
      if (gpu.software) preferTiles(backend)
      return backend
    },
    3,
  )
}

/** The WebGPU backend if tensors live there now, else null. */
export function webGpuBackend(): WebGPUBackend | null {
  return tf.getBackend() === 'webgpu' ? (tf.backend() as WebGPUBackend) : null
}

/**
 * Throws if the device failed since the last call: WebGPU reports errors late and leaves stale numbers behind, so
 * call it after reading a result and before believing it. Codes `gpu-lost` and `gpu-failed`.
 */
export function throwIfGpuFailed(): void {
  const device = webGpuBackend()?.device
  const state = device && health.get(device)
  if (!state) return
  if (state.lost) {
    throw new AppError(
      'gpu-lost',
      'The GPU was lost (driver reset or sleep). Reload and resume the last round.',
    )
  }
  if (state.error) {
    const cause = state.error
    state.error = null
    throw new AppError(
      'gpu-failed',
      'The GPU refused an operation, so its result cannot be trusted. Use smaller tiles or a smaller batch.',
      { cause },
    )
  }
}
