import { mkdir, open, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { AppError } from '../../core/foundation/appError'
import type { InputFile } from '../../core/raster/inputFile'

/**
 * Every file under the given files and folders, hidden ones left out, in a stable order.
 *
 * @throws AppError `file-unreadable` for a path that does not exist.
 */
export async function walkFiles(paths: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const path of paths) {
    const info = await stat(path).catch(cause => {
      throw new AppError('file-unreadable', `"${path}" does not exist or cannot be read.`, { cause })
    })
    if (!info.isDirectory()) {
      found.push(path)
      continue
    }
    const entries = await readdir(path, { withFileTypes: true })
    const names = entries
      .filter(entry => !entry.name.startsWith('.') && (entry.isFile() || entry.isDirectory()))
      .map(entry => entry.name)
      .sort(naturalOrder)
    found.push(...(await walkFiles(names.map(name => join(path, name)))))
  }
  return found
}

export function pathKind(path: string): Promise<'file' | 'folder' | null> {
  return stat(path).then(
    info => (info.isDirectory() ? 'folder' : 'file'),
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
  const unreadable = (thrown: unknown) =>
    new AppError(
      'file-unreadable',
      `"${path}" cannot be read (${thrown instanceof Error ? thrown.message : String(thrown)}).`,
      { cause: thrown },
    )
  const shown = root === undefined ? path : relative(root, resolve(path)).split(sep).join('/')
  try {
    const { size } = await stat(path)
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
          throw unreadable(thrown)
        }
      },
    }
  } catch (thrown) {
    throw unreadable(thrown)
  }
}

/** Writes a file completely or not at all: under another name first, then renamed. Makes the folders. */
export async function writeAtomically(path: string, content: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const aside = `${path}.part`
  await writeFile(aside, content)
  await rename(aside, path)
}

/** `writeAtomically` for an indented JSON document. */
export function writeJson(path: string, value: unknown): Promise<void> {
  return writeAtomically(path, `${JSON.stringify(value, null, 2)}\n`)
}
