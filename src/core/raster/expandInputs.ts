import { AppError, throwIfAborted, toAppError } from '../foundation/appError'
import { plural } from '../foundation/text'
import type { FileNote } from './fileNote'
import { type InputFile, sniffFile } from './inputFile'
import {
  readZipDirectory,
  readZipMember,
  STORED,
  storedMember,
  streamZipMember,
  tooManyMembers,
  type ZipMember,
} from './zipArchive'

/** What an archive may hold before it is refused. */
interface ZipLimits {
  members: number
  /** Members of an archive that `onZip` may still decide on; at least `members`. */
  listed: number
  /** Unpacked size of one member, bytes. */
  memberBytes: number | ((path: string) => number)
  /** Unpacked size of all members, bytes; of the archive's own size, as long as that is more. */
  totalBytes: number
  totalRatio: number
  /** Unpacked over packed size of one member above 1 MB: rasters pack 2 to 200 times, bombs 1000 times. */
  ratio: number
  /** Unpacked size of a deflated member above which it goes to `spool`. */
  spoolBytes: number
}

/** Unpacked size of one member, bytes: a deflated one is held in memory whole, unless there is a spool. */
export const MEMBER_BYTES = 512 * 2 ** 20

const DEFAULT_LIMITS: ZipLimits = {
  members: 20_000,
  listed: 20_000,
  memberBytes: MEMBER_BYTES,
  totalBytes: 2 ** 30,
  totalRatio: 50,
  ratio: 500,
  spoolBytes: 64 * 2 ** 20,
}

export interface ExpandOptions {
  limits?: Partial<ZipLimits>
  /** Called for each archive or member that can't be opened; without it the first error is thrown. */
  onRefused?: (path: string, error: AppError) => void
  /** Called for each hidden file that is passed over, and once for an archive that holds some. */
  onHidden?: (path: string, note: FileNote) => void
  /** Reads hidden files too, other than members of archives: they were given by name. */
  keepHidden?: boolean
  /** Decides on an archive by its list of members: false passes it over, what it throws refuses it. */
  onZip?: (archive: InputFile, members: readonly ZipMember[]) => boolean
  /**
   * Keeps a large deflated member elsewhere than in memory: called once, when its first byte is asked for. Its chunks
   * throw where the member is damaged, and whatever was kept until then is of no use.
   */
  spool?: (path: string, size: number, chunks: AsyncIterable<Uint8Array>) => Promise<InputFile>
  signal?: AbortSignal
}

/**
 * Passes files through and opens zip archives, recognised by content. Stored members are sliced from the archive, others
 * are unpacked only when they are read, one at a time. Folders, hidden files, `__MACOSX` and archives inside archives are passed over; names are reduced to
 * plain relative paths, and nothing is ever written to disk under them.
 *
 * @throws AppError `file-malformed`, `file-too-large`, `file-unsupported` where `onRefused` is not given; `aborted`.
 */
export async function* expandInputs(
  files: readonly InputFile[],
  options: ExpandOptions = {},
): AsyncGenerator<InputFile> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const refuse = (path: string, thrown: unknown) => {
    const error = toAppError(thrown, 'file-unreadable')
    if (!options.onRefused || error.code === 'aborted') throw error
    options.onRefused(path, error)
  }
  for (const file of files) {
    throwIfAborted(options.signal)
    if (!options.keepHidden && isHidden(file.path)) {
      options.onHidden?.(file.path, { reason: 'hidden', message: 'It is hidden: left out.' })
      continue
    }
    let members: ZipMember[] | null = null
    try {
      if ((await sniffFile(file)).format === 'zip') {
        members = await readZipDirectory(file, limits.listed)
        if (options.onZip?.(file, members) === false) continue
        if (members.length > limits.members) throw tooManyMembers(file.path, members.length, limits.members)
      }
    } catch (thrown) {
      refuse(file.path, thrown)
      continue
    }
    if (!members) {
      yield file
      continue
    }
    const unpack = lastUnpacked(file, options.signal)
    const mostBytes = Math.max(limits.totalBytes, limits.totalRatio * file.size)
    let total = 0
    const hidden: string[] = []
    for (const member of members) {
      throwIfAborted(options.signal)
      const name = safePath(member.name)
      if (name === '' || member.name.endsWith('/')) continue
      if (isHidden(name)) {
        hidden.push(name)
        continue
      }
      const path = `${file.path}/${name}`
      const bomb = member.bytes > 2 ** 20 && member.bytes > limits.ratio * Math.max(1, member.compressedBytes)
      const most = typeof limits.memberBytes === 'number' ? limits.memberBytes : limits.memberBytes(path)
      if (bomb || member.bytes > most) {
        refuse(
          path,
          new AppError(
            'file-too-large',
            `"${path}" would unpack from ${member.compressedBytes} to ${member.bytes} bytes; unpack it yourself.`,
          ),
        )
        continue
      }
      total += member.bytes
      if (total > mostBytes) {
        refuse(
          file.path,
          new AppError(
            'file-too-large',
            `"${file.path}" unpacks to more than ${mostBytes} bytes; unpack it yourself.`,
          ),
        )
        break
      }
      if (member.method === STORED) yield storedMember(file, member, path, options.signal)
      else if (options.spool && member.bytes > limits.spoolBytes)
        yield spooledMember(file, member, path, options.spool, options.signal)
      else {
        yield {
          path,
          size: member.bytes,
          slice: async (begin, end) => (await unpack(member, path)).slice(begin, Math.min(end, member.bytes)),
        }
      }
    }
    if (hidden.length > 0) options.onHidden?.(file.path, noteOfHidden(hidden))
  }
}

const NAMED = 3

/** "Left out 12 hidden files in it: a.h5, b.h5, c.h5 and 9 more. Unpack it to add them." */
function noteOfHidden(names: readonly string[]): FileNote {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : ''
  const which = names.slice(0, NAMED).join(', ')
  const message = `Left out ${plural(names.length, 'hidden file')} in it: ${which}${more}. Unpack it and rename them to add them.`
  return { reason: 'hidden', message }
}

/** A member that is unpacked to where `spool` keeps it, once; a second try follows one that failed. */
function spooledMember(
  archive: InputFile,
  member: ZipMember,
  path: string,
  spool: NonNullable<ExpandOptions['spool']>,
  signal: AbortSignal | undefined,
): InputFile {
  let spooling: Promise<InputFile> | null = null
  return {
    path,
    size: member.bytes,
    async slice(begin, end) {
      spooling ??= spool(path, member.bytes, streamZipMember(archive, member, path, signal)).catch(thrown => {
        spooling = null
        throw thrown
      })
      return (await spooling).slice(begin, Math.min(end, member.bytes))
    },
  }
}

/** Keeps the member read last, since a raster is read by many small ranges. */
function lastUnpacked(
  archive: InputFile,
  signal: AbortSignal | undefined,
): (member: ZipMember, path: string) => Promise<Uint8Array> {
  let last: { member: ZipMember; bytes: Promise<Uint8Array> } | null = null
  return (member, path) => {
    if (last?.member !== member) last = { member, bytes: readZipMember(archive, member, path, signal) }
    return last.bytes
  }
}

/** "../../etc/x.tif", "C:\\x.tif" and "/x.tif" become "etc/x.tif" and "x.tif"; control characters become "_". */
function safePath(name: string): string {
  return name
    .replaceAll('\\', '/')
    .replace(/\p{Cc}/gu, '_')
    .split('/')
    .filter(part => part !== '' && part !== '.' && part !== '..' && !/^[A-Za-z]:$/.test(part))
    .join('/')
}

function isHidden(path: string): boolean {
  const parts = path.split('/')
  const name = parts.at(-1) ?? ''
  return parts.includes('__MACOSX') || name.startsWith('.') || /^(thumbs\.db|desktop\.ini)$/i.test(name)
}
