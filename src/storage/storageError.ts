import { AppError } from '../core/foundation/appError'

/**
 * What a browser's storage threw, as an AppError: `storage-full` for an exhausted quota, else `storage-failed`.
 *
 * @param what what was being done, for the message: "Saving a mask".
 */
export function toStorageError(what: string, thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown
  if (nameOf(thrown) === 'QuotaExceededError') {
    return new AppError(
      'storage-full',
      `${what} failed: the browser's storage for this site is full. Free disk space, or export the masks and ` +
        'remove patches, then try again.',
      { cause: thrown },
    )
  }
  return new AppError('storage-failed', `${what} failed. Reload the page and try again.`, { cause: thrown })
}

function nameOf(thrown: unknown): string | null {
  return typeof thrown === 'object' && thrown !== null && 'name' in thrown ? String(thrown.name) : null
}

/** The refusal to overwrite what is written once. */
export function immutableRecord(what: string, id: string): AppError {
  return new AppError(
    'bad-argument',
    `There is already a ${what} "${id}", and it is never overwritten: reload the page if another tab wrote it.`,
  )
}
