import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import { AppError, throwIfAborted } from '../../core/foundation/appError'
import { abortable, type JobContext } from '../../core/foundation/job'
import { plural } from '../../core/foundation/text'
import type { DeviceMeter } from './deviceMeter'
import { type RehearsedShader, rehearse } from './rehearsal'
import { GPU_REFUSED, throwIfGpuFailed, webGpuBackend } from './webgpuBackend'

/** The private part of TensorFlow.js 4.22's backend in which it looks for a shader before it compiles one. */
interface PipelineCache {
  pipelineCache: Record<string, GPUComputePipeline>
}

/** What was done on a backend, so that nothing is rehearsed or compiled twice. */
interface Prepared {
  computations: Set<string>
  compiling: Map<string, Promise<void>>
}

const prepared = new WeakMap<WebGPUBackend, Prepared>()

/** Shaders compiled at once: a driver has threads of its own, and a cancelled job waits for none of them. */
const AT_ONCE = 4

/**
 * Compiles what a computation needs, off this thread, before it runs: a shader that is first met in a running step stops
 * the thread until it is compiled, for seconds on some drivers. Off WebGPU it does nothing. Results do not depend on it: a
 * shader that was not foreseen is compiled where it is met.
 *
 * Progress counts shaders: "Preparing 148 shaders, 37 done".
 *
 * @param name of the computation with its shapes; the same one is rehearsed once on a device.
 * @param run the computation, as `rehearse` takes it.
 * @throws AppError `aborted` at once (what is compiling ends by itself, and is kept); `gpu-failed` where the device refuses
 *   a shader; `gpu-lost`.
 */
export async function compileAhead(
  name: string,
  run: (meter: DeviceMeter) => void,
  { signal, onProgress }: JobContext = {},
): Promise<void> {
  throwIfAborted(signal)
  const backend = webGpuBackend()
  if (!backend) return
  const known = prepared.get(backend) ?? { computations: new Set(), compiling: new Map() }
  prepared.set(backend, known)
  if (known.computations.has(name)) return
  const { pipelineCache } = backend as unknown as PipelineCache
  const missing = [...rehearse(run).shaders].filter(([key]) => !(key in pipelineCache))
  const total = missing.length
  let done = 0
  const report = () =>
    onProgress?.({ label: `Preparing ${plural(total, 'shader')}, ${done} done`, done, total })
  if (total > 0) report()
  const left = missing.values()
  const lane = async () => {
    for (const [key, shader] of left) {
      throwIfAborted(signal)
      const compiling = known.compiling.get(key) ?? compile(backend, key, shader)
      known.compiling.set(key, compiling)
      await abortable(compiling, signal)
      done++
      report()
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
  throwIfGpuFailed()
  known.computations.add(name)

  async function compile(on: WebGPUBackend, key: string, shader: RehearsedShader): Promise<void> {
    try {
      const pipeline = await pipelineOf(on.device, shader)
      // One that was met meanwhile stays: bindings of commands belong to it.
      pipelineCache[key] ??= pipeline
    } finally {
      known.compiling.delete(key)
    }
  }
}

async function pipelineOf(device: GPUDevice, shader: RehearsedShader): Promise<GPUComputePipeline> {
  const { wgsl, entryPoint, label } = shader
  // What is wrong with the text is said by the pipeline that cannot be made of it.
  device.pushErrorScope('validation')
  const module = device.createShaderModule({ code: wgsl, label })
  device.popErrorScope().catch(() => {})
  try {
    return await device.createComputePipelineAsync({ label, layout: 'auto', compute: { module, entryPoint } })
  } catch (cause) {
    throwIfGpuFailed()
    throw new AppError('gpu-failed', GPU_REFUSED, { cause })
  }
}
