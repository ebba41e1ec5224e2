/** SHA-256 (hex). Needs Web Crypto: workers, secure windows (https, localhost) and Node 20 have it. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  // Copied, since a view on shared memory is refused.
  const digest = await globalThis.crypto.subtle.digest('SHA-256', new Uint8Array(bytes))
  return Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, '0')).join('')
}
