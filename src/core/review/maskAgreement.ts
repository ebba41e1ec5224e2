import { AppError } from '../foundation/appError'
import { IGNORE, LANDSLIDE } from '../patches/patch'

/** Pixels of a judged mask against the networks': with the judged mask as truth these are TP, FN and FP. */
export interface MaskAgreement {
  /** Landslide in both. */
  kept: number
  /** Landslide that only the analyst saw. */
  added: number
  /** Landslide of the networks that the analyst took away. */
  removed: number
  /** Pixels compared: ignored in neither. */
  pixels: number
}

/**
 * @param networks [height, width] of 0, 1, 255: the networks' mask at the threshold of the verdict
 * @param judged [height, width] of 0, 1, 255
 * @throws AppError `shape-mismatch` if the two differ in size.
 */
export function maskAgreement(networks: Uint8Array, judged: Uint8Array): MaskAgreement {
  if (networks.length !== judged.length) {
    throw new AppError(
      'shape-mismatch',
      `Masks of ${networks.length} and ${judged.length} pixels cannot be compared: use masks of one raster.`,
    )
  }
  const counts = { kept: 0, added: 0, removed: 0, pixels: 0 }
  for (let index = 0; index < judged.length; index++) {
    const before = networks[index]!
    const after = judged[index]!
    if (before === IGNORE || after === IGNORE) continue
    counts.pixels++
    if (after === LANDSLIDE) counts[before === LANDSLIDE ? 'kept' : 'added']++
    else if (before === LANDSLIDE) counts.removed++
  }
  return counts
}
