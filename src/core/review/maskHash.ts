/**
 * SHA-256 (hex) of a mask, one byte a pixel, row-major: what a verdict remembers of the mask as shown.
 * Needs Web Crypto: workers, secure windows (https, localhost) and Node 20 have it.
 */
export async function maskHash(mask: Uint8Array): Promise<string> {
  // Copied, since a view on shared memory is refused.
  const digest = await globalThis.crypto.subtle.digest('SHA-256', new Uint8Array(mask))
  return Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, '0')).join('')
}
