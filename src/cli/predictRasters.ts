import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { areaTag, movedArea } from '../core/export/areaTag'
import { stylesBeside } from '../core/export/qgisRasterStyles'
import { writeMaskGeotiff, writeProbabilityGeotiff } from '../core/export/resultGeotiffs'
import { AppError, throwIfAborted } from '../core/foundation/appError'
import { safeFileNames } from '../core/foundation/fileNames'
import type { JobContext } from '../core/foundation/job'
import { z } from '../core/foundation/schema'
import { maskFromProbability } from '../core/masks/probability'
import type { RefusedFile } from '../core/patches/importPatches'
import { countValue, IGNORE, LANDSLIDE, type ValueScale } from '../core/patches/patch'
import { setStatistics } from '../core/patches/setStatistics'
import type { BandStatistics } from '../core/patches/statistics'
import type { StatisticsRule, TargetShares } from '../core/patches/targetStatistics'
import { leftOutOf } from '../core/review/records'
import type { BackendName } from '../core/rounds/engineInfo'
import { ensembleMean } from '../core/rounds/ensemble'
import { maskThresholdOf } from '../core/rounds/modelManifest'
import type { StackRecipe } from '../core/scenes/scene'
import { georeferenceOf } from '../core/scenes/stack'
import { type LabelledPixels, predictPatches } from '../engine'
import { planEventMosaics, writeEventMosaic } from './eventMosaics'
import {
  distanceOf,
  eventNetworks,
  type LoadedModels,
  type ModelDistance,
  mosaicTags,
  normalisationTexts,
  type ResultFacts,
  resultTags,
  withModels,
} from './loadedModels'
import type { CommandIo } from './node/commandIo'
import { streamSubmission, submissionOr } from './node/l4sFiles'
import { readNamedFile, writeAtomically, writeJson } from './node/nodeFiles'
import type { OutFolder } from './node/outFolder'
import type { SpooledPatch } from './node/patchSpool'
import { peakMemory } from './node/reporting'
import { writeScratch } from './node/scratchFolder'
import { writeStyleBeside } from './node/streamCogFile'
import { type OpenedEvent, type OpenedScene, withEvent } from './openEvent'
import { predictSceneFiles, removePartialScenes, sceneFiles } from './predictScenes'
import { linesFile, patchGround, sceneGround, vectorFile, writeVectors } from './predictVectors'
import type { SceneChoices } from './sceneOptions'

interface PredictOutput {
  /** Of the file, or the scene's name. */
  path: string
  name: string
  width: number
  height: number
  mask: string
  probability: string
  /** Of scenes. */
  disagreement?: string
  /** GeoPackage of its landslides, and how many there are; absent where none was asked for. */
  vectors?: { file: string; landslides: number }
  /** Of scenes: what its 14 bands are made of; null: a file that has them. */
  recipe?: StackRecipe | null
  landslidePixels: number
  validPixels: number
}

/** The content of `report.json` of `scarp predict`. */
interface PredictReport {
  command: 'predict'
  backend: string
  adapter: string
  models: string[]
  /** Of the masks. */
  threshold: number
  /** Scale promotion of each model. */
  scales: number[]
  /** Whether probabilities are means over the 8 flips and quarter turns. */
  flips: boolean
  /** Of the inputs themselves. */
  statistics: BandStatistics
  /** Names of inputs that the statistics leave out, since they are unlike every other. */
  leftOut: string[]
  /** By what each model z-scored them; null: by the statistics that were given. */
  normalisation: ({ model: string } & TargetShares)[] | null
  /** How far the inputs are from what each model was trained with; models without a record are absent. */
  distribution: ModelDistance[]
  outputs: PredictOutput[]
  /** Mosaics of the event, with the names of their scenes; absent where none was asked for. */
  mosaics?: (ReturnType<typeof sceneFiles> & {
    name: string
    width: number
    height: number
    scenes: string[]
  })[]
  /** File name of the competition's zip, why there is none, or null where none was asked for. */
  submission: string | null
  refused: RefusedFile[]
  remarks: { path: string; message: string }[]
  seconds: number
  /** Largest resident memory of the process, bytes. */
  peakMemory: number
}

export interface PredictRequest extends SceneChoices {
  paths: readonly string[]
  models: string
  /** null: as chosen for these models. */
  threshold: number | null
  valueScale: ValueScale | 'auto'
  /** null: what each model was trained with. */
  scale: number | null
  flips: boolean
  /** Also write the competition's zip. */
  submission: boolean
  /** Also write mosaics of the event's scenes. */
  mosaic: boolean
  /** Also write landslides as polygons; absent: no. */
  vectors?: boolean
  /** A rule, or a JSON file of statistics. */
  statistics: StatisticsRule | { file: string }
  backend: BackendName | 'auto'
}

/** Pixels of the patches in memory at once; a larger patch is read alone. */
const PIXELS_AT_ONCE = 512 * 512

/** The work of `scarp predict`. Memory does not grow with the number of inputs. */
export async function predictRasters(
  request: PredictRequest,
  out: OutFolder,
  io: CommandIo,
): Promise<PredictReport> {
  const since = io.now()
  await out.refuseForeign(['report.json'])
  const { statistics: rule } = request
  const given = typeof rule === 'string' ? null : await readStatistics(rule.file)
  return withModels(request.models, request.backend, io, loaded =>
    withEvent(
      request.paths,
      request,
      loaded.means,
      io,
      event =>
        predictEvent(loaded, event, { ...request, given, own: setStatistics(event.set), since }, out, io),
      out,
    ),
  )
}

/** What `predictEvent` needs to know of how it is done. */
export interface EventPrediction
  extends Pick<
    PredictRequest,
    'threshold' | 'valueScale' | 'scale' | 'flips' | 'submission' | 'mosaic' | 'vectors' | 'statistics'
  > {
  /** Statistics that a person gave; null: by a rule. */
  given: BandStatistics | null
  /** Of the event, of which these inputs may be a part. */
  own: BandStatistics
  /**
   * Of a shard of a run: landslides are written as lines of JSON, too, and files of polygons carry this time (ISO 8601), so that
   * all workers write the same bytes.
   */
  shardTime?: string
  /** When the work began (`CommandIo.now`). */
  since: number
}

/**
 * Predicts the patches and scenes of an event, or of a part of it, and writes what is asked for.
 *
 * @throws AppError `aborted` (rows of scenes that are done are kept), `gpu-failed`, and as reading and writing do
 */
export async function predictEvent(
  loaded: LoadedModels,
  { spool, scenes, set, refused, remarks }: OpenedEvent,
  request: EventPrediction,
  out: OutFolder,
  io: CommandIo,
): Promise<PredictReport> {
  const { engine, models } = loaded
  const { given, own } = request
  const rule = typeof request.statistics === 'string' ? request.statistics : given!
  const networks = eventNetworks(loaded, own, rule, request.scale)
  const threshold = request.threshold ?? maskThresholdOf(networks.map(({ manifest }) => manifest))
  const facts: ResultFacts = { networks, threshold, flips: request.flips, statistics: request.statistics }
  const distribution = distanceOf(networks, own, io)
  for (const text of given ? [] : normalisationTexts(networks)) io.note(`Normalised by: ${text}.`)
  const inputNames = [...spool.patches, ...scenes].map(({ name }) => name)
  const sceneNames = safeFileNames(inputNames).slice(spool.patches.length)
  const mosaics = request.mosaic
    ? planEventMosaics(scenes.map((scene, i) => ({ ...scene, name: sceneNames[i]! })))
    : []
  const names = safeFileNames([...inputNames, ...mosaics.map(({ name }) => name)])
  const mosaicNames = names.slice(inputNames.length)
  // Rows of scenes that the same command finished before it was killed are kept.
  if (out.repeats && scenes.length > 0) out.goOn()
  const rasters = [
    ...names.slice(0, spool.patches.length).flatMap(name => Object.values(filesOf(name))),
    ...[...sceneNames, ...mosaicNames].flatMap(name => Object.values(sceneFiles(name))),
  ]
  await out.begin([
    'report.json',
    ...(request.submission ? ['submission.zip'] : []),
    ...rasters,
    ...stylesBeside(rasters).map(({ name }) => name),
    ...(request.vectors ? names.map(vectorFile) : []),
    ...(request.shardTime === undefined ? [] : names.map(linesFile)),
  ])
  const maskFile = (index: number) => join(spool.folder, `${index}.mask`)
  const outputs: PredictOutput[] = []
  for (const batch of batchesOf(spool.patches)) {
    throwIfAborted(io.signal)
    const pixels = new Map<string, LabelledPixels>()
    for (const { id } of batch) pixels.set(id, await spool.load(id))
    const members = new Map<string, Float32Array[]>(batch.map(({ id }) => [id, []]))
    for (const [turn, { id, network, normalisation, scale }] of networks.entries()) {
      const doing = {
        label: `Predicting ${batch[0]!.name} with ${id}`,
        done: outputs.length * networks.length + turn * batch.length,
        total: spool.patches.length * networks.length,
      }
      io.progress.update(doing)
      const context: JobContext = {
        signal: io.signal,
        onProgress: ({ label }) =>
          io.progress.update({ ...doing, label: `${doing.label}, ${label.toLowerCase()}` }),
      }
      const patches = { ids: batch.map(patch => patch.id), load: async (id: string) => pixels.get(id)! }
      const { flips } = request
      const how = { domain: 'target', scale, flips, context } as const
      await predictPatches(network, patches, normalisation.statistics, how, (patchId, probability) => {
        members.get(patchId)!.push(probability)
      })
    }
    for (const patch of batch) {
      const index = outputs.length
      const probability = ensembleMean(members.get(patch.id)!)
      const valid = pixels.get(patch.id)!.valid
      const mask = maskFromProbability(probability, threshold, valid)
      if (request.submission) await writeScratch(maskFile(index), mask)
      const output = await writeOutput(out, patch, names[index]!, mask, probability, valid, facts)
      const ground = request.vectors ? patchGround(patch.name, pixels.get(patch.id)!) : null
      outputs.push(
        ground
          ? {
              ...output,
              vectors: await writeVectors(out.path, names[index]!, ground, null, io, request.shardTime),
            }
          : output,
      )
    }
  }
  io.progress.clear()
  for (const [index, scene] of scenes.entries()) {
    const name = sceneNames[index]!
    const counts = await predictSceneFiles(
      {
        scene: scene.pixels,
        wanted: scene.wanted,
        name,
        georeference: scene.georeference,
        networks: networks.map(({ network, normalisation: { statistics }, scale }) => {
          return { network, statistics, scale }
        }),
        threshold,
        flips: request.flips,
        metadata: {
          ...resultTags(facts, scene.recipe),
          ...(scene.sensed && { SCARP_SENSED: scene.sensed }),
          ...areaTags(scene),
        },
        settings: {
          recipe: scene.recipe,
          valueScale: request.valueScale,
          // Whoever replaces a model or a file under its name gets none of the rows made before.
          models: models.map(({ id, manifest }) => [id, manifest.weights.sha256]),
          own,
          networks: networks.map(({ normalisation: { statistics }, scale }) => [statistics, scale]),
        },
        out: out.path,
      },
      io,
    )
    const { width, height } = scene.wanted.window
    const { resumedRows, resumedWindows, ...pixels } = counts
    if (resumedRows + resumedWindows > 0) {
      io.note(
        `${scene.name}: went on at row ${resumedRows} of ${height}, ${resumedWindows} windows of the next rows were there.`,
      )
    }
    outputs.push({
      path: scene.name,
      name,
      width,
      height,
      ...sceneFiles(name),
      recipe: scene.recipe,
      ...pixels,
      ...(request.vectors && {
        vectors: await writeVectors(
          out.path,
          name,
          await sceneGround(scene),
          scene.wanted,
          io,
          request.shardTime,
        ),
      }),
    })
  }
  if (request.mosaic && scenes.length === 0) io.note('There is no scene, so there is no mosaic.')
  if (mosaics.length > 1) io.note(`The scenes lie on ${mosaics.length} grids: a mosaic is written for each.`)
  for (const [index, mosaic] of mosaics.entries()) {
    const tags = mosaicTags(
      facts,
      mosaic.grid.members.map(({ place }) => place.scene.name),
    )
    await writeEventMosaic(out.path, mosaicNames[index]!, mosaic, tags, io)
  }
  const submission = request.submission
    ? await submissionOr(() =>
        streamSubmission(
          join(out.path, 'submission.zip'),
          spool.patches,
          async index => new Uint8Array(await readFile(maskFile(index))),
        ),
      )
    : null
  const report: PredictReport = {
    command: 'predict',
    backend: engine.backend,
    adapter: engine.adapter,
    models: networks.map(({ id }) => id),
    threshold,
    scales: networks.map(({ scale }) => scale),
    flips: request.flips,
    statistics: own,
    leftOut: leftOutOf(set),
    normalisation: given
      ? null
      : networks.map(({ id, normalisation: { statistics: _, ...shares } }) => ({ model: id, ...shares })),
    distribution,
    outputs,
    ...(request.mosaic && {
      mosaics: mosaics.map(({ grid: { width, height, members } }, i) => {
        const scenes = members.map(({ place }) => place.scene.name)
        return { name: mosaicNames[i]!, width, height, ...sceneFiles(mosaicNames[i]!), scenes }
      }),
    }),
    submission,
    refused,
    remarks,
    seconds: (io.now() - request.since) / 1000,
    peakMemory: peakMemory(),
  }
  await writeJson(join(out.path, 'report.json'), report)
  if (scenes.length > 0) await removePartialScenes(out.path)
  return report
}

/** Runs of patches that fit in memory together, in their order. */
function* batchesOf(patches: readonly SpooledPatch[]): Generator<SpooledPatch[]> {
  let batch: SpooledPatch[] = []
  let pixels = 0
  for (const patch of patches) {
    const area = patch.width * patch.height
    if (batch.length > 0 && pixels + area > PIXELS_AT_ONCE) {
      yield batch
      batch = []
      pixels = 0
    }
    batch.push(patch)
    pixels += area
  }
  if (batch.length > 0) yield batch
}

function filesOf(name: string) {
  return { mask: `${name}_mask.tif`, probability: `${name}_prob.tif` }
}

async function writeOutput(
  out: OutFolder,
  patch: SpooledPatch,
  name: string,
  mask: Uint8Array,
  probability: Float32Array,
  valid: Uint8Array | null,
  facts: ResultFacts,
): Promise<PredictOutput> {
  const { width, height, georeference } = patch
  const metadata = resultTags(facts, null)
  const common = { width, height, georeference, metadata, name }
  const files = filesOf(name)
  await writeAtomically(join(out.path, files.mask), await writeMaskGeotiff({ mask, ...common }))
  await writeAtomically(
    join(out.path, files.probability),
    await writeProbabilityGeotiff({ probability, valid, ...common }),
  )
  for (const file of Object.values(files)) await writeStyleBeside(join(out.path, file))
  return {
    path: patch.id.replace(/^target\//, ''),
    name: patch.name,
    width,
    height,
    ...files,
    landslidePixels: countValue(mask, LANDSLIDE),
    validPixels: mask.length - countValue(mask, IGNORE),
  }
}

const statisticsSchema = z.object({
  count: z.number().positive(),
  mean: z.array(z.number()).length(14),
  m2: z.array(z.number().nonnegative()).length(14),
})

/**
 * Band statistics in raw units from a JSON file.
 *
 * @throws AppError `bad-argument` where it cannot be read or has another content.
 */
async function readStatistics(path: string): Promise<BandStatistics> {
  const bytes = await readNamedFile(path)
  try {
    return statisticsSchema.parse(JSON.parse(new TextDecoder().decode(bytes)))
  } catch (cause) {
    throw new AppError('bad-argument', `--stats: "${path}" is not {count, mean[14], m2[14]} in raw units.`, {
      cause,
    })
  }
}

function areaTags({ wanted: { area, window }, georeference }: OpenedScene): Record<string, string> {
  return area ? areaTag(movedArea(area, window), georeferenceOf(georeference, window)) : {}
}
