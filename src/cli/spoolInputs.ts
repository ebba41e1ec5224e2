import { isAbsolute, relative, sep } from 'node:path'
import { type ImportResult, importPatches } from '../core/patches/importPatches'
import type { Domain } from '../core/patches/patch'
import type { CommandIo } from './command'
import { nodeInput } from './nodeInput'
import type { PatchSpool } from './patchSpool'
import { walkFiles } from './walkFiles'

/**
 * Reads files and folders into the spool, and says on stderr which were refused and why.
 *
 * @throws AppError `file-unreadable` for a path that does not exist, `aborted`
 */
export async function spoolInputs(
  paths: readonly string[],
  domain: Domain,
  spool: PatchSpool,
  io: CommandIo,
): Promise<ImportResult> {
  const files = await Promise.all((await walkFiles(paths)).map(path => nodeInput(path, rootOf(paths, path))))
  const result = await importPatches(files, {
    domain,
    onPatch: async patch => void (await spool.add(patch)),
    context: { signal: io.signal, onProgress: progress => io.progress.update(progress) },
  })
  io.progress.clear()
  for (const { path, message } of result.refused) io.note(`Refused ${path}: ${message}`)
  return result
}

/** The given path that holds the file: what is shown and paired is relative to it. */
function rootOf(paths: readonly string[], file: string): string | undefined {
  return paths.find(path => {
    const inside = relative(path, file)
    return inside !== '' && !isAbsolute(inside) && !inside.startsWith(`..${sep}`)
  })
}

/** Output base names, one a patch: a second patch of the same name gets "-2". */
export function uniqueNames(names: readonly string[]): string[] {
  const seen = new Map<string, number>()
  return names.map(name => {
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    return count === 1 ? name : `${name}-${count}`
  })
}
