import { join } from 'node:path'
import { writeMaskGeotiff, writeProbabilityGeotiff } from '../core/export/resultGeotiffs'
import { throwIfAborted } from '../core/foundation/appError'
import type { JobContext } from '../core/foundation/job'
import { maskFromProbability } from '../core/masks/probability'
import { countValue, IGNORE, LANDSLIDE } from '../core/patches/patch'
import { ensembleMean } from '../core/rounds/ensemble'
import type { StackRecipe } from '../core/scenes/scene'
import { type LabelledPixels, predictPatches } from '../engine'
import { type EventNetwork, type ResultFacts, resultTags } from './loadedModels'
import type { CommandIo } from './node/commandIo'
import { writeAtomically } from './node/nodeFiles'
import type { PatchSpool, SpooledPatch } from './node/patchSpool'
import { writeScratch } from './node/scratchFolder'
import { writeStyleBeside } from './node/streamCogFile'
import { patchGround, writeVectors } from './predictVectors'

/** What the report says of one input. */
export interface PredictOutput {
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

export interface PatchPrediction {
  spool: PatchSpool
  networks: readonly EventNetwork[]
  /** Safe file names, one for each patch of the spool, in its order; others may follow. */
  names: readonly string[]
  threshold: number
  flips: boolean
  facts: ResultFacts
  /** Folder of the results. */
  out: string
  /** Whether `scratchMask` is to hold the masks. */
  submission: boolean
  /** Whether landslides are written as polygons too. */
  vectors?: boolean | undefined
  /** As `EventPrediction` has it. */
  shardTime?: string | undefined
}

/** The mask of a spooled patch until the competition's zip is written: [height, width] of 0, 1, 255. */
export function scratchMask({ folder }: PatchSpool, index: number): string {
  return join(folder, `${index}.mask`)
}

/** Pixels of the patches in memory at once; a larger patch is read alone. */
const PIXELS_AT_ONCE = 512 * 512

/**
 * Predicts the patches of a spool, some at a time so that memory does not grow with their number, and writes the mask and
 * probability of each.
 *
 * @returns an output for each patch, in their order
 * @throws AppError `aborted`, `gpu-failed`, and as reading and writing do
 */
export async function predictPatchFiles(request: PatchPrediction, io: CommandIo): Promise<PredictOutput[]> {
  const { spool, networks, names, threshold, flips, facts, out } = request
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
      if (request.submission) await writeScratch(scratchMask(spool, index), mask)
      const output = await writeOutput(out, patch, names[index]!, mask, probability, valid, facts)
      const ground = request.vectors ? patchGround(patch.name, pixels.get(patch.id)!) : null
      outputs.push(
        ground
          ? {
              ...output,
              vectors: await writeVectors(out, names[index]!, ground, null, io, request.shardTime),
            }
          : output,
      )
    }
  }
  io.progress.clear()
  return outputs
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

/** Names of a patch's results in --out. */
export function patchFiles(name: string) {
  return { mask: `${name}_mask.tif`, probability: `${name}_prob.tif` }
}

async function writeOutput(
  out: string,
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
  const files = patchFiles(name)
  await writeAtomically(join(out, files.mask), await writeMaskGeotiff({ mask, ...common }))
  await writeAtomically(
    join(out, files.probability),
    await writeProbabilityGeotiff({ probability, valid, ...common }),
  )
  for (const file of Object.values(files)) await writeStyleBeside(join(out, file))
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
