import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../core/foundation/appError'
import { type DeviceCounts, DeviceMeter } from './deviceMeter'
import { GuardedBackend } from './guardedBackend'
import { replaceStockKernels } from './kernels/replaceStockKernels'
import { preferTiles, tilesByRule } from './kernels/softwareAdapters'
import { runningKernel } from './kernelWork'
import { liveGpuDevice } from './webgpuBackend'

/** What a computation would take of a GPU. */
export interface GpuMemoryNeed {
  /** Most bytes of buffers held at once, freed ones that are kept for reuse counted in. */
  peakBytes: number
  /** Bytes of the largest buffer, which the device's limits have to allow. */
  largestBytes: number
}

/** Memory and shaders over the whole rehearsal, work since the last `DeviceMeter.restart`. */
export interface Rehearsal extends GpuMemoryNeed, DeviceCounts {
  /** Every shader that was asked for, under the backend's own key. */
  shaders: ReadonlyMap<string, RehearsedShader>
}

/** What a compute pipeline is made from; its layout follows from the WGSL. */
export interface RehearsedShader {
  wgsl: string
  entryPoint: string
  label: string
}

/**
 * Which device is imitated: the one that the engine runs on, or, where there is none, a GPU; any GPU with WebGPU's
 * default limits; a CPU that pretends to be one, where other kernels run.
 */
export type RehearsedDevice = 'own' | 'hardware' | 'software'

const DEFAULT_LIMITS = { maxComputeWorkgroupsPerDimension: 65_535, maxStorageBuffersPerShaderStage: 8 }

/**
 * Runs a computation on a WebGPU backend whose device does nothing: every kernel records its commands and every buffer
 * is asked for and given back as in earnest, so that what they take is known before any of it is spent. Values are never
 * computed: nothing may be read.
 *
 * Synchronous, so that nothing else can run in between; the current backend is the same afterwards.
 *
 * @param run may name the phases of its work and start counting again where a steady step begins.
 * @throws AppError `gpu-unavailable` where there is no WebGPU at all.
 */
export function rehearse(run: (meter: DeviceMeter) => void, as: RehearsedDevice = 'own'): Rehearsal {
  if (!globalThis.navigator?.gpu || !tf.engine().registryFactory.webgpu) {
    throw new AppError('gpu-unavailable', 'Without WebGPU nothing can be said about the memory of training.')
  }
  replaceStockKernels()
  const meter = new DeviceMeter()
  const live = as === 'own' ? liveGpuDevice() : null
  const backend = new RehearsingBackend(idleDevice(live?.device, meter), live?.info ?? noInfo)
  backend.meter = meter
  if (as === 'software' || (live && tilesByRule(live.software))) preferTiles(backend)
  withBackend(backend, () => run(meter))
  const { peakBytes, largestBytes } = meter
  return { peakBytes, largestBytes, ...meter.counts(), shaders: shadersOf(backend) }
}

function shadersOf(backend: RehearsingBackend): Map<string, RehearsedShader> {
  const { pipelineCache } = backend as unknown as { pipelineCache: Record<string, IdlePipeline> }
  return new Map(Object.entries(pipelineCache).map(([key, { shader }]) => [key, shader]))
}

/** Tells the meter whose dispatch comes next. */
class RehearsingBackend extends GuardedBackend {
  meter!: DeviceMeter

  override runWebGPUProgram(...given: Parameters<GuardedBackend['runWebGPUProgram']>): tf.TensorInfo {
    const [program, inputs] = given
    // What is computed before this program has a name of its own.
    for (const { dataId } of inputs) this.settle(dataId)
    this.meter.running = runningKernel(program, inputs)
    return super.runWebGPUProgram(...given)
  }
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
    else forgetBackend()
  }
}

/** Where no backend was chosen yet, the next one starts as if this had not been. */
function forgetBackend(): void {
  const engine = tf.engine() as unknown as { backendName: string; backendInstance: unknown }
  engine.backendName = ''
  engine.backendInstance = null
}

const noInfo = { vendor: '', architecture: '' } as GPUAdapterInfo

/** A device that hands out buffers without memory, and counts its commands instead of keeping them. */
function idleDevice(live: GPUDevice | undefined, meter: DeviceMeter): GPUDevice {
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
    queue: {
      submit: () => meter.happened('submits'),
      writeBuffer: (
        _: GPUBuffer,
        __: number,
        data: ArrayBufferView | ArrayBuffer,
        ___ = 0,
        size = data.byteLength,
      ) => meter.uploaded(size),
    },
    createBuffer: (descriptor: GPUBufferDescriptor) => idleBuffer(descriptor, meter),
    createCommandEncoder: () => idleEncoder(meter),
    createBindGroup: ({ entries }: GPUBindGroupDescriptor) => ({ boundBytes: boundBytes(entries) }),
    createShaderModule: ({ code }: GPUShaderModuleDescriptor) => ({ code }),
    createComputePipeline: idlePipeline,
  }
  return device as unknown as GPUDevice
}

const nothing = () => ({})

type IdlePipeline = ReturnType<typeof idlePipeline>

function idlePipeline({ label = '', compute }: GPUComputePipelineDescriptor) {
  const { code } = compute.module as unknown as GPUShaderModuleDescriptor
  const shader: RehearsedShader = { wgsl: code, entryPoint: compute.entryPoint ?? '', label }
  return { shader, getBindGroupLayout: nothing }
}

/** The tensors among the bindings of a dispatch; uniforms are no traffic. */
function boundBytes(entries: Iterable<GPUBindGroupEntry>): number {
  let bytes = 0
  for (const { resource } of entries) {
    const { buffer, size } = resource as GPUBufferBinding
    if (!(buffer.usage & GPUBufferUsage.UNIFORM)) bytes += size ?? buffer.size
  }
  return bytes
}

function idleEncoder(meter: DeviceMeter) {
  let pipeline = {}
  let bytes = 0
  const pass = {
    setPipeline(next: object) {
      pipeline = next
    },
    setBindGroup(_: number, group: { boundBytes: number }) {
      bytes = group.boundBytes
    },
    dispatchWorkgroups: () => meter.dispatched(pipeline, bytes),
    end: nothing,
  }
  return {
    beginComputePass() {
      meter.happened('passes')
      return pass
    },
    copyBufferToBuffer: () => meter.happened('copies'),
    clearBuffer: () => meter.happened('copies'),
    finish: nothing,
  }
}

/** TensorFlow.js asks what a resource is an instance of. */
function idleBuffer({ size, usage, mappedAtCreation }: GPUBufferDescriptor, meter: DeviceMeter): GPUBuffer {
  let mapState = mappedAtCreation ? 'mapped' : 'unmapped'
  let alive = true
  meter.made(size)
  return Object.create(GPUBuffer.prototype, {
    size: { value: size },
    usage: { value: usage },
    mapState: { get: () => mapState },
    getMappedRange: {
      value() {
        meter.uploaded(size)
        return new ArrayBuffer(size)
      },
    },
    unmap: {
      value() {
        mapState = 'unmapped'
      },
    },
    destroy: {
      value() {
        if (alive) meter.destroyed(size)
        alive = false
      },
    },
  }) as GPUBuffer
}
