import { basename } from 'node:path'
import { listNames } from '../core/foundation/text'
import { BANDS } from '../core/patches/bands'
import { type DistributionLevel, distributionGuard } from '../core/patches/distributionGuard'
import type { BandStatistics } from '../core/patches/statistics'
import {
  describeTargetStatistics,
  type StatisticsRule,
  type TargetStatistics,
  targetStatistics,
} from '../core/patches/targetStatistics'
import { SYNTHETIC_BANDS } from '../core/raster/geotiff/gdalMetadata'
import type { BackendName, EngineInfo } from '../core/rounds/engineInfo'
import { imageStatistics, learnedStatistics, type ModelManifest } from '../core/rounds/modelManifest'
import type { StackRecipe } from '../core/scenes/scene'
import { isAbsent } from '../core/scenes/stack'
import { loadModelFolder, type SegmentationNetwork } from '../engine'
import { meansOf } from './modelStatistics'
import type { CommandIo } from './node/commandIo'
import { readModelFolders } from './node/modelFolders'
import { CHOOSE_SCALE } from './node/patchSpool'
import { startCliEngine } from './node/startCliEngine'
import { baseName } from './sceneInputs'

interface LoadedModel {
  id: string
  network: SegmentationNetwork
  manifest: ModelManifest
}

/** Models that are loaded, with what they run on. */
export interface LoadedModels {
  engine: EngineInfo
  models: LoadedModel[]
  /** [14] raw units, for bands that a product does not have. */
  means: readonly number[]
}

/**
 * Loads the models of a folder for as long as `work` needs them.
 *
 * @throws AppError as `readModelFolders`, `startCliEngine`, `loadModelFolder`
 */
export async function withModels<Result>(
  folder: string,
  backend: BackendName | 'auto',
  io: CommandIo,
  work: (loaded: LoadedModels) => Promise<Result>,
): Promise<Result> {
  const folders = await readModelFolders(folder)
  const engine = await startCliEngine(backend, 'inference', io)
  const models: LoadedModel[] = []
  try {
    for (const { id, files } of folders) models.push({ id, ...(await loadModelFolder(files)) })
    const means = await meansOf(models, io)
    return await work({ engine, models, means })
  } finally {
    for (const { network } of models) network.dispose()
  }
}

/** A model with how it takes the images of an event. */
export interface EventNetwork extends LoadedModel {
  /** By what it z-scores them. */
  normalisation: TargetStatistics
  /** Scale promotion. */
  scale: number
}

/**
 * @param own statistics of the event
 * @param rule by what the images are z-scored; or statistics that a person gave
 * @param scale null: as each model was trained
 */
export function eventNetworks(
  { models }: LoadedModels,
  own: BandStatistics,
  rule: StatisticsRule | BandStatistics,
  scale: number | null,
): EventNetwork[] {
  return models.map(model => ({
    ...model,
    normalisation:
      typeof rule === 'string'
        ? imageStatistics(model.manifest, own, rule)
        : targetStatistics(rule, null, 'self'),
    scale: scale ?? model.manifest.scale,
  }))
}

/** How far an event is from what a model was trained with. */
export interface ModelDistance {
  model: string
  level: DistributionLevel
  message: string
}

/** Reports once per set of training statistics how far the inputs are from it, unless they match. */
export function distanceOf(
  networks: readonly EventNetwork[],
  input: BandStatistics,
  io: CommandIo,
): ModelDistance[] {
  const said = new Set<string>()
  return networks.flatMap(({ id, manifest }) => {
    const trained = learnedStatistics(manifest, input)
    if (!trained) return []
    const { level, message, suspectsScale } = distributionGuard(input, trained)
    if (level !== 'ok' && !said.has(message)) {
      io.note(`${id}: ${message}${suspectsScale ? ` ${CHOOSE_SCALE}` : ''}`)
    }
    said.add(message)
    return [{ model: id, level, message }]
  })
}

/** By what the networks z-score the images, in words, once for each that differs. */
export function normalisationTexts(networks: readonly EventNetwork[]): string[] {
  return [...new Set(networks.map(({ normalisation }) => describeTargetStatistics(normalisation)))]
}

/** What the tags of a result say of how it was made. */
export interface ResultFacts {
  networks: readonly EventNetwork[]
  threshold: number
  flips: boolean
  /** A rule, or the file of statistics that a person gave. */
  statistics: StatisticsRule | { file: string }
}

/** GDAL metadata of a result; of a scene with what its bands were made of. */
export function resultTags(
  { networks, threshold, flips, statistics }: ResultFacts,
  recipe: StackRecipe | null,
): Record<string, string> {
  const absent = recipe?.bands.flatMap((band, i) => (isAbsent(band) ? [BANDS[i]!.name] : [])) ?? []
  return {
    SCARP_MODELS: networks.map(({ id }) => id).join(','),
    SCARP_WEIGHTS: networks.map(({ id, manifest }) => `${id}=${manifest.weights.sha256}`).join(' '),
    SCARP_THRESHOLD: String(threshold),
    SCARP_STATISTICS:
      typeof statistics === 'string'
        ? normalisationTexts(networks).join('; ')
        : `given: ${basename(statistics.file)}`,
    SCARP_SCALE: networks.map(({ scale }) => scale).join(','),
    SCARP_FLIPS: String(flips),
    ...(recipe && { SCARP_SCENE: recipe.name, SCARP_ELEVATION: recipe.elevation.map(baseName).join(',') }),
    ...(absent.length > 0 && { [SYNTHETIC_BANDS]: absent.join(',') }),
  }
}

/** In the tags of a mosaic; report.json has all. */
const SCENES_NAMED = 8

/** The same of a mosaic of scenes. */
export function mosaicTags(facts: ResultFacts, scenes: readonly string[]): Record<string, string> {
  return { ...resultTags(facts, null), SCARP_SCENE: listNames(scenes, SCENES_NAMED) }
}
