/** SHA-256 (hex). Needs Web Crypto: workers, secure windows (https, localhost) and Node 20 have it. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  // Copied, since a view on shared memory is refused.
  const digest = await globalThis.crypto.subtle.digest('SHA-256', new Uint8Array(bytes))
  return Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, '0')).join('')
}

/** SHA-256 (hex) of plain data's JSON: equal for equal content in the same order. */
export function fingerprintOf(content: unknown): Promise<string> {
  return sha256(new TextEncoder().encode(JSON.stringify(content)))
}
