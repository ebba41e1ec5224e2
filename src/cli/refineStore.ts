import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RoundStore } from '../core/refinement/roundInput'
import { ENSEMBLE } from '../core/refinement/targetLabels'
import { writeAtomically } from './writeAtomically'

/**
 * A round's probabilities as raw float32 files. Until this process has written a patch's new ensemble mean, "ensemble"
 * is that of the round before: what a resumed round learns from is what it learned from when it began.
 */
export function createRefineStore(
  folderOf: (round: number) => string,
  round: number,
  fileOf: (patchId: string) => string,
): RoundStore {
  const renewed = new Set<string>()
  const place = (of: number, patchId: string, modelId: string) =>
    join(folderOf(of), modelId, `${fileOf(patchId)}.f32`)
  return {
    readMask: async () => null,
    async readProbability(patchId, modelId) {
      const of = modelId === ENSEMBLE && !renewed.has(patchId) ? round - 1 : round
      const file = await readFile(place(of, patchId, modelId)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null
        throw error
      })
      return file && new Float32Array(new Uint8Array(file).buffer)
    },
    async writeProbability(patchId, modelId, probability) {
      const bytes = new Uint8Array(probability.buffer, probability.byteOffset, probability.byteLength)
      await writeAtomically(place(round, patchId, modelId), bytes)
      if (modelId === ENSEMBLE) renewed.add(patchId)
    },
  }
}
