import { oneDatasetHdf5 } from '../core/export/oneDatasetHdf5'
import { BAND_COUNT, BANDS } from '../core/patches/bands'
import type { PatchPixels } from '../core/patches/patch'

/** `img` of Landslide4Sense: (height, width, 14) float64 in the dataset's stored units (raw / divisor). */
export function l4sImage({ data, width, height }: PatchPixels): Promise<Uint8Array> {
  const area = width * height
  const stored = new Float64Array(area * BAND_COUNT)
  for (let band = 0; band < BAND_COUNT; band++) {
    const divisor = BANDS[band]!.l4sDivisor
    for (let i = 0; i < area; i++) stored[i * BAND_COUNT + band] = data[band * area + i]! / divisor
  }
  return oneDatasetHdf5('img', stored, [height, width, BAND_COUNT], '<d')
}

/** `mask` of Landslide4Sense: (height, width) uint8. */
export function l4sMask(mask: Uint8Array, width: number, height: number): Promise<Uint8Array> {
  return oneDatasetHdf5('mask', mask, [height, width], '<B')
}
