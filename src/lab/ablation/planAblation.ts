import { join } from 'node:path'
import { pathKind } from '../../cli/node/nodeFiles'
import type { OutFolder } from '../../cli/node/outFolder'
import { fingerprintOf } from '../../core/foundation/sha256'
import type { ValueScale } from '../../core/patches/patch'
import type { NetworkFamily } from '../../core/rounds/networks'
import { completeRoundConfig, type RoundConfig } from '../../core/rounds/roundConfig'
import type { AblationBenchmark, GeneratedOptions } from './ablationBenchmark'
import { type AblationRow, type AblationScales, changesUpTo } from './ablationRows'

export interface AblationRequest {
  out: OutFolder
  seeds: readonly number[]
  /** Row ids; null: all that are not optional. */
  rows: readonly string[] | null
  scales: AblationScales
  generated: GeneratedOptions | null
  /** Folder of labelled Landslide4Sense patches; null: none. */
  l4s: string | null
  /** Of those patches. */
  valueScale: ValueScale | 'auto'
  l4sFolds: number
  threshold: number
  /** What all rows share; `families` and what rows change are theirs. */
  config: Partial<RoundConfig>
  /** As typed, for the report. */
  command: string
}

/** One (benchmark, seed, fold, row) with all it needs. */
export interface PlannedRun {
  benchmark: AblationBenchmark
  row: AblationRow
  seed: number
  fold: number
  config: RoundConfig
  folder: string
  parent: string | null
  fingerprint: string
  /** Relative, to estimate the remaining time. */
  cost: number
  /** Whether its folder holds models. */
  hasModels: boolean
}

/** Every run of a request, parents before their children, one seed after the other. */
export async function planAblation(
  request: AblationRequest,
  benchmarks: readonly AblationBenchmark[],
  rows: readonly AblationRow[],
  selected: readonly AblationRow[],
): Promise<PlannedRun[]> {
  const plan: PlannedRun[] = []
  // Seeds in the outer loop: after the first one every row has a figure.
  for (const seed of request.seeds) {
    for (const benchmark of benchmarks) {
      for (let fold = 0; fold < benchmark.folds; fold++) {
        for (const row of selected) {
          const config: RoundConfig = {
            ...completeRoundConfig(request.config),
            ...changesUpTo(rows, row.id),
            families: [...row.families],
            decisionThreshold: request.threshold,
            // A row is one round, whether or not its labels still change.
            stopWhenChangedBelow: 0,
            seed,
          }
          const place = (id: string) =>
            join(request.out.path, 'runs', benchmark.id, `seed-${seed}`, `fold-${fold + 1}`, id)
          const before = plan.find(run => run.folder === (row.parent && place(row.parent)))
          const content = {
            version: 1,
            benchmark: [benchmark.id, benchmark.settings],
            fold,
            row: row.id,
            config,
            pseudoLabels: row.pseudoLabels,
            threshold: request.threshold,
            parent: before?.fingerprint ?? null,
          }
          plan.push({
            benchmark,
            row,
            seed,
            fold,
            config,
            folder: place(row.id),
            parent: before?.folder ?? null,
            fingerprint: await fingerprintOf(content),
            cost: ablationCost(config, row.pseudoLabels),
            hasModels: (await pathKind(join(place(row.id), 'models'))) === 'folder',
          })
        }
      }
    }
  }
  return plan
}

/**
 * The runs to do: those without a record, and finished ones whose models are gone where a run to do continues from
 * them.
 */
export function pendingRuns(plan: readonly PlannedRun[], isDone: (run: PlannedRun) => boolean): PlannedRun[] {
  const pending = new Set<PlannedRun>()
  for (const run of [...plan].reverse()) {
    const needed = [...pending].some(({ parent }) => parent === run.folder)
    if (!isDone(run) || (needed && !run.hasModels)) pending.add(run)
  }
  return plan.filter(run => pending.has(run))
}

/** Time of a step of the tiny networks against ResNet's, measured on a software adapter; for the remaining time only. */
const RELATIVE: Record<NetworkFamily, number> = {
  'resnet-unet': 1,
  segformer: 1,
  'swin-unet': 1.6,
  'efficientnetv2-unet': 1.6,
  'hrnet-ocr': 3,
}

/** What a row costs, in steps of a ResNet at scale 1. */
function ablationCost(config: RoundConfig, learnsFromTarget: boolean): number {
  const passes = learnsFromTarget ? 2 : 1
  const networks = config.families.reduce((sum, family) => sum + RELATIVE[family], 0)
  return config.steps * passes * networks * config.scale ** 2
}
