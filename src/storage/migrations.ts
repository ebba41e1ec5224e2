import type { DBSchema, IDBPDatabase, IDBPTransaction, StoreNames } from 'idb'
import type { RoundRecord } from '../core/refinement/round'
import type { AuditEntry } from '../core/review/auditLog'
import type { Verdict } from '../core/review/verdict'
import type { HistoryRecord, ImportedModelRecord, PatchRecord, ProjectRecord } from './projectStore'
import type { UnfinishedRound } from './unfinishedRound'

/** Record stores. Verdicts and rounds are keyed by arrival, so that reading them gives the order of writing. */
export interface ProjectSchema extends DBSchema {
  project: { key: string; value: ProjectRecord }
  patches: { key: string; value: PatchRecord; indexes: { order: number } }
  verdicts: { key: number; value: Verdict; indexes: { id: string } }
  history: { key: number; value: HistoryRecord; indexes: { patchId: string } }
  rounds: { key: number; value: RoundRecord; indexes: { id: string } }
  importedModels: { key: string; value: ImportedModelRecord }
  /** Keyed by arrival. */
  auditLog: { key: number; value: AuditEntry }
  /** One at most. */
  unfinishedRounds: { key: string; value: UnfinishedRound }
}

export type UpgradeTransaction = IDBPTransaction<ProjectSchema, StoreNames<ProjectSchema>[], 'versionchange'>

/** One step of the schema. Once released it is never edited: a change is a new step at the end. */
export interface Migration {
  /** The schema's version once this step has run; ascending by one from 1. */
  version: number
  /** Runs inside the upgrade transaction: await nothing but requests of it. */
  upgrade(database: IDBPDatabase<ProjectSchema>, transaction: UpgradeTransaction): void | Promise<void>
}

export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    upgrade(database) {
      database.createObjectStore('project', { keyPath: 'id' })
      database.createObjectStore('patches', { keyPath: 'id' }).createIndex('order', 'order')
      database
        .createObjectStore('verdicts', { autoIncrement: true })
        .createIndex('id', 'id', { unique: true })
      database.createObjectStore('history', { keyPath: 'sequence' }).createIndex('patchId', 'patchId')
      database.createObjectStore('rounds', { autoIncrement: true }).createIndex('id', 'id', { unique: true })
    },
  },
  {
    version: 2,
    upgrade(database) {
      database.createObjectStore('importedModels', { keyPath: 'id' })
    },
  },
  {
    version: 3,
    upgrade(database) {
      database.createObjectStore('unfinishedRounds', { keyPath: 'id' })
    },
  },
  {
    version: 4,
    upgrade(database) {
      database.createObjectStore('auditLog', { autoIncrement: true })
    },
  },
]
