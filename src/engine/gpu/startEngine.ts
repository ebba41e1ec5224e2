import { AppError } from '../../core/foundation/appError'
import type { BackendName, EngineInfo } from '../../core/rounds/engineInfo'
import { tf } from './tensorflow'
import { startWasm, type WasmFiles } from './wasm/startWasm'
import { type GpuDevice, liveGpuDevice, openGpuDevice, registerWebGpuBackend } from './webgpuBackend'

export interface EngineRequest extends WasmFiles {
  /** A backend, or 'auto' for the best that is available. */
  prefer: BackendName | 'auto'
  purpose: 'training' | 'inference'
  /** Called when the device is lost later on; every tensor is gone then. */
  onGpuLost?: (reason: string) => void
}

/**
 * Chooses a backend, starts it and makes it current.
 *
 * Order for 'auto': hardware WebGPU; then for training software WebGPU, for inference WASM, software WebGPU, cpu.
 * On two patches of 128 x 128 the tiny networks take 0.05 to 0.2 s of CPU on WASM, 0.1 to 0.5 s on lavapipe and 0.6 to
 * 3.6 s on SwiftShader. WebGL is left out: it would be a fourth set of kernels to check, and its half-float textures
 * fail the parity tolerances on some machines.
 *
 * In Node call `provideWebGpu` first.
 *
 * @throws AppError `gpu-unavailable` if the preferred backend cannot start, `training-impossible` if training was
 *   asked for and no backend here can train.
 */
export async function startEngine(request: EngineRequest): Promise<EngineInfo> {
  const { prefer, purpose } = request
  if (prefer === 'webgpu') return startGpu(await needGpu(purpose), request, 'WebGPU was asked for.')
  if (prefer === 'wasm') return startNamedWasm(request, 'WASM was asked for.')
  if (prefer === 'cpu') return startCpu('The plain CPU backend was asked for; it is slow.')
  if (prefer === 'webgl') {
    throw new AppError('gpu-unavailable', 'There is no WebGL backend. Choose WebGPU or WASM.')
  }
  const gpu = liveGpuDevice() ?? (await openGpuDevice())
  if (gpu && !gpu.software) return startGpu(gpu, request, 'A hardware GPU is available.')
  if (purpose === 'training') {
    if (gpu)
      return startGpu(
        gpu,
        request,
        'Training needs WebGPU, and only a software adapter is available: expect it to be slow.',
      )
    throw trainingImpossible()
  }
  if (request.wasmPath !== undefined) {
    const why = gpu ? 'There is only a software GPU, and WASM predicts faster.' : 'There is no WebGPU here.'
    if (gpu !== liveGpuDevice()) gpu?.device.destroy()
    return startNamedWasm(request, `${why} Training is not possible on WASM.`)
  }
  if (gpu) return startGpu(gpu, request, 'There is only a software GPU, and no WASM binaries were given.')
  return startCpu('There is no WebGPU here, and no WASM binaries were given: this is slow.')
}

async function needGpu(purpose: EngineRequest['purpose']): Promise<GpuDevice> {
  const gpu = liveGpuDevice() ?? (await openGpuDevice())
  if (gpu) return gpu
  if (purpose === 'training') throw trainingImpossible()
  throw new AppError(
    'gpu-unavailable',
    'WebGPU is not available here. Use a recent Chrome or Edge with hardware acceleration on, or choose WASM.',
  )
}

function trainingImpossible(): AppError {
  return new AppError(
    'training-impossible',
    'Training needs WebGPU. Open Scarp in a recent Chrome or Edge with hardware acceleration on, or run `scarp refine` on a machine with a Vulkan driver. Prediction and review work here.',
  )
}

async function startGpu(gpu: GpuDevice, request: EngineRequest, reason: string): Promise<EngineInfo> {
  await registerWebGpuBackend(gpu, request.onGpuLost ?? (() => undefined))
  const { maxBufferSize, maxStorageBufferBindingSize } = gpu.device.limits
  return {
    backend: 'webgpu',
    adapter: gpu.description,
    software: gpu.software,
    canTrain: true,
    reason,
    features: [...gpu.device.features].sort(),
    limits: { maxBufferSize, maxStorageBufferBindingSize },
  }
}

async function startNamedWasm(request: EngineRequest, reason: string): Promise<EngineInfo> {
  if (request.purpose === 'training') throw trainingImpossible()
  const adapter = await startWasm(request)
  return { backend: 'wasm', adapter, software: true, canTrain: false, reason, features: [], limits: null }
}

async function startCpu(reason: string): Promise<EngineInfo> {
  await tf.setBackend('cpu')
  return {
    backend: 'cpu',
    adapter: 'JavaScript',
    software: true,
    canTrain: true,
    reason,
    features: [],
    limits: null,
  }
}
