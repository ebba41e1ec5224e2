import type { CommandIo } from '../../cli/node/commandIo'
import { PatchSpool } from '../../cli/node/patchSpool'
import { throwIfAborted } from '../../core/foundation/appError'
import type { BandStatistics } from '../../core/patches/statistics'
import { ENSEMBLE, ensembleMean } from '../../core/rounds/ensemble'
import type { SegmentationMetrics } from '../../core/rounds/metrics'
import { benchmarkProject } from '../../core/synthetic/benchmarkProject'
import { loadModelFolder } from '../../engine/models/folder/modelFolder'
import { pooledScores } from '../../engine/refinement/heldOutScores'
import type { PatchProvider } from '../../engine/refinement/patchProvider'
import { predictPatches } from '../../engine/refinement/predictPatches'
import type { ModelFiles } from '../../engine/refinement/roundInput'
import type { StarterSet } from './starterSets'

/** Labelled patches that no starter learned from. */
export interface ScoredSet {
  title: string
  patches: PatchProvider
  statistics: BandStatistics
  /** The benchmark's target is another region and is normalised by its own statistics. */
  domain: 'source' | 'target'
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
    domain: 'target',
    remove: () => spool.remove(),
  }
}

/** The held-out patches of a training set. */
export function heldOutSet({ title, heldOut, statistics, remove }: StarterSet): ScoredSet {
  return { title: `${title}, held out`, patches: heldOut, statistics, domain: 'source', remove }
}

/** One network, or "ensemble", on one set. */
export interface StarterScore {
  set: string
  patches: number
  model: string
  metrics: SegmentationMetrics
}

/** Scores every model and the mean of their probabilities on every set, a pixel being landslide from p >= 0.5. */
export async function scoreStarters(
  models: readonly ModelFiles[],
  sets: readonly ScoredSet[],
  io: CommandIo,
): Promise<StarterScore[]> {
  const rows: StarterScore[] = []
  for (const { title, patches, statistics, domain } of sets) {
    const members: Map<string, Float32Array>[] = []
    const score = async (model: string, probability: (id: string) => Float32Array) => {
      const metrics = await pooledScores(patches, 0.5, async id => probability(id), io.signal)
      rows.push({ set: title, patches: patches.ids.length, model, metrics })
    }
    for (const model of models) {
      const { network, manifest } = await loadModelFolder(model.files)
      const probabilities = new Map<string, Float32Array>()
      try {
        const options = { domain, scale: manifest.scale, context: { signal: io.signal } }
        await predictPatches(network, patches, statistics, options, (id, probability) => {
          probabilities.set(id, probability)
        })
      } finally {
        network.dispose()
      }
      members.push(probabilities)
      await score(model.id, id => probabilities.get(id)!)
    }
    if (members.length > 1) await score(ENSEMBLE, id => ensembleMean(members.map(member => member.get(id)!)))
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
