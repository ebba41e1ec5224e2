import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { writeMaskGeotiff, writeProbabilityGeotiff } from '../core/export/resultGeotiffs'
import { AppError, throwIfAborted } from '../core/foundation/appError'
import { safeFileNames } from '../core/foundation/fileNames'
import { z } from '../core/foundation/schema'
import { maskFromProbability } from '../core/masks/probability'
import { type DistributionLevel, distributionGuard } from '../core/patches/distributionGuard'
import { countValue, IGNORE, LANDSLIDE, type ValueScale } from '../core/patches/patch'
import type { BandStatistics } from '../core/patches/statistics'
import {
  describeTargetStatistics,
  type StatisticsRule,
  type TargetShares,
  type TargetStatistics,
  targetStatistics,
} from '../core/patches/targetStatistics'
import type { BackendName } from '../core/rounds/engineInfo'
import { ensembleMean } from '../core/rounds/ensemble'
import {
  imageStatistics,
  learnedStatistics,
  type ModelManifest,
  maskThresholdOf,
} from '../core/rounds/modelManifest'
import { type LabelledPixels, loadModelFolder, predictPatches, type SegmentationNetwork } from '../engine'
import type { CommandIo } from './node/commandIo'
import { streamSubmission, submissionOr } from './node/l4sFiles'
import { readModelFolders } from './node/modelFolders'
import { readNamedFile, writeAtomically, writeJson } from './node/nodeFiles'
import type { OutFolder } from './node/outFolder'
import { CHOOSE_SCALE, PatchSpool, type SpooledPatch, spoolInputs } from './node/patchSpool'
import { peakMemory } from './node/reporting'
import { writeScratch } from './node/scratchFolder'
import { startCliEngine } from './node/startCliEngine'

interface PredictOutput {
  path: string
  name: string
  width: number
  height: number
  mask: string
  probability: string
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
  /** File name of the competition's zip, why there is none, or null where none was asked for. */
  submission: string | null
  refused: { path: string; code: string; message: string }[]
  remarks: { path: string; message: string }[]
  seconds: number
  /** Largest resident memory of the process, bytes. */
  peakMemory: number
}

export interface PredictRequest {
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
  /** A rule, or a JSON file of statistics. */
  statistics: StatisticsRule | { file: string }
  backend: BackendName | 'auto'
}

/** Pixels of the patches in memory at once; a larger patch is read alone. */
const PIXELS_AT_ONCE = 512 * 512

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
  const networks: LoadedNetwork[] = []
  try {
    const { refused, remarks } = await spoolInputs(
      request.paths,
      { domain: 'target', scale: request.valueScale },
      spool,
      io,
      out,
    )
    const own = spool.statisticsOf('target')
    for (const { id, files } of folders) {
      const { network, manifest } = await loadModelFolder(files)
      const scale = request.scale ?? manifest.scale
      const normalisation =
        typeof rule === 'string'
          ? imageStatistics(manifest, own, rule)
          : targetStatistics(given!, null, 'self')
      networks.push({ id, network, manifest, normalisation, scale })
    }
    const threshold = request.threshold ?? maskThresholdOf(networks.map(({ manifest }) => manifest))
    const distribution = guard(networks, own, io)
    for (const text of given ? [] : normalisationTexts(networks)) io.note(`Normalised by: ${text}.`)
    const names = safeFileNames(spool.patches.map(({ name }) => name))
    await out.begin([
      'report.json',
      ...(request.submission ? ['submission.zip'] : []),
      ...names.flatMap(name => Object.values(filesOf(name))),
    ])
    const maskFile = (index: number) => join(spool.folder, `${index}.mask`)
    const outputs: PredictOutput[] = []
    for (const batch of batchesOf(spool.patches)) {
      throwIfAborted(io.signal)
      const loaded = new Map<string, LabelledPixels>()
      for (const { id } of batch) loaded.set(id, await spool.load(id))
      const members = new Map<string, Float32Array[]>(batch.map(({ id }) => [id, []]))
      for (const [turn, { id, network, normalisation, scale }] of networks.entries()) {
        io.progress.update({
          label: `Predicting ${batch[0]!.name} with ${id}`,
          done: outputs.length * networks.length + turn * batch.length,
          total: spool.patches.length * networks.length,
        })
        const patches = { ids: batch.map(patch => patch.id), load: async (id: string) => loaded.get(id)! }
        const { flips } = request
        const how = { domain: 'target', scale, flips, context: { signal: io.signal } } as const
        await predictPatches(network, patches, normalisation.statistics, how, (patchId, probability) => {
          members.get(patchId)!.push(probability)
        })
      }
      for (const patch of batch) {
        const index = outputs.length
        const probability = ensembleMean(members.get(patch.id)!)
        const valid = loaded.get(patch.id)!.valid
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
      leftOut: spool.leftOut('target'),
      normalisation: given
        ? null
        : networks.map(({ id, normalisation: { statistics: _, ...shares } }) => ({ model: id, ...shares })),
      distribution,
      outputs,
      submission,
      refused,
      remarks,
      seconds: (io.now() - begin) / 1000,
      peakMemory: peakMemory(),
    }
    await writeJson(join(out.path, 'report.json'), report)
    return report
  } finally {
    for (const { network } of networks) network.dispose()
    await spool.remove()
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
  const metadata = {
    SCARP_MODELS: networks.map(({ id }) => id).join(','),
    SCARP_THRESHOLD: String(threshold),
    SCARP_STATISTICS:
      typeof request.statistics === 'string'
        ? normalisationTexts(networks).join('; ')
        : `given: ${basename(request.statistics.file)}`,
    SCARP_SCALE: networks.map(({ scale }) => scale).join(','),
    SCARP_FLIPS: String(request.flips),
  }
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
