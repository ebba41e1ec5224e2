/** Results whose buffers move to the caller instead of being copied. */
const transferables = new WeakMap<object, Transferable[]>()

/**
 * Marks buffers of a handler's result to be moved. The worker must not touch them afterwards.
 *
 * @returns the same value, so that a handler can `return transfer(result, [result.rgba.buffer])`.
 */
export function transfer<T extends object>(value: T, buffers: Transferable[]): T {
  transferables.set(value, buffers)
  return value
}

/** What `transfer` marked on this value; empty for anything else. */
export function transfersOf(value: unknown): Transferable[] {
  return typeof value === 'object' && value !== null ? (transferables.get(value) ?? []) : []
}
