import { AppError } from '../core/foundation/appError'

/** The refusal to overwrite what is written once. */
export function immutableRecord(what: string, id: string): AppError {
  return new AppError(
    'bad-argument',
    `There is already a ${what} "${id}", and it is never overwritten: reload the page if another tab wrote it.`,
  )
}
