import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ENSEMBLE } from '../../core/rounds/ensemble'
import type { RoundStore, RoundTrainingCheckpoint } from '../../engine'
import { readIfThere, writeAtomically } from './nodeFiles'

/**
 * A round's probabilities as raw float32 files. Until this process has written a patch's new ensemble mean, "ensemble"
 * is that of the round before: a resumed round learns from the same labels as when it started.
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
      const file = await readIfThere(place(of, patchId, modelId))
      return file && new Float32Array(file.buffer)
    },
    async writeProbability(patchId, modelId, probability) {
      const bytes = new Uint8Array(probability.buffer, probability.byteOffset, probability.byteLength)
      await writeAtomically(place(round, patchId, modelId), bytes)
      if (modelId === ENSEMBLE) renewed.add(patchId)
    },
  }
}

/**
 * The state of the network in training as `<folder>/<family>.checkpoint`, written completely or not at all: a process
 * that is killed loses the steps after the last one.
 *
 * @param seconds between two checkpoints; 0: after every step.
 * @param now a clock in milliseconds.
 */
export function fileCheckpoint(folder: string, seconds: number, now: () => number): RoundTrainingCheckpoint {
  const path = (family: string) => join(folder, `${family}.checkpoint`)
  let last = now()
  return {
    read: family => readIfThere(path(family)),
    async write(family, bytes) {
      await writeAtomically(path(family), bytes)
      last = now()
    },
    clear: family => rm(path(family), { force: true }),
    due: () => now() - last >= seconds * 1000,
  }
}
