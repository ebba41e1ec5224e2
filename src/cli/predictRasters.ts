import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { areaTag, movedArea } from '../core/export/areaTag'
import { stylesBeside } from '../core/export/qgisRasterStyles'
import { AppError } from '../core/foundation/appError'
import { safeFileNames } from '../core/foundation/fileNames'
import { z } from '../core/foundation/schema'
import type { RefusedFile } from '../core/patches/importPatches'
import type { ValueScale } from '../core/patches/patch'
import { setStatistics } from '../core/patches/setStatistics'
import type { BandStatistics } from '../core/patches/statistics'
import type { StatisticsRule, TargetShares } from '../core/patches/targetStatistics'
import { leftOutOf } from '../core/review/records'
import type { BackendName } from '../core/rounds/engineInfo'
import { maskThresholdOf } from '../core/rounds/modelManifest'
import { georeferenceOf } from '../core/scenes/stack'
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
import { readNamedFile, writeJson } from './node/nodeFiles'
import type { OutFolder } from './node/outFolder'
import { peakMemory } from './node/reporting'
import { type OpenedEvent, type OpenedScene, withEvent } from './openEvent'
import { type PredictOutput, patchFiles, predictPatchFiles, scratchMask } from './predictPatchFiles'
import { predictSceneFiles, removePartialScenes, sceneFiles } from './predictScenes'
import { linesFile, sceneGround, vectorFile, writeVectors } from './predictVectors'
import type { SceneChoices } from './sceneOptions'

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
    ...names.slice(0, spool.patches.length).flatMap(name => Object.values(patchFiles(name))),
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
  const work = { spool, networks, names, threshold, flips: request.flips, facts, out: out.path }
  const outputs = await predictPatchFiles(
    { ...work, submission: request.submission, vectors: request.vectors, shardTime: request.shardTime },
    io,
  )
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
          async index => new Uint8Array(await readFile(scratchMask(spool, index))),
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
