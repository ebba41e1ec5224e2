import { AppError, throwIfAborted } from '../../core/foundation/appError'
import type { CommandIo } from '../node/commandIo'
import { fileHash, type Run, type RunInput } from './manifest'

/**
 * Whether the files of an input are those that were planned, and those that all inputs share, which are read once.
 *
 * @returns what checks an input. @throws AppError `file-unreadable` where a file is gone, `bad-argument` where it is another,
 *   `aborted`
 */
export function inputChecker({ manifest }: Run, io: CommandIo): (input: RunInput) => Promise<void> {
  const known = new Set<string>()
  return async input => {
    for (const { path, sha256 } of [...input.files, ...manifest.shared]) {
      if (known.has(path)) continue
      throwIfAborted(io.signal)
      const found = await fileHash(path).catch(cause => {
        throw new AppError('file-unreadable', `"${path}" cannot be read. Check that this machine has it.`, {
          cause,
        })
      })
      if (found.sha256 !== sha256) {
        throw new AppError('bad-argument', `"${path}" is not the file that was planned: plan a new run.`)
      }
    }
    for (const { path } of manifest.shared) known.add(path)
  }
}
