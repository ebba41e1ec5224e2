import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { AppError, toAppError } from '../core/foundation/appError'
import { type DistributionReport, distributionGuard } from '../core/patches/distributionGuard'
import { type BandStatistics, shiftStrength, statisticsShift } from '../core/patches/statistics'
import { learnedMeans, parseManifest } from '../core/rounds/modelManifest'
import type { CommandIo } from './node/commandIo'
import { modelPaths } from './node/modelFolders'

/** Statistics that one or several models were trained with: their labelled sets, and the target that they adapted to. */
export interface TrainedStatistics {
  /** Ids of the models that share them. */
  models: string[]
  sets: BandStatistics[]
}

/**
 * Statistics from the manifests of the model folders in `folder` (or of the folder itself); weights are not read.
 *
 * @param onDamaged called for a manifest that cannot be read; the others count.
 * @throws AppError `bad-argument` where there is no such folder.
 */
export async function modelStatistics(
  folder: string,
  onDamaged: (path: string, message: string) => void,
): Promise<TrainedStatistics[]> {
  const known = new Map<string, TrainedStatistics>()
  for (const path of await modelPaths(folder)) {
    const manifest = join(path, 'manifest.json')
    try {
      const { statistics } = parseManifest(new Uint8Array(await readFile(manifest)))
      const { source, target, others = [] } = statistics
      const sets = [source, target, ...others].flatMap(set => (set && set.count > 0 ? [set] : []))
      if (sets.length === 0) continue
      const key = JSON.stringify(sets)
      const same: TrainedStatistics = known.get(key) ?? { models: [], sets }
      same.models.push(basename(path))
      known.set(key, same)
    } catch (thrown) {
      onDamaged(manifest, toAppError(thrown, 'model-invalid').message)
    }
  }
  return [...known.values()]
}

/**
 * [14] mean of what the models that ship learned from, raw units: it stands for bands that a product does not have.
 *
 * @throws AppError `bad-argument` where they are gone.
 */
export async function shippedMeans(root: string): Promise<readonly number[]> {
  const [first] = await modelStatistics(join(root, 'models'), () => {})
  if (!first) throw new AppError('bad-argument', 'The models that ship with Scarp are gone: set it up again.')
  return first.sets[0]!.mean
}

/** [14] mean of what the models learned from (`learnedMeans`), else of what those that ship did; raw units. */
export async function meansOf(
  models: Parameters<typeof learnedMeans>[0],
  io: Pick<CommandIo, 'root'>,
): Promise<readonly number[]> {
  return learnedMeans(models) ?? shippedMeans(io.root)
}

/** How an input compares with what some models were trained with. */
export interface ModelComparison extends DistributionReport {
  models: string[]
}

/** One comparison per distinct training; of a model's sets the nearest counts. */
export function compareWithModels(
  input: BandStatistics,
  trained: readonly TrainedStatistics[],
): ModelComparison[] {
  return trained.flatMap(({ models, sets }) => {
    const fitting = sets.filter(({ mean }) => mean.length === input.mean.length)
    const distance = (set: BandStatistics) => shiftStrength(statisticsShift(input, set))
    const [nearest] = fitting.sort((a, b) => distance(a) - distance(b))
    return nearest ? [{ models, ...distributionGuard(input, nearest) }] : []
  })
}
