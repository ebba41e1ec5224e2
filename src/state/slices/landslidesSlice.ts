import type { Landslide, LandslideOrder } from '../../core/review/landslideAttributes'

export interface LandslidesSlice {
  /** Landslides of a patch's mask as it was at `revision`, in reading order; null: not looked for. */
  landslides: { patchId: string; revision: number; list: readonly Landslide[] } | null
  /** Why the landslides could not be listed. */
  landslidesError: string | null
  /** Number of the landslide that is outlined on the map; null: none. */
  selectedLandslide: number | null
  landslideOrder: LandslideOrder
  /** Raised to bring the selected landslide into view. */
  landslideRequest: number
}

export const initialLandslidesSlice: LandslidesSlice = {
  landslides: null,
  landslidesError: null,
  selectedLandslide: null,
  landslideOrder: 'area',
  landslideRequest: 0,
}
