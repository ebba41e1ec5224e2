import { AppError, throwIfAborted } from '../../core/foundation/appError'
import type { CommandIo } from '../node/commandIo'
import { fileHash, type Run, type RunInput } from './manifest'

/**
 * Whether the files of an input are those that were planned.
 *
 * @throws AppError `file-unreadable` where one is gone, `bad-argument` where it is another, `aborted`
 */
export async function checkInput({ manifest }: Run, input: RunInput, io: CommandIo): Promise<void> {
  for (const file of [...input.files, ...manifest.shared]) {
    throwIfAborted(io.signal)
    const found = await fileHash(file.path).catch(cause => {
      throw new AppError(
        'file-unreadable',
        `"${file.path}" cannot be read. Check that this machine has it.`,
        { cause },
      )
    })
    if (found.sha256 !== file.sha256) {
      throw new AppError('bad-argument', `"${file.path}" is not the file that was planned: plan a new run.`)
    }
  }
}
