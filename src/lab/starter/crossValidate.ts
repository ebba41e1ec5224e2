import { basename, join } from 'node:path'
import type { CommandIo } from '../../cli/node/commandIo'
import { readModelFolders, writeModelFolder } from '../../cli/node/modelFolders'
import { foldersWith, readIfThere, writeAtomically, writeJson } from '../../cli/node/nodeFiles'
import type { OutFolder } from '../../cli/node/outFolder'
import { PatchSpool, type SpooledPatch, spoolInputs } from '../../cli/node/patchSpool'
import { removeOwn } from '../../cli/node/runRecord'
import { startCliEngine } from '../../cli/node/startCliEngine'
import { AppError, throwIfAborted } from '../../core/foundation/appError'
import { fingerprintOf } from '../../core/foundation/sha256'
import { blockFolds } from '../../core/patches/blockFolds'
import { setStatistics } from '../../core/patches/setStatistics'
import type { BackendName } from '../../core/rounds/engineInfo'
import { parseManifest } from '../../core/rounds/modelManifest'
import type { ModelFiles } from '../../engine/refinement/roundInput'
import { type CrossValidationRun, crossValidationReport } from './crossValidationReport'
import { type FoldRounds, refineFold, roundConfigOf, spoolTarget } from './refineFold'
import { type LoadedModels, loadModels } from './ruleScores'
import { type StarterRecipe, trainStarterModels } from './starterRecipe'
import { generatedSet, l4sSet, type RealPatches, type StarterSet } from './starterSets'

export interface CrossValidationRequest {
  out: OutFolder
  real: RealPatches
  folds: number
  seeds: readonly number[]
  /** Patches that are a target together, beside a whole fold. */
  groups: readonly number[]
  recipe: StarterRecipe
  /** Rounds of refinement behind the recipe; null: none. */
  refine: FoldRounds | null
  /** As typed, for the report. */
  command: string
}

/**
 * The work of `scarp crossvalidate`: trains the recipe on all blocks of real patches but one, scores it on that one,
 * and so on round, once for each seed; then, where it is asked for, once more after each round of refinement on unlabelled
 * patches. Networks that are there already are not trained again, their scores are.
 *
 * @throws AppError `training-impossible` where there are fewer than three labelled patches, or only one block of them, or
 *   no patch to refine on.
 */
export async function crossValidate(
  request: CrossValidationRequest,
  backend: BackendName | 'auto',
  io: CommandIo,
): Promise<string> {
  const { out, real, seeds, recipe, refine } = request
  const engine = await startCliEngine(backend, 'training', io)
  await out.begin(['results.md', 'runs.json', ...seeds.map(seed => `seed-${seed}`)])
  const whole = await PatchSpool.temporary()
  let target: PatchSpool | null = null
  const runs: CrossValidationRun[] = []
  try {
    await spoolInputs([real.folder], { domain: 'source', scale: real.valueScale }, whole, io)
    const names = whole.labelled.map(({ name }) => name)
    if (names.length < 3) {
      throw new AppError(
        'training-impossible',
        `"${real.folder}" holds fewer than three patches with a mask.`,
      )
    }
    const folds = blockFolds(names, request.folds)
    if (folds.length < 2) {
      throw new AppError(
        'training-impossible',
        `The patches in "${real.folder}" are one block: their ids follow one another, so that none can be left out.`,
      )
    }
    if (refine) target = await spoolTarget(refine, io)
    const about = { command: request.command, recipe, folds }
    for (const seed of seeds) {
      for (const [fold, left] of folds.entries()) {
        const folder = join(out.path, `seed-${seed}`, `fold-${fold + 1}`)
        const patches = whole.labelled.filter(({ name }) => left.includes(name))
        let models: ModelFiles[] = []
        for (let round = 1; round <= (refine?.rounds ?? 1); round++) {
          throwIfAborted(io.signal)
          const begin = io.now()
          const wanted =
            round === 1 ? foldRecipe(seed, left, request, io) : foldRound(round, models, seed, left)
          models = await keptOrTrained(
            round === 1 ? folder : join(folder, `round-${round}`),
            wanted,
            out.force,
          )
          const scores = await foldScores(models, whole, patches, request.groups, io)
          runs.push({ seed, fold: fold + 1, round, patches: left, scores })
          io.progress.clear()
          const minutes = ((io.now() - begin) / 60_000).toFixed(1)
          io.note(`Seed ${seed}, fold ${fold + 1}, round ${round}: ${minutes} min`)
          await writeAtomically(join(out.path, 'results.md'), crossValidationReport(runs, about))
          await writeJson(join(out.path, 'runs.json'), runs)
        }
      }
    }
    return crossValidationReport(runs, about)
  } finally {
    await whole.remove()
    await target?.remove()
  }

  function foldRound(
    round: number,
    before: readonly ModelFiles[],
    seed: number,
    leaveOut: readonly string[],
  ): WantedModels {
    const config = roundConfigOf({ ...recipe, config: { ...recipe.config, seed } }, refine!.steps)
    return {
      made: {
        round,
        of: before.map(({ files }) => manifestOf(files).weights.sha256),
        refine,
        config,
        leaveOut,
      },
      async train(folder, _kept, onModel) {
        const set = await l4sSet({ ...real, leaveOut }, io)
        try {
          const models = await refineFold(round, before, set, target!, config, engine, folder, io)
          for (const model of models) await onModel(model)
        } finally {
          await set.remove()
        }
      },
    }
  }
}

async function foldScores(
  models: readonly ModelFiles[],
  spool: PatchSpool,
  patches: readonly SpooledPatch[],
  groups: readonly number[],
  io: CommandIo,
): Promise<CrossValidationRun['scores']> {
  const loaded = await loadModels(models, io.signal)
  try {
    const found: CrossValidationRun['scores'] = []
    for (const size of new Set([patches.length, ...groups])) {
      for (const group of groupsOf(patches, size)) {
        found.push({ size: group.length, scores: await scored(loaded, spool, group) })
      }
    }
    return found
  } finally {
    loaded.dispose()
  }
}

/** Patches in turn, so many at a time; what is left over is no group. */
function groupsOf(patches: readonly SpooledPatch[], size: number): SpooledPatch[][] {
  const groups: SpooledPatch[][] = []
  for (let begin = 0; begin + size <= patches.length; begin += size) {
    groups.push(patches.slice(begin, begin + size))
  }
  return groups
}

function scored(loaded: LoadedModels, spool: PatchSpool, group: readonly SpooledPatch[]) {
  const ids = new Set(group.map(({ id }) => id))
  return loaded.score(
    spool.provider(({ id }) => ids.has(id)),
    setStatistics(group),
  )
}

/** Models of a fold, which are trained unless they are in its folder. */
interface WantedModels {
  /** All that they come from: others are not taken for them. */
  made: unknown
  /** @param kept networks that a run which was stopped has left, by family; they may be trained again. */
  train(
    folder: string,
    kept: ReadonlySet<string>,
    onModel: (model: ModelFiles) => Promise<void>,
  ): Promise<unknown>
}

/** The recipe's networks without some of the patches. */
function foldRecipe(
  seed: number,
  leaveOut: readonly string[],
  { recipe: wanted, real }: CrossValidationRequest,
  io: CommandIo,
): WantedModels {
  const recipe: StarterRecipe = { ...wanted, config: { ...wanted.config, seed } }
  return {
    made: { recipe, holdOut: real.holdOut, leaveOut },
    async train(_folder, kept, onModel) {
      const families = recipe.families.filter(family => !kept.has(family))
      const sets: StarterSet[] = []
      try {
        if (recipe.patches > 0) sets.push(await generatedSet(recipe.patches, seed, io))
        sets.push(await l4sSet({ ...real, leaveOut }, io))
        await trainStarterModels(sets, { ...recipe, families }, io, onModel)
      } finally {
        for (const set of sets) await set.remove()
      }
    },
  }
}

/**
 * A folder's networks, which are trained unless they are there. Those that a stopped run had finished are kept: a network
 * depends on its own seed and nothing of the others.
 *
 * @throws AppError `bad-argument` where other models are in the folder, unless they are to be replaced.
 */
async function keptOrTrained(
  folder: string,
  { made, train }: WantedModels,
  force: boolean,
): Promise<ModelFiles[]> {
  const fingerprint = await fingerprintOf(made)
  const mark = join(folder, 'recipe.json')
  const place = join(folder, 'models')
  const file = await readIfThere(mark)
  const known = file && JSON.parse(new TextDecoder().decode(file))
  if (known && known.fingerprint !== fingerprint && !force) {
    throw new AppError(
      'bad-argument',
      `"${folder}" was made by another recipe or of other patches. --force replaces it; or give another --out.`,
    )
  }
  if (known?.fingerprint !== fingerprint) {
    await removeOwn(folder)
    await writeJson(mark, { fingerprint, whole: false, made })
  } else if (known.whole) {
    return readModelFolders(place)
  }
  const kept = ((await foldersWith(place, 'manifest.json')) ?? []).map(path => basename(path))
  await train(folder, new Set(kept), model => writeModelFolder(place, model))
  await writeJson(mark, { fingerprint, whole: true, made })
  return readModelFolders(place)
}

function manifestOf(files: ModelFiles['files']) {
  return parseManifest(files['manifest.json'] ?? new Uint8Array())
}
