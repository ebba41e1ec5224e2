/** Names that end so are running statistics or counters, not parameters. */
const BOOKKEEPING = /(running_(mean|var)(_target)?|num_batches_tracked)$/

/**
 * Number of trained values in a safetensors file, from its header alone; 0 if that cannot be read (the model's own
 * loading says why).
 */
export function countParameters(safetensors: Uint8Array): number {
  try {
    const view = new DataView(safetensors.buffer, safetensors.byteOffset, safetensors.byteLength)
    const length = Number(view.getBigUint64(0, true))
    const header: unknown = JSON.parse(new TextDecoder().decode(safetensors.subarray(8, 8 + length)))
    let count = 0
    for (const [name, entry] of Object.entries(header as Record<string, { shape?: number[] }>)) {
      if (name === '__metadata__' || BOOKKEEPING.test(name) || !Array.isArray(entry.shape)) continue
      count += entry.shape.reduce((product, side) => product * side, 1)
    }
    return count
  } catch {
    return 0 // as the docstring says
  }
}
