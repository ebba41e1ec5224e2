import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../core/foundation/appError'
import { BufferPool } from './bufferPool'
import { bindSlices, copyOfSlice, leaveShare } from './bufferSlices'

type DataId = Parameters<WebGPUBackend['uploadToGPU']>[0]

type RunArguments = Parameters<WebGPUBackend['runWebGPUProgram']>

type Program = RunArguments[0]

/** A tensor's value that is computed when it is asked for, at the latest. */
export interface AwaitedValue {
  compute(): void
  /** The tensor is gone. */
  drop(): void
}

const MEBIBYTE = 1024 * 1024

/**
 * TensorFlow.js's WebGPU backend with three guards: no buffer and no dispatch above the device's limits (WebGPU would
 * hand back stale numbers and no exception), nothing left behind by a kernel that throws half way, and a bound on freed
 * memory.
 */
export class GuardedBackend extends WebGPUBackend {
  private readonly pool: BufferPool
  private depth = 0
  /** What the running kernels wrote, and the references that they took (+1) and gave back (-1). */
  private readonly written: DataId[] = []
  private readonly references: [DataId, 1 | -1][] = []
  /** Tensors without a buffer whose values are computed later. */
  readonly awaited = new Map<DataId, AwaitedValue>()

  constructor(...given: ConstructorParameters<typeof WebGPUBackend>) {
    super(...given)
    this.pool = new BufferPool(this.device)
    this.bufferManager = this.pool as unknown as WebGPUBackend['bufferManager']
    bindSlices(this)
  }

  /** TensorFlow.js reads whole buffers. */
  override async read(dataId: DataId): Promise<Awaited<ReturnType<WebGPUBackend['read']>>> {
    this.settle(dataId)
    const { shape } = this.tensorMap.get(dataId)
    const copy = copyOfSlice(this, { dataId, shape })
    if (!copy) return super.read(dataId)
    try {
      return await super.read(copy.dataId)
    } finally {
      super.disposeData(copy.dataId)
    }
  }

  override uploadToGPU(dataId: DataId): void {
    this.settle(dataId)
    const { shape, resource } = this.tensorMap.get(dataId)
    if (resource == null) refuseAboveLimits(bytesOf(shape), this.device.limits)
    try {
      super.uploadToGPU(dataId)
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause
      throw new AppError('gpu-limit', 'The GPU is out of memory. Use smaller tiles or a smaller batch.', {
        cause,
      })
    }
  }

  /** @throws AppError `gpu-limit` before anything is allocated. */
  override runWebGPUProgram(...given: RunArguments): tf.TensorInfo {
    const [program, inputs, , , output] = given
    const { limits } = this.device
    if (!output) refuseAboveLimits(bytesOf(program.outputShape), limits)
    for (const { dataId, shape } of inputs) {
      if (this.tensorMap.get(dataId).resource == null) refuseAboveLimits(bytesOf(shape), limits)
    }
    refuseManyInputs(inputs.length, limits.maxStorageBuffersPerShaderStage)
    refuseManyWorkgroups(program, limits.maxComputeWorkgroupsPerDimension)
    return this.undoingOnFailure(() => super.runWebGPUProgram(...given))
  }

  /** TensorFlow.js takes a tensor without a buffer for one whose values the CPU has. */
  override shouldExecuteOnCPU(...given: Parameters<WebGPUBackend['shouldExecuteOnCPU']>): boolean {
    for (const { dataId } of given[0]) this.settle(dataId)
    return super.shouldExecuteOnCPU(...given)
  }

  /** Computes a tensor's value now if it is still awaited. */
  settle(dataId: DataId): void {
    this.awaited.get(dataId)?.compute()
  }

  /** Computes what is no part of the kernel that runs: it stays if that one is undone. */
  apart(run: () => void): void {
    const [written, references] = [this.written.length, this.references.length]
    run()
    this.written.length = written
    this.references.length = references
  }

  /** Runs (a part of) a kernel; if it throws, what it wrote is freed and the references it took are given back. */
  undoingOnFailure<T>(run: () => T): T {
    const [writtenBefore, referencesBefore] = [this.written.length, this.references.length]
    this.depth++
    try {
      return run()
    } catch (thrown) {
      const own = new Set(this.written.splice(writtenBefore))
      const taken = this.references.splice(referencesBefore)
      for (const dataId of own) this.disposeData(dataId, true)
      for (const [dataId, change] of taken) {
        if (own.has(dataId) || !this.tensorMap.has(dataId)) continue
        if (change === 1) super.decRef(dataId)
        else super.incRef(dataId)
      }
      throw thrown
    } finally {
      this.depth--
      if (this.depth === 0) this.written.length = this.references.length = 0
    }
  }

  override write(...given: Parameters<WebGPUBackend['write']>): DataId {
    const dataId = super.write(...given) as DataId
    if (this.depth > 0) this.written.push(dataId)
    return dataId
  }

  override incRef(dataId: DataId): void {
    if (this.depth > 0) this.references.push([dataId, 1])
    super.incRef(dataId)
  }

  override disposeData(dataId: DataId, force = false): boolean {
    if (this.depth > 0 && !force)
      this.references.push([dataId, -1])
      // TensorFlow.js would hold the buffer until the next submit. But commands run in order: a later one may write what
      // an earlier one read.
    ;(this as unknown as CommandQueue).commandQueueOwnedIds.delete(dataId)
    const gone = super.disposeData(dataId, force)
    if (gone) this.forget(dataId)
    return gone
  }

  private forget(dataId: DataId): void {
    const value = this.awaited.get(dataId)
    this.awaited.delete(dataId)
    value?.drop()
    leaveShare(dataId)
  }

  override submitQueue(): void {
    super.submitQueue()
    this.pool.submitted()
  }

  /** Submits what is recorded and destroys the buffers that are kept for reuse. */
  releaseIdleMemory(): void {
    this.ensureCommandEncoderReady()
    this.endComputePassEncoder()
    this.submitQueue()
    this.pool.releaseIdle()
  }
}

/** The private part of TensorFlow.js 4.22's backend that lets tensors outlive the commands that name them. */
interface CommandQueue {
  commandQueueOwnedIds: WeakSet<DataId>
}

/** See `GuardedBackend.undoingOnFailure`; for kernels of more than one dispatch that TensorFlow.js does not call. */
export function undoOnFailure<T>(backend: WebGPUBackend, run: () => T): T {
  return backend instanceof GuardedBackend ? backend.undoingOnFailure(run) : run()
}

/** Every type that reaches the GPU takes four bytes an element there. */
function bytesOf(shape: readonly number[]): number {
  return 4 * tf.util.sizeFromShape([...shape])
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

/** Throws `gpu-limit` for a kernel that binds more buffers, its result among them, than a shader may see. */
function refuseManyInputs(inputs: number, most: number): void {
  if (inputs < most) return
  throw new AppError('gpu-limit', `One operation joins ${inputs} tensors, and this GPU allows ${most - 1}.`)
}

/**
 * Throws `gpu-limit` for a dispatch with more workgroups than the device starts. TensorFlow.js folds a flat dispatch
 * into three dimensions; one that uses y or z itself has to fit as it is.
 */
export function refuseManyWorkgroups(
  { dispatch, dispatchLayout }: Pick<Program, 'dispatch' | 'dispatchLayout'>,
  most: number,
): void {
  const flat = dispatchLayout.y === undefined && dispatchLayout.z === undefined
  const fits = flat ? Math.ceil(Math.cbrt(dispatch[0])) <= most : dispatch.every(count => count <= most)
  if (fits) return
  throw new AppError(
    'gpu-limit',
    `One operation needs ${dispatch.join(' x ')} workgroups, and this GPU starts ${most} in each direction. Use smaller tiles or a smaller batch.`,
  )
}

let kernelsUndo = false

/**
 * Lets every WebGPU kernel, stock or ours, leave nothing behind when it throws half way: TensorFlow.js frees a kernel's
 * intermediate results only at its end. Idempotent; to be called after the kernels are replaced.
 */
export function undoFailedKernels(): void {
  if (kernelsUndo) return
  kernelsUndo = true
  for (const config of tf.getKernelsForBackend('webgpu')) {
    tf.unregisterKernel(config.kernelName, 'webgpu')
    tf.registerKernel({
      ...config,
      kernelFunc: given => undoOnFailure(given.backend as WebGPUBackend, () => config.kernelFunc(given)),
    })
  }
}
