/** Enough for a wide GPU, few enough that partial sums stay small. */
const WANTED_INVOCATIONS = 16_384

/**
 * Into how many partial sums a reduction is cut. It depends on shapes alone, so that results repeat on every adapter.
 *
 * @param invocations how many run anyway, one per output tile.
 * @param length what can be cut: rows, pixels.
 */
export function splitCount(invocations: number, length: number): number {
  return Math.max(1, Math.min(length, Math.round(WANTED_INVOCATIONS / invocations)))
}
