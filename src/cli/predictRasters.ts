import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { writeMaskGeotiff } from '../core/export/writeMaskGeotiff'
import { writeProbabilityGeotiff } from '../core/export/writeProbabilityGeotiff'
import { AppError, throwIfAborted } from '../core/foundation/appError'
import { loadModelFolder } from '../core/models/loadModelFolder'
import type { SegmentationNetwork } from '../core/models/network'
import type { BandStatistics } from '../core/patches/statistics'
import { ensembleMean } from '../core/refinement/ensemble'
import { predictPatch } from '../core/refinement/predictPatch'
import { maskFromProbability } from '../core/review/maskFromProbability'
import type { CommandIo } from './command'
import { readModelFolders } from './modelFolders'
import type { ParsedOptions } from './parseOptions'
import { PatchSpool } from './patchSpool'
import { spoolInputs, uniqueNames } from './spoolInputs'
import { startCliEngine } from './startCliEngine'
import { writeAtomically, writeJson } from './writeAtomically'

export interface PredictRequest {
  paths: readonly string[]
  models: string
  out: string
  threshold: number
  scale: number
  /** "self", or the path of a JSON file. */
  statistics: string
}

/** What `report.json` says. */
export interface PredictReport {
  command: 'predict'
  backend: string
  adapter: string
  models: string[]
  threshold: number
  scale: number
  statistics: BandStatistics
  outputs: {
    path: string
    name: string
    width: number
    height: number
    mask: string
    probability: string
    landslidePixels: number
    validPixels: number
  }[]
  refused: { path: string; code: string; message: string }[]
  remarks: { path: string; message: string }[]
  seconds: number
}

/** The work of `scarp predict`. */
export async function predictRasters(
  request: PredictRequest,
  options: ParsedOptions,
  io: CommandIo,
): Promise<PredictReport> {
  if (request.paths.length === 0)
    throw new AppError('bad-argument', 'Name at least one file or folder to predict.')
  const begin = io.now()
  const folders = await readModelFolders(request.models)
  const given = request.statistics === 'self' ? null : await readStatistics(request.statistics)
  const engine = await startCliEngine(options, 'inference', io)
  const spool = await PatchSpool.create(await mkdtemp(join(tmpdir(), 'scarp-')))
  const networks: { id: string; network: SegmentationNetwork }[] = []
  try {
    const { refused, remarks } = await spoolInputs(request.paths, 'target', spool, io)
    for (const { id, files } of folders)
      networks.push({ id, network: (await loadModelFolder(files)).network })
    const statistics = given ?? spool.statisticsOf('target')
    const names = uniqueNames(spool.patches.map(({ name }) => name))
    const outputs: PredictReport['outputs'] = []
    for (const [i, patch] of spool.patches.entries()) {
      throwIfAborted(io.signal)
      const pixels = await spool.load(patch.id)
      const members: Float32Array[] = []
      for (const [turn, { network }] of networks.entries()) {
        io.progress.update({
          label: `Predicting ${patch.name}`,
          done: i * networks.length + turn,
          total: spool.patches.length * networks.length,
        })
        const context = { signal: io.signal }
        members.push(
          await predictPatch(network, pixels, statistics, {
            domain: 'target',
            scale: request.scale,
            context,
          }),
        )
      }
      const probability = ensembleMean(members)
      const mask = maskFromProbability(probability, request.threshold, pixels.valid)
      const { width, height, georeference } = patch
      const name = names[i]!
      const metadata = {
        SCARP_MODELS: networks.map(({ id }) => id).join(','),
        SCARP_THRESHOLD: String(request.threshold),
        SCARP_SCALE: String(request.scale),
      }
      const common = { width, height, georeference, metadata, name }
      const files = { mask: `${name}_mask.tif`, probability: `${name}_prob.tif` }
      await writeAtomically(join(request.out, files.mask), await writeMaskGeotiff({ mask, ...common }))
      await writeAtomically(
        join(request.out, files.probability),
        await writeProbabilityGeotiff({ probability, valid: pixels.valid, ...common }),
      )
      outputs.push({
        path: patch.id.replace(/^target\//, ''),
        name: patch.name,
        width,
        height,
        ...files,
        landslidePixels: mask.reduce((sum, value) => sum + (value === 1 ? 1 : 0), 0),
        validPixels: mask.reduce((sum, value) => sum + (value === 255 ? 0 : 1), 0),
      })
    }
    io.progress.clear()
    const report: PredictReport = {
      command: 'predict',
      backend: engine.backend,
      adapter: engine.adapter,
      models: networks.map(({ id }) => id),
      threshold: request.threshold,
      scale: request.scale,
      statistics,
      outputs,
      refused,
      remarks,
      seconds: (io.now() - begin) / 1000,
    }
    await writeJson(join(request.out, 'report.json'), report)
    return report
  } finally {
    for (const { network } of networks) network.dispose()
    await spool.remove()
  }
}

const statisticsSchema = z.object({
  count: z.number().positive(),
  mean: z.array(z.number()).length(14),
  m2: z.array(z.number().nonnegative()).length(14),
})

async function readStatistics(path: string): Promise<BandStatistics> {
  const text = await readFile(path, 'utf8').catch(cause => {
    throw new AppError('bad-argument', `--stats: "${path}" cannot be read.`, { cause })
  })
  try {
    return statisticsSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw new AppError('bad-argument', `--stats: "${path}" is not {count, mean[14], m2[14]} in raw units.`, {
      cause,
    })
  }
}
