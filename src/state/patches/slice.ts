import { z } from '../../core/foundation/schema'
import type { RefusedFile, Remark } from '../../core/patches/importPatches'
import type { FileNote } from '../../core/raster/fileNote'
import type { QueueOrder } from '../../core/review/queueOrder'
import type { PatchRecord } from '../../core/review/records'
import type { VerdictKind } from '../../core/review/verdict'
import type { MaskOfPatch, SceneDrop } from '../../worker/protocol'
import { preferences } from '../preferences'

/** A dropped or chosen file; `path` with the folders it came in. */
export interface DroppedFile {
  path: string
  file: Blob
}

export type VerdictFilter = 'any' | 'none' | VerdictKind

/** What is looked for in the queue, besides `filter`; it does not survive a reload, so that nothing stays hidden. */
export interface QueueSearch {
  /** Part of a name, whatever its case. */
  text: string
  verdict: VerdictFilter
  /** 'any', 'starters' (judged before any round), or the round whose maps were judged, by id. */
  round: string
  /** Least disagreement, 0..1; 0: patches without a score too. */
  disagreement: number
  /** Only patches of the audit sample. */
  audit: boolean
}

export type PatchFilter = 'all' | 'source' | 'target' | 'unreviewed'

/** What came of the last import, kept until the next one. */
export interface ImportOutcome {
  added: number
  /** Titles of the models that were added. */
  models?: string[]
  remarks: Remark[]
  refused: RefusedFile[]
  /** What was given to the import, so that images can be read again in another value scale. */
  files: readonly { path: string; file: Blob }[]
  /** Images that were read, or would be with a value scale. */
  images: readonly ImportedImage[]
  /** Masks among the files that fit patches of the project and are not attached yet. */
  masks?: readonly MaskOfPatch[]
}

export interface ImportedImage {
  path: string
  /** The patch that it gave; null: its value scale is unclear, and it gave none. */
  patchId: string | null
  /** Detection of the value scale failed, is not sure, or differs from what was chosen. */
  scaleInDoubt: boolean
}

/** A mask that was read and waits to be attached; its pixels lie in the `PixelCache`. */
export interface WaitingMask {
  path: string
  patchId: string
  /** Share of landslide among its pixels that are not ignored, 0..1. */
  share: number
  /** What to know before it is attached. */
  notes: readonly FileNote[]
}

/** Polygons that were dropped alone, to be asked about. */
export interface WaitingPolygons {
  /** What the files worker keeps them as. */
  drop: SceneDrop
  /** All that were dropped, a Shapefile's .prj among them. */
  files: readonly { path: string; file: Blob }[]
  refused: readonly RefusedFile[]
}

/** A file that is to take the place of a patch's, until it is said what becomes of mask and verdict. */
interface WaitingReplacement {
  patchId: string
  file: DroppedFile
}

export interface PatchesSlice {
  /** Ascending by `order`. */
  list: readonly PatchRecord[]
  /** Removed ones, which undo brings back. */
  removed: readonly PatchRecord[]
  importOutcome: ImportOutcome | null
  /** What the dialog asks about. */
  waitingMasks: readonly WaitingMask[]
  waitingPolygons: WaitingPolygons | null
  waitingReplacement: WaitingReplacement | null
  /** Ids of the patches to do something with together, in no order; read it by `chosenPatches`. */
  selection: readonly string[]
  filter: PatchFilter
  order: QueueOrder
  /** Patch ids as last sorted: scores that change meanwhile move nothing until it is sorted again. */
  queue: readonly string[]
  /** Whether there was any score when it was last sorted. */
  scored: boolean
  auditSeed: number
  auditSize: number
  search: QueueSearch
  /** Whether the filters are unfolded. */
  filtersOpen: boolean
}

export const NO_SEARCH: QueueSearch = {
  text: '',
  verdict: 'any',
  round: 'any',
  disagreement: 0,
  audit: false,
}

export const MAX_AUDIT_SIZE = 1000

export const initialPatchesSlice: PatchesSlice = {
  list: [],
  removed: [],
  importOutcome: null,
  waitingMasks: [],
  waitingPolygons: null,
  waitingReplacement: null,
  selection: [],
  filter: 'all',
  order: 'file',
  queue: [],
  scored: false,
  auditSeed: 1,
  auditSize: 20,
  search: NO_SEARCH,
  filtersOpen: false,
}

/** The order is kept as it was left, so that a reload in the middle of a review moves nothing. */
export const patchesPreferences = preferences<PatchesSlice>(
  'scarp.queue',
  initialPatchesSlice,
  {
    list: null,
    removed: null,
    importOutcome: null,
    waitingMasks: null,
    waitingPolygons: null,
    waitingReplacement: null,
    selection: null,
    filter: z.enum(['all', 'source', 'target', 'unreviewed']),
    order: z.enum(['disagreement', 'entropy', 'random', 'file', 'name']),
    queue: z.array(z.string()),
    scored: z.boolean(),
    auditSeed: z.int().nonnegative(),
    auditSize: z.int().positive().max(MAX_AUDIT_SIZE),
    search: null,
    filtersOpen: z.boolean(),
  },
  ['scarp.view'],
)
