import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { plural, printable } from '../../core/foundation/text'
import { fileSize, naturalOrder, specialKind, unreadable } from './nodeFiles'
import { RunRecord } from './runRecord'

/** What was passed over, by why: "hidden file" and the like, each with the paths. */
export type PassedOver = Map<string, string[]>

export interface FoundFiles {
  files: string[]
  passedOver: PassedOver
}

/**
 * Every file under the given files and folders, in a stable order. In folders, links, hidden files, what is no file
 * (pipes, devices) and what earlier runs made are passed over.
 *
 * @param made whether the command's own earlier run made a file.
 * @throws AppError `file-unreadable` for a path that does not exist, or that is no file.
 */
export async function walkFiles(
  paths: readonly string[],
  made: (path: string) => boolean = () => false,
): Promise<FoundFiles> {
  const files: string[] = []
  const passedOver: PassedOver = new Map()
  const pass = (why: string, path: string) => {
    const paths = passedOver.get(why)
    if (paths) paths.push(path)
    else passedOver.set(why, [path])
  }
  const take = (path: string) => {
    if (made(path)) pass('result', path)
    else files.push(path)
  }

  const walk = async (folder: string): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch(thrown => {
      throw unreadable(folder, thrown)
    })
    for (const entry of entries.sort((a, b) => naturalOrder(a.name, b.name))) {
      const path = join(folder, entry.name)
      const why = whyPassed(entry)
      if (why === null && entry.isDirectory()) {
        const run = await RunRecord.read(path)
        if (run && !run.head.isInput) pass(`folder of ${run.head.command}`, path)
        else await walk(path)
      } else if (why === null) take(path)
      else if (why !== '') pass(why, path)
    }
  }

  for (const path of paths) {
    const info = await stat(path).catch(thrown => {
      throw unreadable(path, thrown)
    })
    if (info.isDirectory()) await walk(path)
    else {
      await fileSize(path)
      take(path)
    }
  }
  return { files, passedOver }
}

/** What macOS and Windows put into folders. */
const SYSTEM_FILES = /^(thumbs\.db|desktop\.ini|__MACOSX)$/i

/** Why an entry of a folder is passed over; '' for what is Scarp's own and not worth a word, null: it is not. */
function whyPassed(entry: Dirent): string | null {
  if (entry.name.startsWith('.scarp-')) return ''
  if (entry.name.startsWith('.') || SYSTEM_FILES.test(entry.name)) return 'hidden file'
  if (entry.isSymbolicLink()) return 'link'
  return specialKind(entry) === null ? null : 'special file'
}

const NAMED = 3

/** "Left out 12 links: a.h5, b.h5, c.h5 and 9 more. Give what they lead to." */
export function describePassedOver(passedOver: PassedOver): string[] {
  return [...passedOver].map(([why, paths]) => {
    const names = paths.slice(0, NAMED).map(path => printable(path))
    const more = paths.length > NAMED ? ` and ${paths.length - NAMED} more` : ''
    const many = why.startsWith('folder of') ? why.replace('folder', 'folders') : undefined
    const advice =
      why === 'link' ? ' Give what they lead to.' : why === 'hidden file' ? ' Give them by name.' : ''
    return `Left out ${plural(paths.length, why, many)}: ${names.join(', ')}${more}.${advice}`
  })
}
