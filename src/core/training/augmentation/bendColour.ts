/**
 * A gamma-like curve for z-scored values: z (1 + bend |z|) / (1 + |z|), with derivative
 * bend + (1 - bend) / (1 + |z|)^2. Odd, so that it keeps 0 (the mean); strictly rising for bend > 0; near the mean it
 * changes nothing, far from it values are stretched (bend > 1) or squeezed (bend < 1), at most by the factor `bend`.
 * A power curve would do the same to reflectance, but z-scores have a sign, and B10 reaches tens of deviations, which
 * a power would throw out of all proportion.
 *
 * @param z finite, in standard deviations.
 * @param bend above 0; 1 gives `z` itself, bit by bit.
 */
export function bendColour(z: number, bend: number): number {
  if (bend === 1) return z
  const size = Math.abs(z)
  return (z * (1 + bend * size)) / (1 + size)
}
