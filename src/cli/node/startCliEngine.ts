import { toAppError, withReason } from '../../core/foundation/appError'
import type { BackendName, EngineInfo } from '../../core/rounds/engineInfo'
import { refuseForeignGpus } from './assignedGpus'
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
  if (prefer === 'auto' || prefer === 'webgpu') {
    await refuseForeignGpus()
    await provideWebGpuIfPossible(io)
  }
  const { startEngine } = await import('../../engine')
  const engine = await startEngine({
    prefer,
    purpose,
    onGpuLost: reason =>
      io.note(`The GPU was lost (${reason}): start again; train and refine continue with --resume.`),
    wasmPath: wasmFolder(io),
  })
  io.note(`Backend: ${engine.backend}, ${engine.adapter}. ${engine.reason}`)
  return engine
}

/**
 * The same for what compares numbers: gradients are worth a slow GPU, so that WASM is taken only where there is no other
 * backend, or where it is asked for.
 */
export async function startTrainingEngine(prefer: BackendName | 'auto', io: CommandIo): Promise<EngineInfo> {
  if (prefer !== 'auto') return startCliEngine(prefer, 'inference', io)
  try {
    return await startCliEngine(prefer, 'training', io)
  } catch (error) {
    if (toAppError(error).code !== 'training-impossible') throw error
    return startCliEngine(prefer, 'inference', io)
  }
}

/** Of the WASM binaries, ending in a slash. */
export function wasmFolder({ root }: Pick<CommandIo, 'root'>): string {
  return `${root}/node_modules/@tensorflow/tfjs-backend-wasm/dist/`
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
