import type { CommandIo } from '../../cli/node/commandIo'
import { describeF1, describeHeldOut } from '../../cli/node/reporting'
import { randomStream } from '../../core/foundation/random'
import { addConfusion, type ConfusionCounts, emptyConfusion, scores } from '../../core/rounds/metrics'
import type { NetworkFamily } from '../../core/rounds/networks'
import { defaultTrainingConfig, type TrainingConfig } from '../../core/rounds/roundConfig'
import { createNetwork } from '../../engine/models/createNetwork'
import { saveModelFolder } from '../../engine/models/folder/modelFolder'
import { copySourceStatisticsToTarget, type SegmentationNetwork } from '../../engine/models/network'
import { heldOutScores } from '../../engine/refinement/heldOutScores'
import { roundSamples } from '../../engine/refinement/patchProvider'
import type { ModelFiles } from '../../engine/refinement/roundInput'
import type { TrainingResult } from '../../engine/training/trainingJob'
import { trainNetwork } from '../../engine/training/trainNetwork'
import { joinedSamples, repeatsFor, type StarterSet, statisticsOfSets } from './starterSets'

/** How starters are trained: what is shipped and what is cross-validated are the same. */
export interface StarterRecipe {
  families: NetworkFamily[]
  preset: string
  /** Generated patches beside the real ones. */
  patches: number
  /** Share of the real patches among all that are drawn; a small set is repeated for it. */
  realShare: number
  /** Input is cut at so many standard deviations; 0: never. */
  inputLimit: number
  minutes: number
  config: Partial<TrainingConfig>
}

/**
 * One network of a recipe, from its seeded initialisation. With nothing held out it keeps its last weights.
 *
 * @param sets each normalised by its own statistics; the last is the real one, if there is one.
 */
export async function trainStarterNetwork(
  family: NetworkFamily,
  sets: readonly StarterSet[],
  recipe: StarterRecipe,
  io: CommandIo,
): Promise<{ network: SegmentationNetwork; result: TrainingResult }> {
  const config: TrainingConfig = { ...defaultTrainingConfig, ...recipe.config }
  const seed = randomStream(config.seed, 'starter', family).integer(0, 0x7fffffff)
  const options = recipe.inputLimit > 0 ? { inputLimit: recipe.inputLimit } : {}
  const network = createNetwork(family, recipe.preset, { seed, options })
  try {
    const result = await train(network, sets, { ...config, seed }, recipe, io)
    copySourceStatisticsToTarget(network)
    return { network, result }
  } catch (thrown) {
    network.dispose()
    throw thrown
  }
}

/**
 * The recipe's networks as model folders, named after their families.
 *
 * @param onModel called with each as soon as it is done.
 */
export async function trainStarterModels(
  sets: readonly StarterSet[],
  recipe: StarterRecipe,
  io: CommandIo,
  onModel: (model: ModelFiles) => Promise<void> = async () => {},
): Promise<ModelFiles[]> {
  const models: ModelFiles[] = []
  for (const family of recipe.families) {
    const { network } = await trainStarterNetwork(family, sets, recipe, io)
    try {
      const files = await saveModelFolder(network, {
        id: family,
        scale: recipe.config.scale,
        statistics: statisticsOfSets(sets),
      })
      models.push({ id: family, files })
      await onModel(models.at(-1)!)
    } finally {
      network.dispose()
    }
  }
  return models
}

async function train(
  network: SegmentationNetwork,
  sets: readonly StarterSet[],
  config: TrainingConfig,
  { minutes, realShare }: StarterRecipe,
  io: CommandIo,
): Promise<TrainingResult> {
  const begin = io.now()
  const [first, second] = sets
  const repeats = second ? repeatsFor(realShare, first!.training.ids.length, second.training.ids.length) : 1
  const scored = sets.filter(({ heldOut }) => heldOut.ids.length > 0)
  return trainNetwork(
    network,
    {
      source: joinedSamples(
        sets.map(({ training, statistics }) => roundSamples(training, statistics, null)),
        [1, repeats],
      ),
      target: null,
      sourceOnlySteps: 0,
      // The sets count the same whatever their sizes: real patches are the purpose, generated ones the variety.
      evaluate:
        scored.length === 0
          ? null
          : async signal => {
              let counts = emptyConfusion()
              for (const { title, heldOut, statistics } of scored) {
                const how = { scale: config.scale }
                const found = await heldOutScores(network, heldOut, statistics, 0.5, signal, how)
                io.progress.clear()
                io.note(`${title}, held out: F1 ${describeF1(found)}`)
                counts = addConfusion(counts, perLandslidePixel(found))
              }
              return scores(counts)
            },
    },
    config,
    {
      signal: io.signal,
      finish: () => io.now() - begin > minutes * 60_000,
      onProgress: progress => io.progress.update(progress),
      onEvent(event) {
        io.progress.clear()
        if (event.kind === 'held-out') {
          io.note(describeHeldOut(event))
        } else if (event.step % 100 === 0)
          io.note(`${event.family}, step ${event.step}: loss ${event.loss.toFixed(4)}`)
      },
    },
  )
}

/** Counts per landslide pixel; unchanged where there is none. */
function perLandslidePixel(counts: ConfusionCounts): ConfusionCounts {
  const { truePositive, falsePositive, falseNegative, trueNegative } = counts
  const landslides = truePositive + falseNegative || 1
  return {
    truePositive: truePositive / landslides,
    falsePositive: falsePositive / landslides,
    falseNegative: falseNegative / landslides,
    trueNegative: trueNegative / landslides,
  }
}
