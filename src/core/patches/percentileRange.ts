const MAX_SAMPLES = 65_536

/**
 * Values at the given share from each end of the distribution of valid, finite pixels; from at most 65,536 of them,
 * evenly spread. Always `low < high`: where the percentiles coincide the extremes are taken, and where nothing
 * varies (or nothing is valid) a span around the value, which puts it in the middle.
 */
export function percentileRange(
  plane: ArrayLike<number>,
  valid: Uint8Array | null,
  share: number,
): { low: number; high: number } {
  const step = Math.max(1, Math.floor(plane.length / MAX_SAMPLES))
  const values: number[] = []
  for (let pixel = 0; pixel < plane.length; pixel += step) {
    const value = plane[pixel]!
    if (valid?.[pixel] !== 0 && Number.isFinite(value)) values.push(value)
  }
  if (values.length === 0) return { low: 0, high: 1 }
  const sorted = Float64Array.from(values).sort()
  const last = sorted.length - 1
  const cut = Math.min(Math.max(share, 0), 0.49)
  const low = sorted[Math.floor(cut * last)]!
  const high = sorted[Math.ceil((1 - cut) * last)]!
  if (high > low) return { low, high }
  if (sorted[last]! > sorted[0]!) return { low: sorted[0]!, high: sorted[last]! }
  const span = Math.max(1e-6, Math.abs(low) * 0.5)
  return { low: low - span, high: high + span }
}
