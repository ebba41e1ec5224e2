import type { PacedProgress } from '../../core/foundation/job'
import { z } from '../../core/foundation/schema'
import { preferences } from '../preferences'

export type Column = 'patches' | 'panels'

export type Theme = 'system' | 'light' | 'dark'

export type JobKind =
  | 'import'
  | 'scene'
  | 'predict'
  | 'round'
  | 'export'
  | 'model'
  | 'check'
  | 'archive'
  | 'review'
  | 'inventory'
  | 'audit'

/** What a message may offer to do again: a job, or what is read for the screen. */
export type Repeatable = JobKind | 'pictures' | 'model-facts'

/** Long work that the next visit offers again where the end of this one cut it off. */
export const OFFERED_WORK = [
  'import',
  'demo',
  'prediction',
  'round-restore',
  'model-import',
  'model-export',
  'export',
  'archive-saving',
  'archive-opening',
  'project-copy',
  'bulk-accept',
  're-accept',
  'bulk-undo',
  'bulk-redo',
] as const

export type OfferedWork = (typeof OFFERED_WORK)[number]

/** A job that the end of a visit cut off. */
export interface InterruptedJob {
  work: OfferedWork
  /** What it was to work through; absent where the job says nothing of patches. */
  patchIds?: readonly string[] | undefined
}

/** A long job in a worker. The AbortController lives in `JobRunner`, not here. */
export interface JobState {
  kind: JobKind
  progress: PacedProgress | null
  /** True from the analyst's "Cancel" until the worker confirms. */
  cancelling: boolean
}

export interface Notice {
  id: number
  tone: 'information' | 'error'
  message: string
  /** What it is about and can be done again (`JobRunner.retry`). */
  retry?: Repeatable
  /** What a library or the browser said, for a report. */
  details?: string
}

/** Every dialog: each has its component in `App.tsx` and its screen in `e2e/screens/`. */
export const DIALOGS = [
  'export',
  'cheat-sheet',
  'palette',
  'checkpoint',
  'model-card',
  'remove-model',
  'stop-round',
  'discard-round',
  'large-fill',
  'band-statistics',
  'compare-rounds',
  'bulk-accept',
  'audit-log',
  'audits',
  'audit-summary',
  'delete-audit',
  'rename-audit',
  'second-reviewer',
  'reviewer',
  'take-over',
  'storage',
  'open-archive',
  'projects',
  'new-project',
  'delete-project',
  'rename-project',
  'value-scale',
  'rename-patch',
  'attach-masks',
  'replace-file',
  'use-polygons',
  'import-report',
  'add-scene',
  'scene-details',
  'remove-scene',
  'check-machine',
] as const

export type DialogId = (typeof DIALOGS)[number]

export type Dialog = DialogId | null

/** What the browser asks for: files, a folder, a mask or another file of the selected patch, outlines to lay over the map. */
export type FileRequest = 'files' | 'folder' | 'mask' | 'replacement' | 'outlines'

/** The studio itself, apart from any project: its window, its jobs, what it tells. */
export interface ShellSlice {
  /** One job of each kind at most; `predict` and `round` exclude each other. */
  jobs: Partial<Record<JobKind, JobState>>
  notices: readonly Notice[]
  /** Jobs that the last visit left unfinished, offered again. */
  interrupted: readonly InterruptedJob[]
  dialog: Dialog
  theme: Theme
  /** Keys that this person chose, by command id; commands that are not named have their defaults. */
  keymap: Readonly<Record<string, readonly string[]>>
  /** Ids of the commands last run from the palette, latest first. */
  recentCommands: readonly string[]
  /** Ids of the side panels that are folded. */
  foldedPanels: readonly string[]
  /** Columns beside the image that are hidden where the window is wide enough for all. */
  hiddenColumns: readonly Column[]
  /** Widths that this person dragged columns to, CSS pixels; one that is not named has the style sheet's. */
  columnWidths: Readonly<Partial<Record<Column, number>>>
  /** The window has room for the image only: columns open over it, one at a time. */
  narrow: boolean
  /** The column that lies over the image in a narrow window. */
  drawer: Column | null
  /** The side panel that was last asked for by name; the serial tells one time from the next. */
  revealed: { title: string; serial: number } | null
  /** Raised to have the person choose files or a folder. */
  pickRequest: { kind: FileRequest; serial: number } | null
  /** A newer build of the studio that the browser keeps: ready to take over, put off, or on its way. */
  update: 'none' | 'ready' | 'later' | 'accepted'
  /** True once the tour was finished or skipped: it offers itself once. */
  tourSeen: boolean
  /** The step on screen; null: no tour. */
  tourStep: number | null
}

export const initialShellSlice: ShellSlice = {
  jobs: {},
  notices: [],
  interrupted: [],
  dialog: null,
  theme: 'system',
  keymap: {},
  recentCommands: [],
  foldedPanels: [],
  hiddenColumns: [],
  columnWidths: {},
  narrow: false,
  drawer: null,
  revealed: null,
  pickRequest: null,
  update: 'none',
  tourSeen: false,
  tourStep: null,
}

export const MOST_RECENT = 8

/** Narrower, rows lose their numbers; wider, the image loses more than a column gains. CSS pixels. */
export const COLUMN_LIMITS = { narrowest: 200, widest: 480 } as const

const columns = z.enum(['patches', 'panels'])

export const shellPreferences = preferences<ShellSlice>('scarp.shell', initialShellSlice, {
  jobs: null,
  notices: null,
  interrupted: null,
  dialog: null,
  theme: z.enum(['system', 'light', 'dark']),
  keymap: z.record(z.string(), z.array(z.string()).max(8)),
  recentCommands: z.array(z.string()).transform(ids => ids.slice(0, MOST_RECENT)),
  foldedPanels: z.array(z.string()),
  hiddenColumns: z.array(columns),
  columnWidths: z.partialRecord(columns, z.int().min(COLUMN_LIMITS.narrowest).max(COLUMN_LIMITS.widest)),
  narrow: null,
  drawer: null,
  revealed: null,
  pickRequest: null,
  update: null,
  tourSeen: z.boolean(),
  tourStep: null,
})
