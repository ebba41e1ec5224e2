import { join } from 'node:path'
import { writeMaskGeotiff } from '../core/export/writeMaskGeotiff'
import { AppError, throwIfAborted, toAppError } from '../core/foundation/appError'
import { pooledScores } from '../core/refinement/heldOutScores'
import { pseudoLabel } from '../core/refinement/pseudoLabel'
import type { RoundConfig } from '../core/refinement/round'
import type { RoundStore } from '../core/refinement/roundInput'
import { ENSEMBLE } from '../core/refinement/targetLabels'
import { maskFromProbability } from '../core/review/maskFromProbability'
import type { SegmentationMetrics } from '../core/training/metrics'
import type { CommandIo } from './command'
import type { RefineProject } from './refineInputs'
import { createRefineStore } from './refineStore'
import { streamSubmission } from './streamSubmission'
import { writeAtomically } from './writeAtomically'

/** The labels that a round's ensemble gives the target: what the next round learns from. */
export async function writePseudoLabels(
  index: number,
  config: RoundConfig,
  project: RefineProject,
  io: CommandIo,
): Promise<void> {
  const store = createRefineStore(project.probabilities, index + 1, project.fileOf)
  for (const { id, width, height, georeference } of project.targetPatches) {
    throwIfAborted(io.signal)
    const { valid } = await project.spool.load(id)
    const mask = pseudoLabel(await ensembleOf(store, id), config.pseudoLabel, valid)
    const name = project.fileOf(id)
    const metadata = { SCARP_ROUND: String(index), SCARP_RULE: JSON.stringify(config.pseudoLabel) }
    const bytes = await writeMaskGeotiff({ mask, width, height, georeference, metadata, name })
    await writeAtomically(join(project.folder(index), 'pseudo-labels', `${name}.tif`), bytes)
  }
}

/** Scores of target patches that came with a label, which training never saw; null where none did. */
export async function scoreTarget(
  index: number,
  config: RoundConfig,
  project: RefineProject,
): Promise<SegmentationMetrics | null> {
  const known = project.spool.provider(({ domain, hasLabel }) => domain === 'target' && hasLabel)
  if (known.ids.length === 0) return null
  const store = createRefineStore(project.probabilities, index + 1, project.fileOf)
  return pooledScores(known, config.decisionThreshold, id => ensembleOf(store, id))
}

/** Masks of the last round's ensemble, as GeoTIFF and, where they fit, as the competition's zip. */
export async function writeMasks(
  request: { out: string; threshold: number },
  lastRound: number,
  project: RefineProject,
): Promise<{ masks: number; submission: string }> {
  const store = createRefineStore(project.probabilities, lastRound + 1, project.fileOf)
  const patches = project.targetPatches
  const maskOf = async (id: string) => {
    const { valid } = await project.spool.load(id)
    return maskFromProbability(await ensembleOf(store, id), request.threshold, valid)
  }
  for (const { id, width, height, georeference } of patches) {
    const mask = await maskOf(id)
    const file = project.fileOf(id)
    const metadata = { SCARP_ROUND: String(lastRound), SCARP_THRESHOLD: String(request.threshold) }
    const bytes = await writeMaskGeotiff({ mask, width, height, georeference, metadata, name: file })
    await writeAtomically(join(request.out, 'masks', `${file}_mask.tif`), bytes)
  }
  const zip = join(request.out, 'submission.zip')
  const submission = await submissionOr(() => streamSubmission(zip, patches, i => maskOf(patches[i]!.id)))
  return { masks: patches.length, submission }
}

/** The file's name, or why there is none. */
export async function submissionOr(write: () => Promise<void>): Promise<string> {
  try {
    await write()
    return 'submission.zip'
  } catch (error) {
    const { code, message } = toAppError(error)
    if (code !== 'shape-mismatch' && code !== 'bad-argument') throw error
    return `None: ${message}`
  }
}

/** A patch's latest ensemble mean, seen from the round after it. */
async function ensembleOf(store: RoundStore, patchId: string): Promise<Float32Array> {
  const probability = await store.readProbability(patchId, ENSEMBLE)
  if (probability) return probability
  throw new AppError(
    'storage-failed',
    `The probability of ${patchId} is gone from the output folder: run it anew.`,
  )
}
