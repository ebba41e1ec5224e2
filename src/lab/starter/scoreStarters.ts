import type { CommandIo } from '../../cli/node/commandIo'
import { PatchSpool } from '../../cli/node/patchSpool'
import { throwIfAborted } from '../../core/foundation/appError'
import type { BandStatistics } from '../../core/patches/statistics'
import { ENSEMBLE } from '../../core/rounds/ensemble'
import { type SegmentationMetrics, scores } from '../../core/rounds/metrics'
import { type ModelManifest, maskThresholdOf } from '../../core/rounds/modelManifest'
import { countsAt } from '../../core/rounds/probabilityTally'
import { benchmarkProject } from '../../core/synthetic/benchmarkProject'
import type { PatchProvider } from '../../engine/refinement/patchProvider'
import type { ModelFiles } from '../../engine/refinement/roundInput'
import { loadModels, type RuleTallies } from './ruleScores'
import type { StarterSet } from './starterSets'

/** Labelled patches that no starter learned from. */
export interface ScoredSet {
  title: string
  patches: PatchProvider
  statistics: BandStatistics
  remove(): Promise<void>
}

/** Target patches of the ablation's benchmark, with a seed that no training here uses. */
const BENCHMARK = { seed: 1000, sourceCount: 0, targetCount: 24 }

export async function benchmarkSet(io: CommandIo): Promise<ScoredSet> {
  const spool = await PatchSpool.temporary()
  for (const { patch, truth } of benchmarkProject(BENCHMARK)) {
    throwIfAborted(io.signal)
    await spool.add({ ...patch, label: truth })
  }
  return {
    title: `Generated target region, shifted as real sets are (benchmark, seed ${BENCHMARK.seed})`,
    patches: spool.provider(() => true),
    statistics: spool.statisticsOf('target'),
    remove: () => spool.remove(),
  }
}

/** The held-out patches of a training set. */
export function heldOutSet({ title, heldOut, heldOutStatistics, remove }: StarterSet): ScoredSet {
  return { title: `${title}, held out`, patches: heldOut, statistics: heldOutStatistics, remove }
}

/** One network, or "ensemble", on one set. */
export interface StarterScore {
  set: string
  patches: number
  model: string
  metrics: SegmentationMetrics
}

/**
 * Scores every model and the mean of their probabilities on every set, as `scarp predict` would map it by default: the
 * set's statistics drawn towards the model's, masks from the models' threshold.
 */
export async function scoreStarters(
  models: readonly ModelFiles[],
  sets: readonly ScoredSet[],
  io: CommandIo,
): Promise<StarterScore[]> {
  const rows: StarterScore[] = []
  const loaded = await loadModels(models, io.signal)
  try {
    for (const { title, patches, statistics } of sets) {
      const [{ tallies }] = (await loaded.score(patches, statistics, ['auto'])) as [RuleTallies]
      const add = (model: string, name: string, manifests: readonly ModelManifest[]) => {
        const metrics = scores(countsAt(tallies[name]!, maskThresholdOf(manifests)))
        rows.push({ set: title, patches: patches.ids.length, model, metrics })
      }
      for (const manifest of loaded.manifests) add(manifest.id, manifest.family, [manifest])
      if (models.length > 1) add(ENSEMBLE, ENSEMBLE, loaded.manifests)
    }
  } finally {
    loaded.dispose()
  }
  return rows
}

/** As a Markdown table, one line per model and set. */
export function starterScoreLines(rows: readonly StarterScore[]): string[] {
  const percent = (value: number | null) => (value === null ? 'undefined' : (100 * value).toFixed(1))
  return [
    '| scored on | patches | model | F1 % | precision % | recall % | IoU % |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map(
      ({ set, patches, model, metrics: { f1, precision, recall, iou } }) =>
        `| ${set} | ${patches} | ${model} | ${[f1, precision, recall, iou].map(percent).join(' | ')} |`,
    ),
  ]
}
