import { expect } from 'vitest'

/**
 * Numbers that agree bit for bit, as typed arrays or plain ones, are equal without vitest's own look at each, which takes
 * seconds for an image. That look stays for all others, and finds where they differ.
 */
function sameNumbers(one: unknown, other: unknown): true | undefined {
  if (ArrayBuffer.isView(one) && ArrayBuffer.isView(other)) {
    return one.constructor === other.constructor && agree(bytesOf(one), bytesOf(other)) ? true : undefined
  }
  return isNumbers(one) && isNumbers(other) && agree(one, other) ? true : undefined
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

/** Filled with numbers throughout: a hole is none. */
function isNumbers(value: unknown): value is number[] {
  if (!Array.isArray(value) || value.constructor !== Array) return false
  for (let at = 0; at < value.length; at++) if (typeof value[at] !== 'number') return false
  return true
}

function agree(one: ArrayLike<number>, other: ArrayLike<number>): boolean {
  if (one.length !== other.length) return false
  for (let at = 0; at < one.length; at++) if (!Object.is(one[at], other[at])) return false
  return true
}

/** Files that share a process share what was added, and each comparison asks all of it. */
const shared = globalThis as { scarpAddedEquality?: boolean }
if (!shared.scarpAddedEquality) expect.addEqualityTesters([sameNumbers])
shared.scarpAddedEquality = true
