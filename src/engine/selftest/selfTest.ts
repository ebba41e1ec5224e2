import * as tf from '@tensorflow/tfjs-core'
import { throwIfAborted, toAppError } from '../../core/foundation/appError'
import { type JobContext, yieldToEventLoop } from '../../core/foundation/job'
import type { BackendName, EngineInfo } from '../../core/rounds/engineInfo'
import type { NetworkFamily } from '../../core/rounds/networks'
import type {
  AdapterFacts,
  SelfTestCheck,
  SelfTestPart,
  SelfTestReport,
  SelfTestTiming,
} from '../../core/rounds/selfTestReport'
import type { GuardedBackend } from '../gpu/guardedBackend'
import { startWasm, type WasmFiles } from '../gpu/wasm/startWasm'
import { engineMemory, liveGpuDevice } from '../gpu/webgpuBackend'
import { timedWork, timeWork } from './benchmark'
import { type Check, checksOf, type ShippedModel } from './checks'

export interface SelfTestRequest extends WasmFiles {
  /** What `startEngine` started: WebGPU is checked where it runs, else WASM. */
  engine: EngineInfo
  /** Of Scarp, for the report. */
  version: string
  parts: readonly SelfTestPart[]
  models: readonly ShippedModel[]
  /** What the benchmark times, and the GPU memory that it may take. */
  benchmark: { family: NetworkFamily; memoryBytes: number }
  /** Milliseconds. */
  now(): number
}

/**
 * Checks that this machine computes what it should, each check against what JavaScript computes in the same run, and
 * times it. A check that fails does not stop the others; after a lost GPU those that need it are left out. The backend is
 * the same afterwards, and nothing that was made is left.
 *
 * @throws AppError `aborted`.
 */
export async function selfTest(
  request: SelfTestRequest,
  { signal, onProgress }: JobContext = {},
): Promise<SelfTestReport> {
  const { engine, version, parts, now } = request
  const begin = now()
  const adapter = adapterFacts()
  const { backends, missing } = await backendsOf(request)
  const memory = await memoryWatch(engine.backend)
  const checks = checksOf(request, backends)
  const timed =
    parts.includes('benchmark') && engine.backend === 'webgpu' ? timedWork(request.benchmark.family) : []
  const total = checks.reduce((sum, { weight }) => sum + weight, 0) + timed.length * TIMING_WEIGHT
  const rows: SelfTestCheck[] = []
  const timings: SelfTestTiming[] = []
  let done = 0
  const next = async (label: string) => {
    onProgress?.({ label, done, total })
    await yieldToEventLoop()
    throwIfAborted(signal)
  }
  const forget = computeOnDevice()
  const lost = { gpu: false }
  try {
    for (const check of checks) {
      await next(`${check.part}: ${check.name}`)
      rows.push(await outcomeOf(check, lost))
      done += check.weight
    }
    for (const work of timed) {
      if (lost.gpu) break
      await tf.setBackend(engine.backend)
      await next(`Timing: ${work.preset}, ${work.work}`)
      timings.push(await timeWork(work, { ...request.benchmark, now, signal }))
      done += TIMING_WEIGHT
    }
    onProgress?.({ label: 'Done', done: total, total })
  } finally {
    forget()
    if (!lost.gpu) await tf.setBackend(engine.backend)
  }
  if (!lost.gpu) rows.push(await memory())
  return { version, engine, adapter, checks: rows, timings, missing, seconds: (now() - begin) / 1000 }
}

const TIMING_WEIGHT = 10

async function outcomeOf(check: Check, lost: { gpu: boolean }): Promise<SelfTestCheck> {
  const { part, name, tolerance, because, backend, run } = check
  const nothing = { part, name, largest: null, tolerance: null }
  if (lost.gpu && backend === 'webgpu') {
    return { ...nothing, outcome: 'left out', because: 'The GPU was lost in an earlier check.' }
  }
  try {
    const largest = await run()
    if (largest === null) return { ...nothing, outcome: 'left out', because }
    const finite = Number.isFinite(largest)
    const outcome = largest <= tolerance ? 'passed' : 'failed'
    const found = finite ? `${largest.toExponential(1)} is above ${tolerance}` : 'A result is not a number'
    return {
      part,
      name,
      outcome,
      largest: finite ? largest : null,
      tolerance,
      because: outcome === 'passed' ? because : `${found} (${because}).`,
    }
  } catch (thrown) {
    const { code, message } = toAppError(thrown)
    if (code === 'aborted') throw thrown
    if (code === 'gpu-lost') lost.gpu = true
    return { ...nothing, outcome: 'failed', because: message }
  }
}

/** What is checked here, and what cannot be. */
async function backendsOf({
  engine,
  ...files
}: SelfTestRequest): Promise<{ backends: BackendName[]; missing: string[] }> {
  const backends: BackendName[] = engine.backend === 'cpu' ? [] : [engine.backend]
  const missing: string[] = []
  if (engine.backend !== 'webgpu') {
    missing.push(
      'WebGPU. Training needs it, and kernels are checked and timed on it. Use a recent Chrome or Edge with hardware acceleration on; on the command line a Vulkan driver.',
    )
  }
  if (engine.backend === 'webgpu' && files.wasmPath !== undefined) {
    try {
      await startWasm(files)
      backends.push('wasm')
    } catch (thrown) {
      missing.push(`WebAssembly, which predicts where there is no GPU. ${toAppError(thrown).message}`)
    } finally {
      await tf.setBackend(engine.backend)
    }
  }
  return { backends, missing }
}

function adapterFacts(): AdapterFacts | null {
  const gpu = liveGpuDevice()
  if (!gpu) return null
  const { vendor, architecture, device, description } = gpu.info
  const limits: Record<string, number> = {}
  for (const name in gpu.device.limits) {
    const value = gpu.device.limits[name as keyof GPUSupportedLimits]
    if (typeof value === 'number') limits[name] = value
  }
  return { vendor, architecture, device, description, limits }
}

/** Has TensorFlow.js compute small tensors on the device too, until the function that comes back is called. */
function computeOnDevice(): () => void {
  if (!liveGpuDevice()) return () => undefined
  const before = tf.env().getBool('WEBGPU_CPU_FORWARD')
  tf.env().set('WEBGPU_CPU_FORWARD', false)
  return () => tf.env().set('WEBGPU_CPU_FORWARD', before)
}

/** Compares what lives before the checks with what lives after them; freed buffers are given back to the device. */
async function memoryWatch(backend: BackendName): Promise<() => Promise<SelfTestCheck>> {
  const settled = async () => {
    // Only a submit hands freed buffers back, and reading submits.
    const computed = tf.tidy(() => tf.square(tf.ones([2048])))
    await computed.data().finally(() => computed.dispose())
    if (backend === 'webgpu') (tf.backend() as GuardedBackend).releaseIdleMemory()
    const { tensors, gpuBytes } = engineMemory()
    return { tensors, gpuBytes }
  }
  const before = await settled()
  return async () => {
    const after = await settled()
    const [tensors, bytes] = [after.tensors - before.tensors, after.gpuBytes - before.gpuBytes]
    const kept = tensors > 0 || bytes > 0
    return {
      part: 'memory',
      name: 'everything given back',
      outcome: kept ? 'failed' : 'passed',
      largest: Math.max(0, tensors),
      tolerance: 0,
      because: kept
        ? `${tensors} tensors and ${bytes} bytes of GPU memory were kept.`
        : 'tensors alive before and after',
    }
  }
}
