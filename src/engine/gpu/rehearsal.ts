import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../core/foundation/appError'
import { GuardedBackend } from './guardedBackend'
import { replaceStockKernels } from './kernels/replaceStockKernels'
import { preferTiles } from './kernels/softwareAdapters'
import { liveGpuDevice } from './webgpuBackend'

/** What a computation would take of a GPU. */
export interface GpuMemoryNeed {
  /** Most bytes of buffers held at once, freed ones that are kept for reuse counted in. */
  peakBytes: number
  /** Bytes of the largest buffer, which the device's limits have to allow. */
  largestBytes: number
}

const DEFAULT_LIMITS = { maxComputeWorkgroupsPerDimension: 65_535, maxStorageBuffersPerShaderStage: 8 }

/**
 * Runs a computation on a WebGPU backend whose device does nothing: every kernel records its commands and every buffer
 * is asked for and given back as in earnest, so that what they take is known before any of it is spent. Values are never
 * computed: nothing may be read.
 *
 * Synchronous, so that nothing else can run in between; the current backend is the same afterwards.
 *
 * @throws AppError `gpu-unavailable` where there is no WebGPU at all.
 */
export function rehearse(run: () => void): GpuMemoryNeed {
  if (!globalThis.navigator?.gpu || !tf.engine().registryFactory.webgpu) {
    throw new AppError('gpu-unavailable', 'Without WebGPU nothing can be said about the memory of training.')
  }
  replaceStockKernels()
  const need: GpuMemoryNeed = { peakBytes: 0, largestBytes: 0 }
  const live = liveGpuDevice()
  const backend = new GuardedBackend(idleDevice(live?.device), live?.info ?? noInfo)
  if (live?.software) preferTiles(backend)
  const { bufferManager } = backend
  const acquire = bufferManager.acquireBuffer.bind(bufferManager)
  bufferManager.acquireBuffer = (size, ...rest) => {
    const buffer = acquire(size, ...rest)
    need.largestBytes = Math.max(need.largestBytes, size)
    need.peakBytes = Math.max(need.peakBytes, bufferManager.numBytesAllocated)
    return buffer
  }
  withBackend(backend, run)
  return need
}

/** Puts a backend in WebGPU's place for as long as a function runs. */
function withBackend(backend: GuardedBackend, run: () => void): void {
  const engine = tf.engine()
  const name = engine.backendName
  const own = engine.registry.webgpu
  engine.registry.webgpu = backend
  // Synchronous where the registry holds the backend.
  void engine.setBackend('webgpu')
  try {
    tf.tidy(run)
  } finally {
    if (own) engine.registry.webgpu = own
    else delete engine.registry.webgpu
    if (name) void engine.setBackend(name)
  }
}

const noInfo = { vendor: '', architecture: '' } as GPUAdapterInfo

/** A device that hands out buffers without memory and forgets its commands. */
function idleDevice(live: GPUDevice | undefined): GPUDevice {
  const nothing = () => ({})
  const pass = { setPipeline: nothing, setBindGroup: nothing, dispatchWorkgroups: nothing, end: nothing }
  const encoder = { beginComputePass: () => pass, copyBufferToBuffer: nothing, finish: nothing }
  const features = new Set(live?.features ?? [])
  features.delete('timestamp-query')
  const device = {
    features,
    limits: {
      ...DEFAULT_LIMITS,
      ...(live && {
        maxComputeWorkgroupsPerDimension: live.limits.maxComputeWorkgroupsPerDimension,
        maxStorageBuffersPerShaderStage: live.limits.maxStorageBuffersPerShaderStage,
      }),
      // Nothing is refused: the largest buffer is an answer, too.
      maxBufferSize: Number.POSITIVE_INFINITY,
      maxStorageBufferBindingSize: Number.POSITIVE_INFINITY,
    },
    queue: { submit: nothing, writeBuffer: nothing },
    createBuffer: idleBuffer,
    createCommandEncoder: () => encoder,
    createBindGroup: nothing,
    createShaderModule: nothing,
    createComputePipeline: () => ({ getBindGroupLayout: nothing }),
  }
  return device as unknown as GPUDevice
}

/** TensorFlow.js asks what a resource is an instance of. */
function idleBuffer({ size, usage, mappedAtCreation }: GPUBufferDescriptor): GPUBuffer {
  const own = {
    size,
    usage,
    mapState: mappedAtCreation ? 'mapped' : 'unmapped',
    getMappedRange: () => new ArrayBuffer(size),
    unmap() {
      own.mapState = 'unmapped'
    },
    destroy: () => undefined,
  }
  const properties = Object.getOwnPropertyDescriptors(own)
  return Object.create(GPUBuffer.prototype, {
    ...properties,
    mapState: { get: () => own.mapState },
  }) as GPUBuffer
}
