import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../core/foundation/appError'

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

/** "image_2" before "image_10", on every machine alike. */
export function naturalOrder(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0)
}

const collator = new Intl.Collator('en', { numeric: true })
