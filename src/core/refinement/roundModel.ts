import { AppError } from '../foundation/appError'
import { parseManifest } from '../models/folder/manifest'
import { loadModelFolder } from '../models/loadModelFolder'
import type { NetworkFamily, SegmentationNetwork } from '../models/network'
import { saveModelFolder } from '../models/saveModelFolder'
import type { TrainingResult } from '../training/trainNetwork'
import type { ModelFiles, RoundInput } from './roundInput'

/**
 * Opens the model that a network goes on from. It keeps its own preset, whatever the round's is.
 *
 * @throws AppError `model-invalid` if it is damaged or of another family.
 */
export async function openParent(parent: ModelFiles, family: NetworkFamily): Promise<SegmentationNetwork> {
  const { network } = await loadModelFolder(parent.files)
  if (network.family === family) return network
  network.dispose()
  throw new AppError('model-invalid', `Model "${parent.id}" is a ${network.family}, not a ${family}.`)
}

/** The trained network as a model folder with its provenance. */
export async function packModel(
  network: SegmentationNetwork,
  input: RoundInput,
  training: TrainingResult,
  targetPatches: number,
): Promise<{ model: ModelFiles; weightsHash: string }> {
  const id = `${input.id}-${network.family}`
  const data = [`Round ${input.index}: ${input.source.ids.length} labelled source patches.`]
  if (targetPatches > 0) data.push(`${targetPatches} target patches with pseudo-labels or reviewed masks.`)
  const files = await saveModelFolder(network, {
    id,
    title: `${network.family} ${network.preset}, round ${input.index}`,
    scale: input.config.scale,
    statistics: input.statistics,
    training: {
      data,
      seed: input.config.seed,
      steps: training.steps,
      roundId: input.id,
      parentModelId: input.parents[network.family]?.id ?? null,
      at: input.at,
      backend: input.engine.backend,
      adapter: input.engine.adapter,
      heldOut: training.heldOut,
      notes: training.notes,
    },
    limits: [
      ...(input.config.separatedNormalisation ? [] : [ONE_NORMALISATION]),
      'Other sensors, resolutions or band orders than those of its training data.',
      'Regions unlike its training data: look at its masks before relying on them.',
    ],
  })
  return { model: { id, files }, weightsHash: parseManifest(files['manifest.json']!).weights.sha256 }
}

const ONE_NORMALISATION =
  'Images normalised by their own statistics: it was trained without separated normalisation, all by the source’s.'
