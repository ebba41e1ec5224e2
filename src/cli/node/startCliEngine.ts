import { withReason } from '../../core/foundation/appError'
import type { BackendName, EngineInfo } from '../../core/rounds/engineInfo'
import type { CommandIo } from './commandIo'

/**
 * Starts the preferred backend, on Dawn where there is a Vulkan driver, and reports what it runs on.
 *
 * @throws AppError `gpu-unavailable`, `training-impossible`, each saying what to do.
 */
export async function startCliEngine(
  prefer: BackendName | 'auto',
  purpose: 'training' | 'inference',
  io: CommandIo,
): Promise<EngineInfo> {
  if (prefer === 'auto' || prefer === 'webgpu') await provideWebGpuIfPossible(io)
  const { startEngine } = await import('../../engine')
  const engine = await startEngine({
    prefer,
    purpose,
    onGpuLost: reason =>
      io.note(`The GPU was lost (${reason}): start again; train and refine continue with --resume.`),
    wasmPath: `${io.root}/node_modules/@tensorflow/tfjs-backend-wasm/dist/`,
  })
  io.note(`Backend: ${engine.backend}, ${engine.adapter}. ${engine.reason}`)
  return engine
}

/** WebGPU in Node, on Dawn; where it cannot be had, a remark says so. */
export async function provideWebGpuIfPossible(io: CommandIo): Promise<void> {
  try {
    const { provideWebGpu } = await import('../../engine/gpu/node/dawn')
    await provideWebGpu()
  } catch (error) {
    io.note(
      withReason('WebGPU is not available here: install a Vulkan driver, or give --backend wasm.', error),
    )
  }
}
