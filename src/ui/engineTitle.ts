import type { BackendName, EngineInfo } from '../core/gpu/engine'

const BACKENDS: Readonly<Record<BackendName, string>> = {
  webgpu: 'WebGPU',
  wasm: 'WebAssembly',
  webgl: 'WebGL',
  cpu: 'CPU',
}

/** "WebGPU", "WebGPU (software)", "WebAssembly". */
export function engineTitle(info: EngineInfo): string {
  return info.backend === 'webgpu' && info.software ? 'WebGPU (software)' : BACKENDS[info.backend]
}

export function backendTitle(backend: BackendName): string {
  return BACKENDS[backend]
}
