/** Whether the pixel at this row-major index may take a value that it does not hold yet. */
export type PixelGate = (index: number) => boolean

/** Only pixels whose value lies in this range may be changed; a value that is not a number never does. */
export interface PixelClamp {
  /** Value by row-major pixel index. */
  valueAt: (index: number) => number
  minimum: number
  maximum: number
}

/**
 * What hand edits leave alone: pixels without data, classes that are protected, and values outside the clamps.
 *
 * @param mask [height, width] as it is while the gate is asked: a protected pixel stays protected
 * @param valid [height, width] of 0 and 1; null: all valid
 * @param isProtected classes (0, 1, 255) that keep their pixels
 */
export function pixelGate(
  mask: Uint8Array,
  valid: Uint8Array | null,
  isProtected: readonly number[],
  clamps: readonly PixelClamp[],
): PixelGate {
  const keeps = new Uint8Array(256)
  for (const value of isProtected) keeps[value] = 1
  return index => {
    if (valid?.[index] === 0 || keeps[mask[index]!]) return false
    for (const { valueAt, minimum, maximum } of clamps) {
      const value = valueAt(index)
      if (!(value >= minimum && value <= maximum)) return false
    }
    return true
  }
}
