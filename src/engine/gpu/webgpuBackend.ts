import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../core/foundation/appError'
import { GuardedBackend, undoFailedKernels } from './guardedBackend'
import { replaceStockKernels } from './kernels/replaceStockKernels'
import { preferTiles, tilesByRule } from './kernels/softwareAdapters'
import { usesOwnKernels } from './ownKernels'

/** A device with everything its adapter offers, and what became of it. */
export interface GpuDevice {
  device: GPUDevice
  info: GPUAdapterInfo
  /** "NVIDIA GeForce RTX 4070 (vulkan)": for people. */
  description: string
  /** True for a CPU pretending to be a GPU (SwiftShader, lavapipe, WARP). */
  software: boolean
}

const WANTED_FEATURES = ['shader-f16', 'subgroups', 'timestamp-query'] as const

/** Asks for an adapter and takes all its limits and the features we use; null where there is no adapter. */
export async function openGpuDevice(): Promise<GpuDevice | null> {
  const gpu = globalThis.navigator?.gpu
  const adapter = (await gpu?.requestAdapter({ powerPreference: 'high-performance' })) ?? null
  if (!adapter) return null
  try {
    const device = await adapter.requestDevice({
      requiredFeatures: WANTED_FEATURES.filter(feature => adapter.features.has(feature)),
      requiredLimits: limitsOf(adapter),
    })
    const { info } = adapter
    return { device, info, description: describe(info), software: isSoftware(info) }
  } catch (cause) {
    throw new AppError(
      'gpu-unavailable',
      'The GPU refused a device. Close other GPU programs or restart the browser, then try again.',
      { cause },
    )
  }
}

/** Every limit the adapter names: WebGPU's defaults are far below what hardware does. */
function limitsOf(adapter: GPUAdapter): Record<string, number> {
  const limits: Record<string, number> = {}
  for (const name in adapter.limits) {
    const value = adapter.limits[name as keyof GPUSupportedLimits]
    if (typeof value === 'number') limits[name] = value
  }
  return limits
}

function describe(info: GPUAdapterInfo): string {
  const name = info.description || [info.vendor, info.device || info.architecture].filter(Boolean).join(' ')
  return isSoftware(info) ? `${name || 'unnamed'} (software)` : name || 'unnamed GPU'
}

function isSoftware(info: GPUAdapterInfo): boolean {
  const words = `${info.vendor} ${info.architecture} ${info.device} ${info.description}`.toLowerCase()
  return info.isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|basic render|warp/.test(words)
}

/** The message of `gpu-failed`. */
export const GPU_REFUSED =
  'The GPU refused an operation, so its result cannot be trusted. Use smaller tiles or a smaller batch.'

interface DeviceHealth {
  /** The first error of the device that no error scope caught. */
  error: GPUError | null
  lost: boolean
}

const health = new WeakMap<GPUDevice, DeviceHealth>()

/** The device that the registered backend runs on, and whom its loss is reported to. */
let registered: { gpu: GpuDevice; onLost: (reason: string) => void } | null = null

/**
 * The device of the registered backend while it works, else null. It outlives a change to WASM, so that coming back
 * finds its shaders compiled (tens of seconds on a software adapter).
 */
export function liveGpuDevice(): GpuDevice | null {
  return registered && !health.get(registered.gpu.device)?.lost ? registered.gpu : null
}

/** Makes WebGPU current, on our own device instead of TensorFlow.js's, and watches the device. */
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
      preferTiles(backend, tilesByRule(gpu.software))
      return backend
    },
    3,
  )
}

/** The WebGPU backend if operations run kernels of ours on it now, else null. */
export function webGpuBackend(): WebGPUBackend | null {
  return usesOwnKernels() ? currentGpu() : null
}

/** The WebGPU backend if tensors live there now, whoever's kernels run. */
function currentGpu(): WebGPUBackend | null {
  return tf.getBackend() === 'webgpu' ? (tf.backend() as WebGPUBackend) : null
}

/**
 * Runs a pass wholly on the device. TensorFlow.js computes on the CPU what needs only small tensors that were never
 * uploaded: a network that was loaded would round differently from the same one after its training.
 */
export function onOneDevice<Result extends tf.TensorContainer>(pass: () => Result): Result {
  if (tf.getBackend() !== 'webgpu') return tf.tidy(pass)
  const before = tf.env().getBool('WEBGPU_CPU_FORWARD')
  tf.env().set('WEBGPU_CPU_FORWARD', false)
  try {
    return tf.tidy(pass)
  } finally {
    tf.env().set('WEBGPU_CPU_FORWARD', before)
  }
}

/**
 * Throws if the device failed since the last call: WebGPU reports errors late and leaves stale numbers behind, so
 * call it after reading a result and before believing it. Codes `gpu-lost` and `gpu-failed`.
 */
export function throwIfGpuFailed(): void {
  const device = currentGpu()?.device
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
    throw new AppError('gpu-failed', GPU_REFUSED, { cause })
  }
}

/**
 * A number that was just read, such as a loss or the sum of an output, refused if it is not finite (WGSL may assume that
 * there are no NaN, so shaders cannot check) or if the device failed meanwhile.
 *
 * @param refusal what NaN or an infinity means here.
 * @throws AppError `gpu-failed`, `gpu-lost` or the refusal.
 */
export function finiteOrThrow(value: number | undefined, refusal: () => AppError): number {
  throwIfGpuFailed()
  if (value === undefined || !Number.isFinite(value)) throw refusal()
  return value
}

/** What tensors hold now. */
export interface EngineMemory {
  tensors: number
  /** Bytes of tensor data, wherever it lives. */
  bytes: number
  /** GPU buffers in use; 0 off WebGPU. Freed ones count until the next submit, whose commands may refer to them. */
  gpuBuffers: number
  /** The same in bytes. */
  gpuBytes: number
  /** GPU buffers in use or kept for reuse, in bytes; 0 off WebGPU. */
  gpuAllocatedBytes: number
}

export function engineMemory(): EngineMemory {
  const { numTensors, numBytes } = tf.memory()
  const backend = currentGpu()
  const gpu = backend?.memory()
  return {
    tensors: numTensors,
    bytes: numBytes,
    gpuBuffers: backend?.bufferManager.getNumUsedBuffers() ?? 0,
    gpuBytes: gpu?.numBytesInGPU ?? 0,
    gpuAllocatedBytes: gpu?.numBytesAllocatedInGPU ?? 0,
  }
}
