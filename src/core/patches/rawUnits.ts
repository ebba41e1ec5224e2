import { BANDS, SPECTRAL_BAND_COUNT } from './bands'
import type { ValueScale } from './patch'

/** stored value x factor = raw units of `BANDS`, for one band (0..13). Terrain is scaled only in Landslide4Sense files. */
export function rawFactor(scale: ValueScale, band: number): number {
  if (scale === 'l4s') return BANDS[band]!.l4sDivisor
  if (band >= SPECTRAL_BAND_COUNT) return 1
  return { raw: 1, x1000: 10, reflectance: 10_000 }[scale]
}
