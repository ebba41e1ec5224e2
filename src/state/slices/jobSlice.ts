import type { PacedProgress } from '../../core/foundation/progress'
import type { RefusedFile } from '../../worker/protocol'

export type JobKind = 'import' | 'predict' | 'round' | 'export' | 'model' | 'check' | 'archive' | 'review'

/** A long job in a worker. The AbortController lives in `JobRunner`, not here. */
export interface JobState {
  kind: JobKind
  progress: PacedProgress | null
  /** True from the analyst's "Cancel" until the worker confirms. */
  cancelling: boolean
}

export interface Notice {
  id: string
  tone: 'information' | 'error'
  message: string
}

/** What came of the last import, kept until dismissed. */
export interface ImportOutcome {
  added: number
  /** Titles of the models that were added. */
  models?: string[]
  remarks: { path: string; message: string }[]
  refused: RefusedFile[]
}

export type Dialog =
  | 'export'
  | 'cheat-sheet'
  | 'palette'
  | 'checkpoint'
  | 'model-card'
  | 'remove-model'
  | 'stop-round'
  | 'discard-round'
  | 'band-statistics'
  | 'compare-rounds'
  | 'bulk-accept'
  | 'audit-log'
  | 'take-over'
  | 'storage'
  | 'open-archive'
  | 'new-project'
  | 'rename-project'
  | null

export interface JobSlice {
  /** One job of each kind at most; `predict` and `round` exclude each other. */
  jobs: Partial<Record<JobKind, JobState>>
  notices: readonly Notice[]
  importOutcome: ImportOutcome | null
  dialog: Dialog
}

export const initialJobSlice: JobSlice = { jobs: {}, notices: [], importOutcome: null, dialog: null }
