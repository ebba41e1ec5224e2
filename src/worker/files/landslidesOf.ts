import { DEM_BAND, SLOPE_BAND } from '../../core/patches/bands'
import { labelComponents } from '../../core/review/components'
import { type Landslide, landslideAttributes } from '../../core/review/landslideAttributes'
import { pixelSizeOf } from '../../core/review/pixelSize'
import type { ProjectStore } from '../../storage/projectStore'

/**
 * Landslides of a mask, with what the patch's terrain and the ensemble's stored probability say of each.
 *
 * @param data [14, height, width] of the patch
 * @param mask [height, width] of 0, 1, 255
 */
export async function landslidesOf(
  store: ProjectStore,
  patchId: string,
  data: Float32Array,
  mask: Uint8Array,
): Promise<Landslide[]> {
  const { width, height, georeference } = await store.patch(patchId)
  const pixels = width * height
  const band = (index: number) => data.subarray(index * pixels, (index + 1) * pixels)
  return landslideAttributes(labelComponents(mask, width, height), {
    elevation: band(DEM_BAND),
    slope: band(SLOPE_BAND),
    probability: await store.readProbability(patchId, 'ensemble'),
    pixelSize: pixelSizeOf(georeference, width, height).size,
  })
}
