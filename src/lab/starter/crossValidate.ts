import { join } from 'node:path'
import type { CommandIo } from '../../cli/node/commandIo'
import { readModelFolders, writeModelFolder } from '../../cli/node/modelFolders'
import { readIfThere, writeAtomically, writeJson } from '../../cli/node/nodeFiles'
import type { OutFolder } from '../../cli/node/outFolder'
import { PatchSpool, type SpooledPatch, spoolInputs } from '../../cli/node/patchSpool'
import { removeOwn } from '../../cli/node/runRecord'
import { startCliEngine } from '../../cli/node/startCliEngine'
import { AppError, throwIfAborted } from '../../core/foundation/appError'
import { fingerprintOf } from '../../core/foundation/sha256'
import { blockFolds } from '../../core/patches/blockFolds'
import { setStatistics } from '../../core/patches/setStatistics'
import type { BackendName } from '../../core/rounds/engineInfo'
import type { ModelFiles } from '../../engine/refinement/roundInput'
import { type CrossValidationRun, crossValidationReport } from './crossValidationReport'
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
  /** As typed, for the report. */
  command: string
}

/**
 * The work of `scarp crossvalidate`: trains the recipe on all blocks of real patches but one, scores it on that one,
 * and so on round, once for each seed. Networks that are there already are not trained again, their scores are.
 *
 * @throws AppError `training-impossible` where there are fewer than three labelled patches, or only one block of them.
 */
export async function crossValidate(
  request: CrossValidationRequest,
  backend: BackendName | 'auto',
  io: CommandIo,
): Promise<string> {
  const { out, real, seeds, recipe } = request
  await startCliEngine(backend, 'training', io)
  await out.begin(['results.md', 'runs.json', ...seeds.map(seed => `seed-${seed}`)])
  const whole = await PatchSpool.temporary()
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
    for (const seed of seeds) {
      for (const [fold, left] of folds.entries()) {
        throwIfAborted(io.signal)
        const begin = io.now()
        const folder = join(out.path, `seed-${seed}`, `fold-${fold + 1}`)
        const models = await trainedModels(folder, seed, left, request, io)
        const loaded = await loadModels(models, io.signal)
        try {
          const patches = whole.labelled.filter(({ name }) => left.includes(name))
          const run: CrossValidationRun = { seed, fold: fold + 1, patches: left, scores: [] }
          for (const size of new Set([patches.length, ...request.groups])) {
            for (const group of groupsOf(patches, size)) {
              run.scores.push({ size: group.length, scores: await scored(loaded, whole, group) })
            }
          }
          runs.push(run)
        } finally {
          loaded.dispose()
        }
        io.progress.clear()
        io.note(`Seed ${seed}, fold ${fold + 1}: ${((io.now() - begin) / 60_000).toFixed(1)} min`)
        const report = crossValidationReport(runs, { command: request.command, recipe, folds })
        await writeAtomically(join(out.path, 'results.md'), report)
        await writeJson(join(out.path, 'runs.json'), runs)
      }
    }
    return crossValidationReport(runs, { command: request.command, recipe, folds })
  } finally {
    await whole.remove()
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

/** The recipe's networks without some of the patches; trained unless they are in the folder. */
async function trainedModels(
  folder: string,
  seed: number,
  leaveOut: readonly string[],
  { out, recipe: wanted, real }: CrossValidationRequest,
  io: CommandIo,
): Promise<ModelFiles[]> {
  const recipe: StarterRecipe = { ...wanted, config: { ...wanted.config, seed } }
  const fingerprint = await fingerprintOf({ recipe, holdOut: real.holdOut, leaveOut })
  const mark = join(folder, 'recipe.json')
  const place = join(folder, 'models')
  const known = await readIfThere(mark)
  if (known && JSON.parse(new TextDecoder().decode(known)).fingerprint === fingerprint) {
    return readModelFolders(place)
  }
  if (known && !out.force) {
    throw new AppError(
      'bad-argument',
      `"${folder}" was made by another recipe or of other patches. --force replaces it; or give another --out.`,
    )
  }
  await removeOwn(folder)
  const sets: StarterSet[] = []
  try {
    if (recipe.patches > 0) sets.push(await generatedSet(recipe.patches, seed, io))
    sets.push(await l4sSet({ ...real, leaveOut }, io))
    const models = await trainStarterModels(sets, recipe, io, model => writeModelFolder(place, model))
    await writeJson(mark, { fingerprint, recipe, leaveOut })
    return models
  } finally {
    for (const set of sets) await set.remove()
  }
}
