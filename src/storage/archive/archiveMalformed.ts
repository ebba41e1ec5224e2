import { AppError } from '../../core/foundation/appError'

/** The refusal of an archive that is not whole. */
export function archiveMalformed(path: string, what: string, cause?: unknown): AppError {
  return new AppError(
    'file-malformed',
    `"${path}" is no whole project archive: ${what}. The project here is as it was; choose another copy of the file.`,
    { cause },
  )
}
