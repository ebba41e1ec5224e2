import { type DBSchema, type IDBPDatabase, type IDBPTransaction, openDB, type StoreNames } from 'idb'
import { AppError } from '../core/foundation/appError'
import type { ImportedModelRecord, ProjectRecord, RecordStoreName } from '../core/project/projectRecords'
import { verdictSchema } from '../core/project/recordSchemas'
import { type AuditEntry, auditOfUnusedVerdicts } from '../core/review/auditLog'
import type { PointAuditRecord } from '../core/review/pointAudit'
import type { HistoryRecord, PatchRecord, UnfinishedRound } from '../core/review/records'
import type { Verdict } from '../core/review/verdict'
import type { RoundRecord } from '../core/rounds/round'
import type { SceneRecord } from '../core/scenes/sceneRecord'
import { toStorageError } from './storageError'

/** Record stores. Rounds are keyed by arrival, so that reading them gives the order of writing. */
export interface ProjectSchema extends DBSchema {
  project: { key: string; value: ProjectRecord }
  /** `scene`: of cells and margins, the scene's id; a patch by itself is not in it. */
  patches: { key: string; value: PatchRecord; indexes: { order: number; scene: string } }
  scenes: { key: string; value: SceneRecord }
  history: { key: number; value: HistoryRecord; indexes: { patchId: string } }
  rounds: { key: number; value: RoundRecord; indexes: { id: string } }
  importedModels: { key: string; value: ImportedModelRecord }
  pointAudits: { key: string; value: PointAuditRecord }
  /** Keyed by arrival. */
  auditLog: { key: number; value: AuditEntry }
  /** One at most. */
  unfinishedRounds: { key: string; value: UnfinishedRound }
}

export type UpgradeTransaction = IDBPTransaction<ProjectSchema, StoreNames<ProjectSchema>[], 'versionchange'>

/** Stores of earlier versions. */
interface EarlierSchema extends ProjectSchema {
  /** Until schema 4: every verdict given, keyed by arrival, beside the steps that gave them. */
  verdicts: { key: number; value: Verdict; indexes: { id: string } }
}

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
      ;(database as unknown as IDBPDatabase<EarlierSchema>)
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
  {
    // The history says what verdict a patch has. What only the list of verdicts knew goes to the log.
    version: 5,
    async upgrade(database, transaction) {
      const earlier = transaction as unknown as IDBPTransaction<EarlierSchema, ['verdicts'], 'versionchange'>
      // A damaged record must not keep the project from opening: nothing ever read them.
      const verdicts = (await earlier.objectStore('verdicts').getAll()).flatMap(record => {
        const checked = verdictSchema.safeParse(record)
        return checked.success ? [checked.data] : []
      })
      const history = await transaction.objectStore('history').getAll()
      const log = transaction.objectStore('auditLog')
      for (const entry of auditOfUnusedVerdicts(verdicts, history, await log.getAll())) await log.add(entry)
      ;(database as unknown as IDBPDatabase<EarlierSchema>).deleteObjectStore('verdicts')
    },
  },
  {
    // Patches can be removed, with a step of a new kind. No record changes: an earlier version must not show what was
    // removed, nor meet that step.
    version: 6,
    upgrade() {},
  },
  {
    // Labels can be corrected and holding out undone, with a verdict and a step of new kinds, which an earlier version
    // would call damaged.
    version: 7,
    upgrade() {},
  },
  {
    version: 8,
    upgrade(database, transaction) {
      database.createObjectStore('scenes', { keyPath: 'id' })
      transaction.objectStore('patches').createIndex('scene', 'cell.sceneId')
    },
  },
  {
    version: 9,
    upgrade(database) {
      database.createObjectStore('pointAudits', { keyPath: 'id' })
    },
  },
  {
    // The file of a patch can be replaced, with a step of a new kind, which an earlier version would call damaged.
    version: 10,
    upgrade() {},
  },
]

/**
 * Opens the records, bringing an older schema up to date first.
 *
 * @param onClosed called when the connection ended by itself: a newer version of the app opened it in another tab,
 *   or the browser cut it. Open it again on the next use.
 * @throws AppError `storage-failed`, also where the records were written by a newer version of the app.
 */
export async function openDatabase(
  name: string,
  onClosed: () => void = () => {},
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<IDBPDatabase<ProjectSchema>> {
  const newest = migrations.at(-1)?.version
  if (newest === undefined || migrations.some((step, index) => step.version !== index + 1)) {
    throw new AppError('internal', 'The storage migrations are not numbered 1, 2, 3 and so on.')
  }
  let failedStep: { cause: unknown } | null = null
  try {
    const database = await openDB<ProjectSchema>(name, newest, {
      async upgrade(upgraded, from, _to, transaction) {
        transaction.done.catch(() => undefined) // openDB rejects as well
        try {
          for (const step of migrations) {
            if (step.version > from) await step.upgrade(upgraded, transaction)
          }
        } catch (thrown) {
          failedStep = { cause: thrown }
          transaction.abort()
        }
      },
      blocking() {
        database.close()
        onClosed()
      },
      terminated: onClosed,
    })
    return database
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === 'VersionError') {
      throw new AppError(
        'storage-failed',
        'This project was saved by a newer version of Scarp: reload the page to get that version.',
        { cause: thrown },
      )
    }
    const { cause } = failedStep ?? { cause: thrown }
    throw toStorageError(failedStep ? 'Bringing the project up to date' : 'Opening the project', cause)
  }
}

export type WriteTransaction = IDBPTransaction<ProjectSchema, RecordStoreName[], 'readwrite'>

/** The records behind one connection, which is opened on first use, and again when the browser ended it. */
export interface RecordStore {
  /** @param what names the work in an error's message: "Reading the patches". */
  read<T>(what: string, work: (records: IDBPDatabase<ProjectSchema>) => Promise<T>): Promise<T>
  /** One transaction: all of it or nothing, flushed to disk before it counts as done. */
  write<T>(
    what: string,
    stores: RecordStoreName[],
    work: (transaction: WriteTransaction) => Promise<T>,
  ): Promise<T>
  /** Ends the connection; the next use opens another. */
  close(): Promise<void>
}

export function openRecordStore(name: string): RecordStore {
  let connection: Promise<IDBPDatabase<ProjectSchema>> | null = null
  const forget = () => {
    connection = null
  }
  const database = () => {
    connection ??= openDatabase(name, forget).catch(thrown => {
      forget()
      throw thrown
    })
    return connection
  }

  return {
    async close() {
      const open = connection
      forget()
      // A connection that could not be opened was reported to who asked for it.
      await open?.then(
        opened => opened.close(),
        () => undefined,
      )
    },
    async read(what, work) {
      try {
        return await work(await database())
      } catch (thrown) {
        throw toStorageError(what, thrown)
      }
    },
    async write(what, stores, work) {
      try {
        const transaction = (await database()).transaction(stores, 'readwrite', { durability: 'strict' })
        try {
          const result = await work(transaction)
          await transaction.done
          return result
        } catch (thrown) {
          transaction.done.catch(() => undefined) // the same failure, already on its way out
          if (!(thrown instanceof DOMException)) transaction.abort()
          throw transaction.error ?? thrown
        }
      } catch (thrown) {
        throw toStorageError(what, thrown)
      }
    },
  }
}
