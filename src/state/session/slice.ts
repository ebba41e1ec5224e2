import type { AppError } from '../../core/foundation/appError'
import type { ArchiveSummary } from '../../core/project/archiveFormat'
import type { ProjectRecord } from '../../core/project/projectRecords'
import type { StorageUse } from '../../storage/projectStore'
import type { ProjectSummary } from '../../storage/projects'

export type { ProjectSummary, StorageUse }

/**
 * What this tab may do with the project. `waiting`: not known yet (for a moment at the start), or being handed over;
 * `read-only`: another tab has it, and this one follows.
 */
export type Access = 'owner' | 'waiting' | 'read-only'

/** How far a take-over that was asked for in this tab has come. */
export type TakeOver =
  | { status: 'none' }
  /** The other tab was asked and shows its dialog. */
  | { status: 'asking'; since: number }
  /** It said no, with its reason. */
  | { status: 'denied'; reason: string }
  /** It did not answer in time: frozen, crashed, or nobody looks at it. */
  | { status: 'unanswered' }
  /** It agreed and is saving everything. */
  | { status: 'handing-over' }

/** Changes that are in memory and not on disk. */
export interface Unsaved {
  changes: number
  /** Memory that they hold. */
  bytes: number
  /** True where the disk is full, false for another failure of the storage. */
  full: boolean
  message: string
  /** True while they are being tried again. */
  retrying: boolean
  /** True once they take as much memory as allowed: nothing more can be changed until there is room. */
  exceeded: boolean
}

export interface SessionSlice {
  phase: 'opening' | 'ready' | 'failed'
  /** Why the project could not be opened, and what to do. */
  openError: AppError | null
  project: ProjectRecord | null
  /** Bytes used and granted by the browser; null until asked. */
  storage: { usage: number; quota: number } | null
  /** Writes on their way to disk. */
  pendingWrites: number
  /** Why the last write failed; null while all is saved. */
  saveError: string | null
  access: Access
  /** This project was replaced by another one, which is being read: nothing can be changed meanwhile. */
  reopening: boolean
  /** Why this tab became read-only after it had the project; null: it never had it, or handed it over. */
  accessLost: string | null
  takeOver: TakeOver
  /** The tab that asks for the project; null: none does. */
  takeOverAsked: { by: string; at: number } | null
  unsaved: Unsaved | null
  /** Whether the browser promised to keep the project when space runs low; null: not asked yet. */
  persisted: boolean | null
  storageUse: readonly StorageUse[] | null
  /** The projects of this browser, latest opened first; null: not read yet. */
  projects: readonly ProjectSummary[] | null
  /** Id of the project that is asked about before it is deleted. */
  projectToDelete: string | null
  /** An archive that waits for the user's yes or no. */
  archive: { path: string; file: Blob; summary: ArchiveSummary } | null
}

export const initialSessionSlice: SessionSlice = {
  phase: 'opening',
  openError: null,
  project: null,
  storage: null,
  pendingWrites: 0,
  saveError: null,
  access: 'owner',
  reopening: false,
  accessLost: null,
  takeOver: { status: 'none' },
  takeOverAsked: null,
  unsaved: null,
  persisted: null,
  storageUse: null,
  projects: null,
  projectToDelete: null,
  archive: null,
}
