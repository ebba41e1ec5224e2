import { sha256 } from '../foundation/sha256'

/** SHA-256 (hex) of a mask, one byte a pixel, row-major: what a verdict remembers of the mask as shown. */
export function maskHash(mask: Uint8Array): Promise<string> {
  return sha256(mask)
}
