let own = true

/** Whether operations run kernels of ours on WebGPU; TensorFlow.js's own otherwise. */
export function usesOwnKernels(): boolean {
  return own
}

/**
 * Runs something by TensorFlow.js's kernels alone, to be measured beside ours: every operation takes its composition of
 * stock ones, and no stock kernel is replaced. Its results are not to be used: docs/engine-traps.md says what is wrong
 * with them. Nothing else may compute meanwhile.
 */
export async function withStockKernels<T>(run: () => Promise<T>): Promise<T> {
  own = false
  try {
    return await run()
  } finally {
    own = true
  }
}
