import type { Georeference } from '../raster/rasterSource'
import { hasPlace } from './tiff/geoFields'

/** Says in the file itself where a raster without a CRS stands: nowhere, since nothing may be invented. */
export function withPlaceNote(
  metadata: Readonly<Record<string, string>>,
  georeference: Georeference | null,
): Record<string, string> {
  if (hasPlace(georeference)) return { ...metadata }
  return {
    ...metadata,
    GEOREFERENCE: 'The source gives no coordinate reference system for its grid; none was invented.',
  }
}
