import type { SampleArray } from '../raster/rasterSource'
import { SPECTRAL_BAND_COUNT } from './bands'

/**
 * 1 where every band is finite, none is the no-data value and not all spectral bands are 0 (which no land surface
 * reflects, but image borders are filled with); null where all pixels are so.
 */
export function validPixels(
  planes: readonly SampleArray[],
  area: number,
  nodata: number | null,
): Uint8Array | null {
  const valid = new Uint8Array(area).fill(1)
  const dark = new Uint8Array(area).fill(1)
  let invalid = 0
  for (let band = 0; band < planes.length; band++) {
    const plane = planes[band]!
    // A declared no-data value of a float32 file is meant as the nearest float32.
    const missing =
      nodata === null ? Number.NaN : plane instanceof Float32Array ? Math.fround(nodata) : nodata
    for (let pixel = 0; pixel < area; pixel++) {
      const value = plane[pixel]!
      if (!Number.isFinite(value) || (value === missing && band < SPECTRAL_BAND_COUNT)) valid[pixel] = 0
      if (band < SPECTRAL_BAND_COUNT && value !== 0) dark[pixel] = 0
    }
  }
  for (let pixel = 0; pixel < area; pixel++) {
    if (dark[pixel] === 1) valid[pixel] = 0
    if (valid[pixel] === 0) invalid++
  }
  return invalid > 0 ? valid : null
}
