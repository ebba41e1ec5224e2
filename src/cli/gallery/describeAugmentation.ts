import { BANDS, SPECTRAL_BAND_COUNT } from '../../core/patches/bands'
import type { Augmentation } from '../../core/training/augmentation/augmentation'

export const AUGMENTATION_LINES = 5

/** What was drawn, in `AUGMENTATION_LINES` short lines; the last names the bands that were dropped. */
export function describeAugmentation({
  column,
  row,
  angle,
  flip,
  turns,
  bend,
  gain,
  offset,
}: Augmentation): string[] {
  const spectral = Array.from({ length: Math.min(SPECTRAL_BAND_COUNT, gain.length) }, (_, band) => band)
  const dropped = spectral.filter(band => gain[band] === 0 && offset[band] === 0)
  const kept = spectral.filter(band => !dropped.includes(band))
  const range = (values: Float32Array) => {
    const of = kept.map(band => values[band]!)
    return of.length === 0 ? '' : `${Math.min(...of).toFixed(2)} to ${Math.max(...of).toFixed(2)}`
  }
  return [
    `crop ${column},${row} angle ${angle.toFixed(1)}`,
    `${flip ? 'flip' : 'no flip'}, turn ${turns * 90}, bend ${bend.toFixed(2)}`,
    `gain ${range(gain)}`,
    `offset ${range(offset)}`,
    dropped.length > 0 ? `no ${dropped.map(band => BANDS[band]!.name).join(' ')}` : '',
  ]
}
