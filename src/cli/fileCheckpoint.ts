import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { RoundTrainingCheckpoint } from '../core/refinement/roundInput'
import { writeAtomically } from './writeAtomically'

/**
 * The state of the network under way as `<folder>/<family>.checkpoint`, written whole or not at all: a process that is
 * killed loses what came after the last one.
 *
 * @param seconds between two of them; 0: after every step.
 * @param now a clock in milliseconds.
 */
export function fileCheckpoint(folder: string, seconds: number, now: () => number): RoundTrainingCheckpoint {
  const path = (family: string) => join(folder, `${family}.checkpoint`)
  let last = now()
  return {
    async read(family) {
      const file = await readFile(path(family)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null
        throw error
      })
      // A copy of its own: small reads come from a shared buffer at odd offsets.
      return file && new Uint8Array(file)
    },
    async write(family, bytes) {
      await writeAtomically(path(family), bytes)
      last = now()
    },
    clear: family => rm(path(family), { force: true }),
    due: () => now() - last >= seconds * 1000,
  }
}
