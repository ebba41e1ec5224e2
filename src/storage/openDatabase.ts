import { type IDBPDatabase, openDB } from 'idb'
import { AppError } from '../core/foundation/appError'
import { MIGRATIONS, type Migration, type ProjectSchema } from './migrations'
import { toStorageError } from './storageError'

/**
 * Opens the records, bringing an older schema up to date first.
 *
 * @param onClosed called when the connection ended by itself: a newer version of the app opened it in another tab,
 *   or the browser cut it. Open anew on the next use.
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
