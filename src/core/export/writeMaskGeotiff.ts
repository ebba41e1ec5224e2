import type { Georeference } from '../raster/rasterSource'
import { MASK_COLOURS } from './maskColours'
import { writeCog } from './tiff/writeCog'
import { withPlaceNote } from './withPlaceNote'

export interface MaskExport {
  /** [height, width] of 0 background, 1 landslide, 255 no data or ignore */
  mask: Uint8Array
  width: number
  height: number
  /** The source's own; null or empty: the file carries no CRS and says so. */
  georeference: Georeference | null
  /** GDAL metadata: model ids, round, threshold... */
  metadata: Readonly<Record<string, string>>
  /** Document name, "image_37". */
  name: string
}

/**
 * A mask as a cloud-optimised GeoTIFF: Byte, no data 255, colour table, the source's CRS and transform.
 *
 * @throws AppError `shape-mismatch`, `export-failed`
 */
export async function writeMaskGeotiff(request: MaskExport): Promise<Uint8Array<ArrayBuffer>> {
  return writeCog({
    width: request.width,
    height: request.height,
    samples: request.mask,
    nodata: '255',
    colours: MASK_COLOURS,
    georeference: request.georeference,
    name: request.name,
    description: 'Landslide mask: 0 background, 1 landslide, 255 no data or ignored',
    metadata: withPlaceNote(request.metadata, request.georeference),
  })
}
