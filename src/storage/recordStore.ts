import type { IDBPDatabase, IDBPTransaction, StoreNames } from 'idb'
import type { ProjectSchema } from './migrations'
import { openDatabase } from './openDatabase'
import { toStorageError } from './storageError'

export type RecordStoreName = StoreNames<ProjectSchema>
export type WriteTransaction = IDBPTransaction<ProjectSchema, RecordStoreName[], 'readwrite'>

/** The records behind one connection, which is made on first use and made anew when the browser ended it. */
export interface RecordStore {
  /** @param what names the work in an error's message: "Reading the patches". */
  read<T>(what: string, work: (records: IDBPDatabase<ProjectSchema>) => Promise<T>): Promise<T>
  /** One transaction: all of it or nothing, flushed to disk before it counts as done. */
  write<T>(
    what: string,
    stores: RecordStoreName[],
    work: (transaction: WriteTransaction) => Promise<T>,
  ): Promise<T>
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
