import { chmod, lstat, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileError } from './fileError'
import { lockHolder, takeLock } from './processLock'

const LOCK = '.scarp-lock'

/**
 * An empty folder that only this user can read, for files that outlast no command. What killed processes left beside it
 * is removed.
 *
 * @param prefix of its path; by default among the system's temporary files.
 */
export async function scratchFolder(prefix: string = join(tmpdir(), 'scarp-')): Promise<string> {
  await sweepScratch(prefix)
  const folder = await mkdtemp(prefix)
  await chmod(folder, 0o700)
  await takeLock(join(folder, LOCK), 'scratch')
  return folder
}

/** Writes a file in a scratch folder. @throws AppError as `fileError` */
export async function writeScratch(path: string, content: Uint8Array): Promise<void> {
  await writeFile(path, content).catch(thrown => {
    throw fileError(thrown, dirname(path)) ?? thrown
  })
}

/** Removes scratch folders whose process is gone: this user's, and nothing that is not marked as one. */
async function sweepScratch(prefix: string): Promise<void> {
  const parent = dirname(prefix)
  for (const name of await readdir(parent)) {
    if (!name.startsWith(basename(prefix))) continue
    const folder = join(parent, name)
    if (await isAbandoned(folder)) await rm(folder, { recursive: true, force: true })
  }
}

async function isAbandoned(folder: string): Promise<boolean> {
  // Another process may be removing it, and other users' folders cannot be looked into.
  try {
    const info = await lstat(folder)
    if (!info.isDirectory() || info.uid !== (process.getuid?.() ?? info.uid)) return false
    await lstat(join(folder, LOCK))
    return (await lockHolder(join(folder, LOCK))) === null
  } catch {
    return false
  }
}
