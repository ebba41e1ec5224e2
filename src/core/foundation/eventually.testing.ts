import { vi } from 'vitest'

/**
 * Waits until an assertion holds. A busy machine may need seconds for what takes milliseconds else, so that only what never
 * comes fails; vitest's own limit is one second.
 *
 * @returns what the assertion returns.
 */
export function eventually<T>(assertion: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(assertion, { timeout: 30_000 })
}
