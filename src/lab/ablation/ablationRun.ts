import { join } from 'node:path'
import type { CommandIo } from '../../cli/node/commandIo'
import { readModelFolders, writeModelFolder } from '../../cli/node/modelFolders'
import { createRefineStore } from '../../cli/node/roundFiles'
import { removeOwn } from '../../cli/node/runRecord'
import { countValue, IGNORE } from '../../core/patches/patch'
import type { EngineInfo } from '../../core/rounds/engineInfo'
import { ENSEMBLE, pseudoLabel } from '../../core/rounds/ensemble'
import { addConfusion, type ConfusionCounts, confusion, emptyConfusion } from '../../core/rounds/metrics'
import type { NetworkFamily } from '../../core/rounds/networks'
import { roundId } from '../../core/rounds/round'
import type { RoundConfig } from '../../core/rounds/roundConfig'
import type { ModelFiles, RoundStore } from '../../engine/refinement/roundInput'
import { runRound } from '../../engine/refinement/runRound'
import { storedProbability } from '../../engine/refinement/writeEnsemble'
import type { AblationFold } from './ablationBenchmark'
import type { AblationRunRecord } from './ablationRecord'

export interface AblationRun {
  config: RoundConfig
  /** 1: learns from the source only. */
  index: number
  fold: AblationFold
  /** The run's own folder. */
  folder: string
  /** Folder of the parent run, whose models it continues from. */
  parent: string | null
  /** Whether it learns from the pseudo-labels of `parent`. */
  pseudoLabels: boolean
  /** Whether to keep the models and the ensemble's probabilities, for later rows and for use. */
  keep: boolean
  engine: Pick<EngineInfo, 'backend' | 'adapter'>
  /** Probability from which a pixel counts as landslide in the scores. */
  threshold: number
  io: CommandIo
  /** 0..1 of the run. */
  onProgress(share: number, label: string): void
}

export type AblationScores = Pick<AblationRunRecord, 'networks' | 'pseudoLabels' | 'seconds'>

/** Trains the networks of one row for one seed and fold by `runRound`, and scores them on the target's known labels. */
export async function ablationRun(run: AblationRun): Promise<AblationScores> {
  const { config, index, fold, folder, parent, io } = run
  const begin = io.now()
  await removeOwn(folder)
  const labels = run.pseudoLabels && parent !== null ? parent : null
  const store = storeOf(run, labels)
  const scoredLabels = labels === null ? null : await scorePseudoLabels(run, store)
  let networkBegin = io.now()
  const seconds = new Map<string, number>()
  const { record, models } = await runRound(
    {
      id: roundId(index, config.seed),
      index,
      parentRoundId: index > 1 ? roundId(index - 1, config.seed) : null,
      at: new Date().toISOString(),
      now: io.now,
      config,
      engine: run.engine,
      source: fold.training,
      heldOut: fold.heldOut,
      target: fold.spool.provider(({ domain }) => domain === 'target'),
      statistics: { source: fold.spool.statisticsOf('source'), target: fold.spool.statisticsOf('target') },
      verdicts: [],
      store,
      parents: parent === null ? {} : await parentsIn(parent, config.families),
      async onNetwork({ record: { modelId } }) {
        seconds.set(modelId, (io.now() - networkBegin) / 1000)
        networkBegin = io.now()
      },
    },
    {
      signal: io.signal,
      onProgress: ({ done, total, label }) => run.onProgress(done / total, label),
    },
  )
  const networks: AblationScores['networks'] = []
  for (const { modelId, family, heldOut, bestStep } of record.networks) {
    const counts = await score(run, store, modelId)
    const took = seconds.get(modelId) ?? null
    networks.push({ network: family, counts, heldOutF1: heldOut?.f1 ?? null, bestStep, seconds: took })
  }
  if (record.networks.length > 1) {
    const counts = await score(run, store, ENSEMBLE)
    const heldOutF1 = record.ensembleHeldOut?.f1 ?? null
    networks.push({ network: ENSEMBLE, counts, heldOutF1, bestStep: null, seconds: null })
  }
  await tidy(run, models)
  return { networks, pseudoLabels: scoredLabels, seconds: (io.now() - begin) / 1000 }
}

/** Probabilities of this run; until it has its own ensemble, those of the run whose labels it learns from. */
function storeOf({ index, folder, fold }: AblationRun, labels: string | null): RoundStore {
  const places = new Map(fold.spool.patches.map(({ id }, i) => [id, `patch-${i}`]))
  return createRefineStore(
    round =>
      round === index ? probabilities(folder) : labels ? probabilities(labels) : join(folder, 'none'),
    index,
    id => places.get(id)!,
  )
}

const probabilities = (folder: string) => join(folder, 'probabilities')

async function parentsIn(
  folder: string,
  families: readonly NetworkFamily[],
): Promise<Partial<Record<NetworkFamily, ModelFiles>>> {
  const parents: Partial<Record<NetworkFamily, ModelFiles>> = {}
  for (const model of await readModelFolders(join(folder, 'models'))) {
    const family = families.find(name => model.id.endsWith(`-${name}`))
    if (family) parents[family] = model
  }
  return parents
}

async function score(run: AblationRun, store: RoundStore, modelId: string): Promise<ConfusionCounts> {
  let counts = emptyConfusion()
  for (const [id, truth] of run.fold.truth) {
    const probability = await storedProbability(store, id, modelId)
    const mask = Uint8Array.from(probability, p => (p >= run.threshold ? 1 : 0))
    counts = addConfusion(counts, confusion(mask, truth))
  }
  return counts
}

/** The labels that the target is about to learn, against the truth; pixels they ignore are left out. */
async function scorePseudoLabels(
  run: AblationRun,
  store: RoundStore,
): Promise<AblationScores['pseudoLabels']> {
  let counts = emptyConfusion()
  let ignored = 0
  let pixels = 0
  for (const [id, truth] of run.fold.truth) {
    const label = pseudoLabel(await storedProbability(store, id, ENSEMBLE), run.config.pseudoLabel)
    const known = truth.map((value, i) => (label[i] === IGNORE ? IGNORE : value))
    counts = addConfusion(counts, confusion(label, known))
    ignored += countValue(label, IGNORE)
    pixels += label.length
  }
  return { counts, ignoredShare: ignored / Math.max(1, pixels) }
}

/** Keeps what later rows need and what someone may want to use. */
async function tidy({ folder, keep }: AblationRun, models: readonly ModelFiles[]): Promise<void> {
  await removeOwn(...models.map(({ id }) => join(probabilities(folder), id)))
  if (!keep) return removeOwn(probabilities(folder))
  for (const model of models) await writeModelFolder(join(folder, 'models'), model)
}
