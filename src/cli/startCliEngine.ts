import type { BackendName, EngineInfo } from '../core/gpu/engine'
import type { CommandIo } from './command'
import { choiceOption, type ParsedOptions } from './parseOptions'

export const BACKENDS = ['auto', 'webgpu', 'wasm', 'cpu'] as const

/** Text of `--backend` for a command's help. */
export const BACKEND_HELP = '  --backend <name>    webgpu, wasm (prediction only), cpu, or auto (default)'

/**
 * Starts the engine that `--backend` asks for, on Dawn where there is a Vulkan driver, and prints what it runs on.
 *
 * @throws AppError `gpu-unavailable`, `training-impossible`, each saying what to do.
 */
export async function startCliEngine(
  options: ParsedOptions,
  purpose: 'training' | 'inference',
  io: CommandIo,
): Promise<EngineInfo> {
  const prefer: BackendName | 'auto' = choiceOption(options, 'backend', BACKENDS, 'auto')
  if (prefer === 'auto' || prefer === 'webgpu') await provideWebGpuIfPossible(io)
  const { startEngine } = await import('../core/gpu/startEngine')
  const engine = await startEngine({
    prefer,
    purpose,
    onGpuLost: reason =>
      io.note(`The GPU was lost (${reason}): start again; scarp refine goes on with --resume.`),
    wasmPath: `${io.root}/node_modules/@tensorflow/tfjs-backend-wasm/dist/`,
  })
  io.note(`Backend: ${engine.backend}, ${engine.adapter}. ${engine.reason}`)
  return engine
}

async function provideWebGpuIfPossible(io: CommandIo): Promise<void> {
  try {
    const { provideWebGpu } = await import('../core/gpu/node/dawn')
    await provideWebGpu()
  } catch (error) {
    io.note(`WebGPU is not available in Node here: ${error instanceof Error ? error.message : String(error)}`)
  }
}
