import type { Landslide, LandslideOrder } from '../../core/masks/landslideAttributes'
import type { Verdict } from '../../core/review/verdict'

/** A history step without its pixels: those lie in the `PixelCache`. */
export interface HistoryEntry {
  sequence: number
  kind: 'stroke' | 'verdict'
  patchId: string
  undone: boolean
  /** undefined: the step left the verdict as it was; null: it took it away. */
  verdictBefore?: Verdict | null
  verdictAfter?: Verdict | null
  /** Steps that were one action: undone and redone as one. */
  group?: string
  /** A verdict that put another mask on screen too. */
  remask?: boolean
}

export interface ReviewSlice {
  /** Display and pseudo-label threshold, 0..1. */
  threshold: number
  /** The verdict in force for each judged patch. */
  verdicts: Readonly<Record<string, Verdict>>
  /** Ascending by `sequence`. */
  history: readonly HistoryEntry[]
  /** Raised whenever the mask in the cache changed. */
  maskRevision: Readonly<Record<string, number>>
  /** Raised whenever stored probabilities changed. */
  probabilityRevision: Readonly<Record<string, number>>
  /** Share of landslide among judged pixels of the mask as shown, 0..1; null: nothing to show yet. */
  shares: Readonly<Record<string, number | null>>
}

export const initialReviewSlice: ReviewSlice = {
  threshold: 0.5,
  verdicts: {},
  history: [],
  maskRevision: {},
  probabilityRevision: {},
  shares: {},
}

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
