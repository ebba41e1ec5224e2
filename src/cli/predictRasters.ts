import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { writeMaskGeotiff, writeProbabilityGeotiff } from '../core/export/resultGeotiffs'
import { AppError, throwIfAborted, toAppError } from '../core/foundation/appError'
import { safeFileNames } from '../core/foundation/fileNames'
import { z } from '../core/foundation/schema'
import { listNames } from '../core/foundation/text'
import { maskFromProbability } from '../core/masks/probability'
import { BANDS } from '../core/patches/bands'
import { type DistributionLevel, distributionGuard } from '../core/patches/distributionGuard'
import { countValue, IGNORE, LANDSLIDE, type ValueScale } from '../core/patches/patch'
import { eventSet, type SetPatch, setStatistics } from '../core/patches/setStatistics'
import type { BandStatistics } from '../core/patches/statistics'
import {
  describeTargetStatistics,
  type StatisticsRule,
  type TargetShares,
  type TargetStatistics,
  targetStatistics,
} from '../core/patches/targetStatistics'
import { SYNTHETIC_BANDS } from '../core/raster/geotiff/openGeotiff'
import { leftOutOf } from '../core/review/records'
import type { BackendName } from '../core/rounds/engineInfo'
import { ensembleMean } from '../core/rounds/ensemble'
import {
  imageStatistics,
  learnedStatistics,
  type ModelManifest,
  maskThresholdOf,
} from '../core/rounds/modelManifest'
import { sampleScene } from '../core/scenes/sampleScene'
import type { StackRecipe } from '../core/scenes/scene'
import { isAbsent, type SceneStack } from '../core/scenes/stack'
import { type LabelledPixels, loadModelFolder, predictPatches, type SegmentationNetwork } from '../engine'
import { planEventMosaics, writeEventMosaic } from './eventMosaics'
import { meansOf } from './modelStatistics'
import type { CommandIo } from './node/commandIo'
import { streamSubmission, submissionOr } from './node/l4sFiles'
import { MemberSpool } from './node/memberSpool'
import { readModelFolders } from './node/modelFolders'
import { readNamedFile, writeAtomically, writeJson } from './node/nodeFiles'
import type { OutFolder } from './node/outFolder'
import { CHOOSE_SCALE, PatchSpool, type SpooledPatch, spoolFiles } from './node/patchSpool'
import { peakMemory } from './node/reporting'
import { writeScratch } from './node/scratchFolder'
import { startCliEngine } from './node/startCliEngine'
import { predictSceneFiles, removePartialScenes, sceneFiles } from './predictScenes'
import { baseName, type EventScene, eventInputs, findSceneInputs } from './sceneInputs'
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
  distribution: { model: string; level: DistributionLevel; message: string }[]
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
  refused: { path: string; code: string; message: string }[]
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
  /** A rule, or a JSON file of statistics. */
  statistics: StatisticsRule | { file: string }
  backend: BackendName | 'auto'
}

/** Pixels of the patches in memory at once; a larger patch is read alone. */
const PIXELS_AT_ONCE = 512 * 512

/** In the tags of a mosaic; report.json has all. */
const SCENES_NAMED = 8

interface LoadedNetwork {
  id: string
  network: SegmentationNetwork
  manifest: ModelManifest
  /** By what it z-scores the images. */
  normalisation: TargetStatistics
  scale: number
}

/** The work of `scarp predict`. Memory does not grow with the number of inputs. */
export async function predictRasters(
  request: PredictRequest,
  out: OutFolder,
  io: CommandIo,
): Promise<PredictReport> {
  const begin = io.now()
  await out.refuseForeign(['report.json'])
  const folders = await readModelFolders(request.models)
  const { statistics: rule } = request
  const given = typeof rule === 'string' ? null : await readStatistics(rule.file)
  const engine = await startCliEngine(request.backend, 'inference', io)
  const spool = await PatchSpool.temporary()
  const members = new MemberSpool()
  const loaded: { id: string; network: SegmentationNetwork; manifest: ModelManifest }[] = []
  try {
    for (const { id, files } of folders) loaded.push({ id, ...(await loadModelFolder(files)) })
    const inputs = await findSceneInputs(request.paths, request, io, members, out)
    const means = await meansOf(
      loaded.map(({ manifest }) => manifest),
      io,
    )
    const event = await eventInputs(inputs, request.paths, request, means, io)
    for (const { path, message } of event.refused) io.note(`Refused ${path}: ${message}`)
    const as = { domain: 'target', scale: request.valueScale, means } as const
    const { refused, remarks } = await spoolFiles(event.patches, as, spool, io)
    refused.unshift(...event.refused)
    const scenes: OpenedScene[] = []
    for (const scene of event.scenes) {
      const context = { signal: io.signal, onProgress: io.progress.update }
      try {
        const pixels = await scene.open()
        scenes.push({ ...scene, pixels, samples: await sampleScene(pixels, scene, context) })
      } catch (thrown) {
        const { code, message } = toAppError(thrown)
        if (code === 'aborted') throw thrown
        io.note(`Refused ${scene.name}: ${message}`)
        refused.push({ path: scene.name, code, message })
      }
    }
    io.progress.clear()
    // Of patches and scenes together: they are one event.
    const set = eventSet(spool.patches, scenes)
    const own = setStatistics(set)
    const networks: LoadedNetwork[] = loaded.map(({ id, network, manifest }) => {
      const scale = request.scale ?? manifest.scale
      const normalisation =
        typeof rule === 'string'
          ? imageStatistics(manifest, own, rule)
          : targetStatistics(given!, null, 'self')
      return { id, network, manifest, normalisation, scale }
    })
    const threshold = request.threshold ?? maskThresholdOf(networks.map(({ manifest }) => manifest))
    const distribution = guard(networks, own, io)
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
    await out.begin([
      'report.json',
      ...(request.submission ? ['submission.zip'] : []),
      ...names.slice(0, spool.patches.length).flatMap(name => Object.values(filesOf(name))),
      ...[...sceneNames, ...mosaicNames].flatMap(name => Object.values(sceneFiles(name))),
    ])
    const maskFile = (index: number) => join(spool.folder, `${index}.mask`)
    const outputs: PredictOutput[] = []
    for (const batch of batchesOf(spool.patches)) {
      throwIfAborted(io.signal)
      const pixels = new Map<string, LabelledPixels>()
      for (const { id } of batch) pixels.set(id, await spool.load(id))
      const members = new Map<string, Float32Array[]>(batch.map(({ id }) => [id, []]))
      for (const [turn, { id, network, normalisation, scale }] of networks.entries()) {
        io.progress.update({
          label: `Predicting ${batch[0]!.name} with ${id}`,
          done: outputs.length * networks.length + turn * batch.length,
          total: spool.patches.length * networks.length,
        })
        const patches = { ids: batch.map(patch => patch.id), load: async (id: string) => pixels.get(id)! }
        const { flips } = request
        const how = { domain: 'target', scale, flips, context: { signal: io.signal } } as const
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
        outputs.push(
          await writeOutput(
            out,
            patch,
            names[index]!,
            mask,
            probability,
            valid,
            networks,
            threshold,
            request,
          ),
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
          metadata: metadataOf(networks, threshold, request, scene.recipe),
          settings: {
            recipe: scene.recipe,
            valueScale: request.valueScale,
            // Whoever replaces a model or a file under its name gets none of the rows made before.
            models: loaded.map(({ id, manifest }) => [id, manifest.weights.sha256]),
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
      })
    }
    if (request.mosaic && scenes.length === 0) io.note('There is no scene, so there is no mosaic.')
    if (mosaics.length > 1)
      io.note(`The scenes lie on ${mosaics.length} grids: a mosaic is written for each.`)
    for (const [index, mosaic] of mosaics.entries()) {
      const tags = {
        ...metadataOf(networks, threshold, request, null),
        SCARP_SCENE: listNames(
          mosaic.grid.members.map(({ place }) => place.scene.name),
          SCENES_NAMED,
        ),
      }
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
      seconds: (io.now() - begin) / 1000,
      peakMemory: peakMemory(),
    }
    await writeJson(join(out.path, 'report.json'), report)
    if (scenes.length > 0) await removePartialScenes(out.path)
    return report
  } finally {
    for (const { network } of loaded) network.dispose()
    await spool.remove()
    await members.remove()
  }
}

/** A scene of the event, opened. */
interface OpenedScene extends EventScene {
  pixels: SceneStack
  samples: SetPatch[]
}

/** GDAL metadata of a result. */
function metadataOf(
  networks: readonly LoadedNetwork[],
  threshold: number,
  request: PredictRequest,
  recipe: StackRecipe | null,
): Record<string, string> {
  const statistics =
    typeof request.statistics === 'string'
      ? normalisationTexts(networks).join('; ')
      : `given: ${basename(request.statistics.file)}`
  const absent = recipe?.bands.flatMap((band, i) => (isAbsent(band) ? [BANDS[i]!.name] : [])) ?? []
  return {
    SCARP_MODELS: networks.map(({ id }) => id).join(','),
    SCARP_THRESHOLD: String(threshold),
    SCARP_STATISTICS: statistics,
    SCARP_SCALE: networks.map(({ scale }) => scale).join(','),
    SCARP_FLIPS: String(request.flips),
    ...(recipe && { SCARP_SCENE: recipe.name, SCARP_ELEVATION: recipe.elevation.map(baseName).join(',') }),
    ...(absent.length > 0 && { [SYNTHETIC_BANDS]: absent.join(',') }),
  }
}

/** By what the networks z-score the images, in words, once for each that differs. */
function normalisationTexts(networks: readonly LoadedNetwork[]): string[] {
  return [...new Set(networks.map(({ normalisation }) => describeTargetStatistics(normalisation)))]
}

/** Reports once per set of training statistics how far the inputs are from it, unless they match. */
function guard(
  networks: readonly LoadedNetwork[],
  input: BandStatistics,
  io: CommandIo,
): PredictReport['distribution'] {
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
  networks: readonly LoadedNetwork[],
  threshold: number,
  request: PredictRequest,
): Promise<PredictOutput> {
  const { width, height, georeference } = patch
  const metadata = metadataOf(networks, threshold, request, null)
  const common = { width, height, georeference, metadata, name }
  const files = filesOf(name)
  await writeAtomically(join(out.path, files.mask), await writeMaskGeotiff({ mask, ...common }))
  await writeAtomically(
    join(out.path, files.probability),
    await writeProbabilityGeotiff({ probability, valid, ...common }),
  )
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
