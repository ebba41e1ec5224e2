import { join } from 'node:path'
import type { CommandIo } from '../../cli/node/commandIo'
import { PatchSpool, spoolInputs } from '../../cli/node/patchSpool'
import { createRefineStore } from '../../cli/node/roundFiles'
import { AppError } from '../../core/foundation/appError'
import type { ValueScale } from '../../core/patches/patch'
import type { EngineInfo } from '../../core/rounds/engineInfo'
import { ENSEMBLE, ensembleMean } from '../../core/rounds/ensemble'
import { imageStatistics, parseManifest } from '../../core/rounds/modelManifest'
import { roundId } from '../../core/rounds/round'
import { completeRoundConfig, type RoundConfig } from '../../core/rounds/roundConfig'
import { loadModelFolder } from '../../engine/models/folder/modelFolder'
import { predictMembers } from '../../engine/refinement/predictPatches'
import type { SceneNetwork } from '../../engine/refinement/predictScene'
import type { ModelFiles } from '../../engine/refinement/roundInput'
import { runRound } from '../../engine/refinement/runRound'
import type { StarterRecipe } from './starterRecipe'
import type { StarterSet } from './starterSets'

/** Rounds behind the recipe, which is round 1. */
export interface FoldRounds {
  /** Unlabelled patches; labels that come with them are not looked at. */
  target: string
  valueScale: ValueScale | 'auto'
  /** In all, the recipe's counted in: 2 and more. */
  rounds: number
  /** Optimiser steps a network and round. */
  steps: number
}

/**
 * Reads the unlabelled patches.
 *
 * @throws AppError `training-impossible` where there are none, and as `spoolInputs`
 */
export async function spoolTarget({ target, valueScale }: FoldRounds, io: CommandIo): Promise<PatchSpool> {
  const spool = await PatchSpool.temporary()
  await spoolInputs([target], { domain: 'target', scale: valueScale }, spool, io)
  if (spool.patches.length > 0) return spool
  await spool.remove()
  throw new AppError('training-impossible', `"${target}" holds no patch to refine on.`)
}

/** What rounds behind a recipe train with: the defaults of `scarp refine` for networks of that size. */
export function roundConfigOf({ families, preset, config }: StarterRecipe, steps: number): RoundConfig {
  const { seed, scale } = config
  return completeRoundConfig({ families, preset, seed, scale, steps })
}

/**
 * One round on a fold: the target is pseudo-labelled by `before`, which then continue on the fold's labelled patches and
 * on those labels. The patches that the fold leaves out take part in nothing.
 *
 * @param round 2 for the first behind the recipe.
 * @param folder the fold's own, for probabilities of the target, which the next round replaces.
 */
export async function refineFold(
  round: number,
  before: readonly ModelFiles[],
  { training, heldOut, statistics: source }: StarterSet,
  spool: PatchSpool,
  config: RoundConfig,
  engine: Pick<EngineInfo, 'backend' | 'adapter'>,
  folder: string,
  io: CommandIo,
): Promise<ModelFiles[]> {
  const target = spool.provider(() => true)
  const own = spool.statisticsOf('target')
  const places = new Map(target.ids.map((id, i) => [id, `patch-${i}`]))
  const storeOf = (index: number) =>
    createRefineStore(
      of => join(folder, `probabilities-${of}`),
      index,
      id => places.get(id)!,
    )
  const networks: SceneNetwork[] = []
  try {
    for (const { files } of before) {
      const { network, manifest } = await loadModelFolder(files)
      const { statistics } = imageStatistics(manifest, own, config.targetStatistics)
      networks.push({ network, statistics, scale: manifest.scale })
    }
    const labels = storeOf(round - 1)
    const options = { domain: 'target' as const, context: { signal: io.signal } }
    await predictMembers(networks, target, options, (id, members) =>
      labels.writeProbability(id, ENSEMBLE, ensembleMean(members)),
    )
  } finally {
    for (const { network } of networks) network.dispose()
  }
  const parents = Object.fromEntries(
    before.map(model => [parseManifest(model.files['manifest.json'] ?? new Uint8Array()).family, model]),
  )
  const { models } = await runRound(
    {
      id: roundId(round, config.seed),
      index: round,
      parentRoundId: roundId(round - 1, config.seed),
      at: new Date().toISOString(),
      now: io.now,
      config,
      engine,
      source: training,
      heldOut,
      target,
      statistics: { source, target: own },
      verdicts: [],
      store: storeOf(round),
      parents,
    },
    { signal: io.signal, onProgress: progress => io.progress.update(progress) },
  )
  return models
}
