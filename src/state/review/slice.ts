import { z } from '../../core/foundation/schema'
import type { Landslide, LandslideOrder } from '../../core/masks/landslideAttributes'
import type { MaskBase } from '../../core/review/predictionOrigin'
import type { PatchChange } from '../../core/review/records'
import type { Verdict } from '../../core/review/verdict'
import { DEFAULT_MASK_THRESHOLD } from '../../core/rounds/probabilityTally'
import { preferences } from '../preferences'

/** A history step without its pixels: those lie in the `PixelCache`. */
export interface HistoryEntry {
  sequence: number
  kind: 'stroke' | 'verdict' | 'removal' | 'addition' | 'hold-out'
  patchId: string
  undone: boolean
  /** undefined: the step left the verdict as it was; null: it took it away. */
  verdictBefore?: Verdict | null
  verdictAfter?: Verdict | null
  /** Shared by the steps of one action: they are undone and redone as one. */
  group?: string
  /** A verdict that put another mask on screen too. */
  remask?: boolean
  /** A stroke that put back what the patch came with. */
  restores?: boolean
  /** What the step changed of the patch's record. */
  change?: { before: PatchChange; after: PatchChange }
  at?: string
  base?: MaskBase
}

/** What today's threshold would change of the masks accepted as the networks made them. */
export interface ThresholdFlips {
  /** Pixels that differ, by patch; patches that stay as they are are left out. */
  pixels: Readonly<Record<string, number>>
  /** Accepted patches still to compare. */
  pending: number
}

export interface ReviewSlice {
  /** Of masks, 0..1. */
  threshold: number
  /** Whether the analyst moved it; else it follows the models. */
  thresholdChosen: boolean
  /** What was chosen for the models that predicted last, on labels they did not learn from; null: nothing predicted yet. */
  modelThreshold: number | null
  /** The current verdict of each judged patch, as the history has it. */
  verdicts: Readonly<Record<string, Verdict>>
  /** Ascending by `sequence`. */
  history: readonly HistoryEntry[]
  /** Bytes of undo steps in memory. */
  historyBytes: number
  /** Raised whenever the mask in the cache changed. */
  maskRevision: Readonly<Record<string, number>>
  /** Raised whenever stored probabilities changed. */
  probabilityRevision: Readonly<Record<string, number>>
  /** Share of landslide among judged pixels of the mask as shown, 0..1; null: nothing to show yet. */
  shares: Readonly<Record<string, number | null>>
  flips: ThresholdFlips
  /** Whether a verdict is followed by the next patch. */
  autoAdvance: boolean
  /** Who judges, as masks and the audit log name them; empty: nobody is named. */
  reviewer: string
  /** Whether the note is being written. */
  noteOpen: boolean
  /**
   * Landslides of a patch's mask as it was at `revision`, in reading order; null: not looked for. `beside`: cells on which
   * they were followed, each with the revision of its mask.
   */
  landslides: {
    patchId: string
    revision: number
    beside: Readonly<Record<string, number>>
    list: readonly Landslide[]
  } | null
  /** Why the landslides could not be listed. */
  landslidesError: string | null
  /** Number of the landslide that is outlined on the map; null: none. */
  selectedLandslide: number | null
  landslideOrder: LandslideOrder
  /** Raised to bring the selected landslide into view. */
  landslideRequest: number
}

export const initialReviewSlice: ReviewSlice = {
  threshold: DEFAULT_MASK_THRESHOLD,
  thresholdChosen: false,
  modelThreshold: null,
  verdicts: {},
  history: [],
  historyBytes: 0,
  maskRevision: {},
  probabilityRevision: {},
  shares: {},
  flips: { pixels: {}, pending: 0 },
  autoAdvance: true,
  reviewer: '',
  noteOpen: false,
  landslides: null,
  landslidesError: null,
  selectedLandslide: null,
  landslideOrder: 'area',
  landslideRequest: 0,
}

/** Characters of a reviewer's name. */
export const LONGEST_NAME = 100

export const reviewPreferences = preferences<ReviewSlice>(
  'scarp.review',
  initialReviewSlice,
  {
    threshold: null,
    thresholdChosen: null,
    modelThreshold: null,
    verdicts: null,
    history: null,
    historyBytes: null,
    maskRevision: null,
    probabilityRevision: null,
    shares: null,
    flips: null,
    autoAdvance: z.boolean(),
    reviewer: z.string().max(LONGEST_NAME),
    noteOpen: null,
    landslides: null,
    landslidesError: null,
    selectedLandslide: null,
    landslideOrder: null,
    landslideRequest: null,
  },
  ['scarp.queue'],
)
