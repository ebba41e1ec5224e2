import { AppError, type ErrorCode } from '../../core/foundation/appError'

/** What a system's error means, and what to do: for a path in quotes, or for "a file" where it is unknown. */
const SENTENCES: Record<string, [ErrorCode, (path: string) => string]> = {
  ENOSPC: [
    'storage-full',
    path => `The disk of ${path} is full. Free space on it, or write to another disk.`,
  ],
  EDQUOT: [
    'storage-full',
    path => `Your quota on the disk of ${path} is used up. Free space there, or write to another disk.`,
  ],
  EROFS: ['storage-failed', path => `The disk of ${path} is read-only. Write to another disk.`],
  EACCES: [
    'storage-failed',
    path => `There is no permission for ${path}. Change its permissions, or choose another place.`,
  ],
  EPERM: [
    'storage-failed',
    path => `There is no permission for ${path}. Change its permissions, or choose another place.`,
  ],
  ENOTDIR: ['bad-argument', path => `A part of the path of ${path} is a file, not a folder. Check the path.`],
  EEXIST: ['bad-argument', path => `There is a file where the folder ${path} should be. Check the path.`],
  EISDIR: ['bad-argument', path => `There is a folder where the file ${path} should be. Check the path.`],
  ENAMETOOLONG: [
    'bad-argument',
    path => `The name of ${path} is too long for its disk. Choose a shorter one.`,
  ],
  ELOOP: ['bad-argument', path => `${path} is a link that leads back to itself. Check the path.`],
  ENOENT: ['storage-failed', path => `${path} does not exist, or was removed meanwhile. Check the path.`],
  EIO: ['storage-failed', path => `The disk of ${path} cannot be read or written. Check the disk.`],
  EMFILE: ['storage-failed', () => 'Too many files are open at once. Raise the limit with ulimit -n.'],
  ENFILE: ['storage-failed', () => 'Too many files are open on this machine. Close other programs.'],
}

/**
 * An error of the file system in words; null for anything else.
 *
 * @param path where the error does not name its own.
 */
export function fileError(thrown: unknown, path?: string): AppError | null {
  if (!(thrown instanceof Error) || thrown instanceof AppError) return null
  const { code, path: own, syscall } = thrown as NodeJS.ErrnoException
  const found = SENTENCES[code ?? '']
  if (!found || syscall === undefined) return null
  const [kind, sentence] = found
  const named = path ?? own
  const message = sentence(named === undefined ? 'a file' : `"${named}"`)
  return new AppError(kind, message[0]!.toUpperCase() + message.slice(1), { cause: thrown })
}
