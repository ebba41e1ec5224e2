import type { Patch } from '../../core/patches/patch'

/** Hex digits of the content hash in an id: 64 bits, enough to tell a project's patches apart. */
const HASH_DIGITS = 16
const LONGEST_NAME = 40

/**
 * Id of a patch: its name made safe, and a hash of its size and pixels. The same file gets the same id every time,
 * whatever folder or archive it came from; two files of one name with other pixels get different ones.
 *
 * Needs Web Crypto: workers and secure windows have it.
 */
export async function patchIdentity(
  patch: Pick<Patch, 'name' | 'width' | 'height' | 'data'>,
): Promise<string> {
  const { name, width, height, data } = patch
  const pixels = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', pixels))
  const hash = Array.from(digest, byte => byte.toString(16).padStart(2, '0')).join('')
  const safeName = name.replace(/[^\p{L}\p{N}_.-]+/gu, '-').slice(0, LONGEST_NAME) || 'patch'
  return `${safeName}~${width}x${height}~${hash.slice(0, HASH_DIGITS)}`
}

/** The part of an id that says which pixels it stands for: equal for two ids whose patches are duplicates. */
export function contentKey(id: string): string {
  return id.slice(id.indexOf('~') + 1)
}
