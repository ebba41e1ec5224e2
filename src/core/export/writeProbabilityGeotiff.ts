import type { Georeference } from '../raster/rasterSource'
import { writeCog } from './tiff/writeCog'
import { withPlaceNote } from './withPlaceNote'

export interface ProbabilityExport {
  /** [height, width] float32, probability of landslide 0..1; NaN where unknown */
  probability: Float32Array
  /** [height, width] of 0 and 1: pixels with 0 become no data; null: all valid. */
  valid?: Uint8Array | null
  width: number
  height: number
  georeference: Georeference | null
  metadata: Readonly<Record<string, string>>
  name: string
}

/**
 * A probability as a cloud-optimised GeoTIFF: Float32, 0..1, no data NaN, the source's CRS and transform.
 *
 * @throws AppError `shape-mismatch`, `export-failed`
 */
export async function writeProbabilityGeotiff(request: ProbabilityExport): Promise<Uint8Array<ArrayBuffer>> {
  const { probability, valid } = request
  return writeCog({
    width: request.width,
    height: request.height,
    samples: valid
      ? probability.map((value, index) => (valid[index] === 0 ? Number.NaN : value))
      : probability,
    nodata: 'nan',
    georeference: request.georeference,
    name: request.name,
    description: 'Probability of landslide, 0 to 1',
    metadata: withPlaceNote(request.metadata, request.georeference),
  })
}
