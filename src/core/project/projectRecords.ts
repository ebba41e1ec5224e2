import type { AuditEntry } from '../review/auditLog'
import type { PointAuditRecord } from '../review/pointAudit'
import type { HistoryRecord, PatchRecord, UnfinishedRound } from '../review/records'
import type { RoundRecord } from '../rounds/round'
import type { SceneRecord } from '../scenes/sceneRecord'

/** A project has one such record. */
export const PROJECT_ID = 'project'

/** What the records of this version are written in; the studio's database has a migration of each number. */
export const SCHEMA_VERSION = 10

export interface ProjectRecord {
  id: string
  name: string
  createdAt: string
  /** Of masks, 0..1. */
  threshold: number
  /** Whether the analyst chose it; absent in projects of earlier versions, where it stays as it is. */
  thresholdChosen?: boolean
  /** Of the models that predicted last. */
  modelThreshold?: number
  /** Models chosen to predict, in any number; absent or null: the latest round's, before the first the starters. */
  ensemble?: string[] | null
  /** Model that the next round continues from, by network family; absent: the latest round's, else a starter. */
  startFrom?: Record<string, string>
  /** Restored round, which the next one continues from; absent or null: the latest. */
  baseRoundId?: string | null
  /** Where its files lie; absent: in the folder named as the project. Never in an archive. */
  filesFolder?: string
}

/** An imported model; its folder is next to those of rounds, under the same id. */
export interface ImportedModelRecord {
  id: string
  /** ISO 8601. */
  at: string
  /** Path of what was dropped. */
  from: string
  /** True where part of its weights is fresh: it has to be trained before it can predict. */
  needsTraining: boolean
  /** What was done to it on the way in, one sentence each. */
  notes: string[]
}

/** Every record of a project, by store, in the order of writing. */
export interface ProjectRecords {
  project: ProjectRecord[]
  patches: PatchRecord[]
  scenes: SceneRecord[]
  history: HistoryRecord[]
  rounds: RoundRecord[]
  importedModels: ImportedModelRecord[]
  pointAudits: PointAuditRecord[]
  auditLog: AuditEntry[]
  /** One at most. */
  unfinishedRounds: UnfinishedRound[]
}

export type RecordStoreName = keyof ProjectRecords
