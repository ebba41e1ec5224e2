import { open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { AppError, withReason } from '../../core/foundation/appError'
import { printable } from '../../core/foundation/text'
import type { InputFile } from '../../core/raster/inputFile'
import { fileError } from './fileError'
import { makeFolder } from './makeFolder'
import { noteFile } from './runRecord'

export function pathKind(path: string): Promise<'file' | 'folder' | null> {
  return stat(path).then(
    info => (info.isDirectory() ? 'folder' : info.isFile() ? 'file' : null),
    () => null,
  )
}

/**
 * The folder itself if it holds a file of that name, else its subfolders that do, in the order of their names; null where
 * there is no such folder.
 */
export async function foldersWith(folder: string, fileName: string): Promise<string[] | null> {
  if ((await pathKind(folder)) !== 'folder') return null
  const holds = async (path: string) => (await pathKind(join(path, fileName))) === 'file'
  if (await holds(folder)) return [folder]
  const found: string[] = []
  for (const name of (await readdir(folder)).sort(naturalOrder)) {
    if (await holds(join(folder, name))) found.push(join(folder, name))
  }
  return found
}

/**
 * The size of a file.
 *
 * @throws AppError `file-unreadable` where it cannot be read, or is a pipe, a device or a socket, whose reading may never
 *   end.
 */
export async function fileSize(path: string): Promise<number> {
  const info = await stat(path).catch(thrown => {
    throw unreadable(path, thrown)
  })
  const kind = specialKind(info)
  if (kind)
    throw new AppError('file-unreadable', `"${path}" is ${kind}, not a file. Give a file or a folder.`)
  return info.size
}

/** "a pipe", where it is neither file nor folder. */
export function specialKind(info: {
  isFIFO(): boolean
  isSocket(): boolean
  isFile(): boolean
  isDirectory(): boolean
}): string | null {
  if (info.isFile() || info.isDirectory()) return null
  return info.isFIFO() ? 'a pipe' : info.isSocket() ? 'a socket' : 'a device'
}

const REASONS: Record<string, string> = {
  ENOENT: 'does not exist. Check the path.',
  ENOTDIR: 'does not exist. Check the path.',
  EACCES: 'may not be read by you. Change its permissions.',
  EPERM: 'may not be read by you. Change its permissions.',
}

/** `file-unreadable` with the reason. */
export function unreadable(path: string, thrown: unknown): AppError {
  const { code } = thrown as NodeJS.ErrnoException
  const known = REASONS[code ?? '']
  const message = known
    ? `"${path}" ${known}`
    : withReason(`"${path}" cannot be read. Check the path and the disk.`, thrown)
  return new AppError('file-unreadable', message, { cause: thrown })
}

/**
 * The bytes of a file that a person named.
 *
 * @throws AppError as `fileSize`
 */
export async function readNamedFile(path: string): Promise<Uint8Array> {
  await fileSize(path)
  return readFile(path).catch(thrown => {
    throw unreadable(path, thrown)
  })
}

/** A file's bytes; null where there is none. They do not share their buffer, as Node's own small reads do. */
export async function readIfThere(path: string): Promise<Uint8Array<ArrayBuffer> | null> {
  const file = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  return file && new Uint8Array(file)
}

/** "image_2" before "image_10", the same on every machine. */
export function naturalOrder(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0)
}

const collator = new Intl.Collator('en', { numeric: true })

/**
 * A file on disk as an input file. Each range opens and closes the file: thousands of inputs keep no descriptor open.
 *
 * @param root where given, `path` is relative to it, with forward slashes.
 * @throws AppError `file-unreadable`.
 */
export async function nodeInput(path: string, root?: string): Promise<InputFile> {
  const shown = printable(root === undefined ? path : relative(root, resolve(path)).split(sep).join('/'))
  const size = await fileSize(path)
  return {
    path: shown,
    size,
    async slice(begin, end) {
      const length = Math.max(0, Math.min(end, size) - begin)
      const bytes = new Uint8Array(length)
      try {
        const handle = await open(path)
        try {
          let filled = 0
          while (filled < length) {
            const { bytesRead } = await handle.read(bytes, filled, length - filled, begin + filled)
            if (bytesRead === 0) break
            filled += bytesRead
          }
          return filled < length ? bytes.slice(0, filled) : bytes
        } finally {
          await handle.close()
        }
      } catch (thrown) {
        throw unreadable(path, thrown)
      }
    },
  }
}

/**
 * Writes a file completely or not at all: under another name first, then renamed. Makes the folders.
 *
 * @throws AppError as `fileError`
 */
export async function writeAtomically(path: string, content: Uint8Array | string): Promise<void> {
  await writeAside(path, aside => writeFile(aside, content))
}

/** `writeAtomically` for what is written piece by piece: to the name that `write` gets. */
export async function writeAside(path: string, write: (aside: string) => Promise<void>): Promise<void> {
  const aside = `${path}.part`
  try {
    await makeFolder(dirname(path))
    await noteFile(path)
    await write(aside)
    await rename(aside, path)
  } catch (thrown) {
    // A full disk is not made fuller, and nobody needs half a file.
    await rm(aside, { force: true }).catch(() => {})
    throw fileError(thrown, path) ?? thrown
  }
}

/** `writeAtomically` for an indented JSON document. */
export function writeJson(path: string, value: unknown): Promise<void> {
  return writeAtomically(path, `${JSON.stringify(value, null, 2)}\n`)
}
