import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../../core/foundation/appError'
import { memoryOf, type WasmBackend } from './memory'
import { replaceWasmKernels } from './replaceKernels'
import { startThreads } from './threads'

/** Where the WASM backend finds its files. */
export interface WasmFiles {
  /** Folder (URL or path, ending in a slash) of the binaries; without it WASM is not considered. */
  wasmPath?: string
  /** Makes a worker whose program is `wasm/thread.ts`. With it, and where the page is isolated, kernels share their work. */
  wasmHelper?: () => Worker
}

/** Half of the cores, since two may be one with two threads, but both of two. */
const threadsOf = (cores: number) => Math.min(cores, Math.max(2, Math.min(8, Math.floor(cores / 2))))

/** Slower is better than not at all. */
function alone(thrown: unknown): number {
  console.warn('WASM has one thread, since no other started:', thrown)
  return 1
}

/** XNNPACK starts half as many threads as `navigator` says that there are cores. */
async function withCores<T>(cores: number, start: () => Promise<T>): Promise<T> {
  const navigator = globalThis.navigator as { hardwareConcurrency?: number } | undefined
  if (!navigator) return start()
  Object.defineProperty(navigator, 'hardwareConcurrency', { value: cores, configurable: true })
  try {
    return await start()
  } finally {
    delete navigator.hardwareConcurrency
  }
}

/**
 * Loads the WASM backend (lazily: not needed with a GPU) and makes it current.
 *
 * @returns what it runs on, for people.
 */
export async function startWasm({ wasmPath, wasmHelper }: WasmFiles): Promise<string> {
  const wanted = wasmHelper ? threadsOf(globalThis.navigator?.hardwareConcurrency ?? 1) : 1
  const wasm = await import('@tensorflow/tfjs-backend-wasm')
  if (wasmPath !== undefined) wasm.setWasmPaths(wasmPath)
  let started = false
  let cause: unknown
  try {
    started = await withCores(2 * wanted, () => tf.setBackend('wasm'))
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
  const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')
  replaceWasmKernels(simd === true)
  const memory = memoryOf(tf.backend() as unknown as WasmBackend)
  const count = wasmHelper ? await startThreads(memory, wanted, wasmHelper).catch(alone) : 1
  return `WASM${simd ? ' SIMD' : ''}, ${count} thread${count === 1 ? '' : 's'}`
}
