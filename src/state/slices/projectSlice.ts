import type { PatchRecord, ProjectRecord } from '../../storage/projectStore'

export interface ProjectSlice {
  phase: 'opening' | 'ready' | 'failed'
  /** Why the project could not be opened, and what to do. */
  openError: string | null
  project: ProjectRecord | null
  /** Ascending by `order`. */
  patches: readonly PatchRecord[]
  /** Bytes used and granted by the browser; null until asked. */
  storage: { usage: number; quota: number } | null
  /** Writes on their way to disk. */
  pendingWrites: number
  /** Why the last write failed; null while all is saved. */
  saveError: string | null
}

export const initialProjectSlice: ProjectSlice = {
  phase: 'opening',
  openError: null,
  project: null,
  patches: [],
  storage: null,
  pendingWrites: 0,
  saveError: null,
}
