import { lstat, mkdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

/**
 * Makes a folder and those above it. Of a read-only disk Node says that the folder does not exist (ENOENT): the first
 * one that is missing is then asked for by itself, of which the system says why.
 *
 * @returns the first folder that was made; undefined: all were there.
 * @throws the system's error, for `fileError`
 */
export async function makeFolder(path: string, mode?: number): Promise<string | undefined> {
  const make = () => mkdir(path, { recursive: true, mode })
  try {
    return await make()
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown
    const first = await firstMissing(resolve(path))
    await mkdir(first, { mode })
    return (await make()) ?? first
  }
}

async function firstMissing(path: string): Promise<string> {
  const above = dirname(path)
  const isThere = await lstat(above).catch(() => null)
  return isThere || above === path ? path : firstMissing(above)
}
