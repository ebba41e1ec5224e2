import type { Georeference } from '../raster/rasterSource'

/** Says in the file itself where a raster without a CRS stands: nowhere, since nothing may be invented. */
export function withPlaceNote(
  metadata: Readonly<Record<string, string>>,
  georeference: Georeference | null,
): Record<string, string> {
  if (georeference && (georeference.crs !== null || georeference.geoKeys !== null)) return { ...metadata }
  return { ...metadata, GEOREFERENCE: 'The source has no coordinate reference system; none was invented.' }
}
