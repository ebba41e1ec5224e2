import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../../core/foundation/appError'
import { replaceWasmKernels } from './replaceKernels'

/**
 * Loads the WASM backend (lazily: not needed with a GPU) and makes it current.
 *
 * @param wasmPath folder of the binaries, ending in a slash.
 * @returns what it runs on, for people.
 */
export async function startWasm(wasmPath: string | undefined): Promise<string> {
  const wasm = await import('@tensorflow/tfjs-backend-wasm')
  if (wasmPath !== undefined) wasm.setWasmPaths(wasmPath)
  let started = false
  let cause: unknown
  try {
    started = await tf.setBackend('wasm')
  } catch (thrown) {
    cause = thrown
  }
  if (!started) {
    throw new AppError(
      'gpu-unavailable',
      'The WASM backend did not start: its binaries could not be loaded.',
      { cause },
    )
  }
  const [simd, threads] = await Promise.all([
    tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'),
    tf.env().getAsync('WASM_HAS_MULTITHREAD_SUPPORT'),
  ])
  const count = threads ? wasm.getThreadsCount() : 1
  replaceWasmKernels(count, simd === true)
  return `WASM${simd ? ' SIMD' : ''}, ${count} thread${count === 1 ? '' : 's'}`
}
