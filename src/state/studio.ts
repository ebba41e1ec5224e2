import type { ProjectStore, StoreCall } from '../storage/projectStore'
import type { Projects } from '../storage/projects'
import type { EngineClient, FilesClient } from '../worker/protocol'
import type { PredictionBuffer } from './models/predictionBuffer'
import type { PixelCache } from './pixelCache'
import type { PreferenceStorage } from './preferences'
import type { MaskSaver } from './review/maskSaver'
import type { Serial, Timers } from './scheduling'
import type { Session } from './session/tabs'
import type { WriteQueue } from './session/writeQueue'
import type { JobRunner } from './shell/jobs'
import type { StudioStore } from './studioState'

/** What the studio is made of; handed in, so that its logic runs without workers, browser or clock. */
export interface StudioDependencies {
  storage: ProjectStore
  files: FilesClient
  engine: EngineClient
  preferences: PreferenceStorage
  projects: Projects
  /** Of the project that this studio has open, among `projects`. */
  projectId: string
  /** Leaves this page for another project. */
  goTo: (projectId: string) => void
  now: () => Date
  newId: () => string
  /** Hands a finished file to the person: a download in the browser. */
  deliver: (fileName: string, blob: Blob) => void
  /** Opens the project's storage again after another project replaced it; absent: the same one stays in use. */
  openStorage?: () => Promise<ProjectStore>
}

/** The one object behind the interface: created once, given by context, acted upon by the features' actions. */
export interface Studio extends StudioDependencies {
  store: StudioStore
  pixels: PixelCache
  writes: WriteQueue
  jobs: JobRunner
  timers: Timers
  maskSaver: MaskSaver
  predictions: PredictionBuffer
  /** Undo and redo, one after another. */
  undoing: Serial
  /** An edit that waits for cells to be read; null: there is none. */
  laying: Promise<void> | null
  /** Patches whose landslide share is being worked out, one at a time. */
  sharesWanted: Set<string>
  /** This tab among those that have the project open; null before it joined them. */
  session: Session | null
  /** What `work` would change in the storage, in its order; nothing is written. */
  recordCalls(work: () => Promise<void>): Promise<StoreCall[]>
  /** Makes `storage` lead to the project as it is now. */
  reopenStorage(): Promise<void>
  /** Releases the project to other tabs and stops every timer; the studio cannot be used afterwards. */
  close(): void
}
