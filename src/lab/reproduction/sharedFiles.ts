import { randomUUID } from 'node:crypto'
import { link, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeFolder } from '../../cli/node/makeFolder'

/** Writes a file that several processes may write at once: each under a name of its own first, and one of them stays. */
export async function writeShared(path: string, text: string): Promise<void> {
  await makeFolder(dirname(path))
  const aside = asideOf(path)
  try {
    await writeFile(aside, text)
    await rename(aside, path)
  } finally {
    await rm(aside, { force: true })
  }
}

/** Writes a file, complete from its first moment, unless it is there already. @returns whether it was not. */
export async function writeFirst(path: string, text: string): Promise<boolean> {
  await makeFolder(dirname(path))
  const aside = asideOf(path)
  try {
    await writeFile(aside, text)
    await link(aside, path)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return false
    throw error
  } finally {
    await rm(aside, { force: true })
  }
}

const asideOf = (path: string) => `${path}.${randomUUID().slice(0, 8)}.part`
