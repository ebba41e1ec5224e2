export type BackendName = 'webgpu' | 'wasm' | 'webgl' | 'cpu'

/** What the chosen backend runs on: shown to the analyst, printed by the CLI, recorded in every round. */
export interface EngineInfo {
  backend: BackendName
  /** "NVIDIA ... (Vulkan)", "SwiftShader (software)", "WASM SIMD, 2 threads". */
  adapter: string
  /** True where no hardware GPU computes: software WebGPU, WASM, cpu. */
  software: boolean
  /** Whether training runs here (WebGPU, hardware or software; cpu for tests). */
  canTrain: boolean
  /** Why this backend was taken, in one sentence for a person. */
  reason: string
  features: string[]
  limits: { maxBufferSize: number; maxStorageBufferBindingSize: number } | null
}
