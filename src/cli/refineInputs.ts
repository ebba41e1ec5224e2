import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../core/foundation/appError'
import { splitHeldOut } from '../core/patches/splitHeldOut'
import type { PatchProvider } from '../core/refinement/patchProvider'
import type { PatchSpool, SpooledPatch } from './patchSpool'
import { uniqueNames } from './spoolInputs'

/** Inputs and places of a run. */
export interface RefineProject {
  spool: PatchSpool
  source: PatchProvider
  heldOut: PatchProvider
  target: PatchProvider
  targetPatches: SpooledPatch[]
  /** Output base name of a patch. */
  fileOf: (patchId: string) => string
  /** <out>/round-<k> */
  folder: (round: number) => string
  probabilities: (round: number) => string
}

/**
 * Splits what was read into training, held-out and target patches.
 *
 * @throws AppError `training-impossible` without a labelled source patch, or, where `target` names one, without a
 *   target patch.
 */
export function openProject(
  request: { source: string; target: string | null; out: string; heldOutShare: number },
  spool: PatchSpool,
): RefineProject {
  const labelled = spool.patches.filter(({ domain, hasLabel }) => domain === 'source' && hasLabel)
  const targetPatches = spool.patches.filter(({ domain }) => domain === 'target')
  if (labelled.length === 0) {
    throw new AppError(
      'training-impossible',
      `"${request.source}" holds no patch with a mask: masks pair by name.`,
    )
  }
  if (request.target !== null && targetPatches.length === 0) {
    throw new AppError('training-impossible', `"${request.target}" holds no patch that could be read.`)
  }
  const heldOutNames = splitHeldOut(
    labelled.map(({ name }) => name),
    request.heldOutShare,
    new Map(labelled.map(({ name, landslidePixels }) => [name, landslidePixels])),
  )
  const isLabelled = (patch: SpooledPatch) => patch.domain === 'source' && patch.hasLabel
  const names = uniqueNames(
    spool.patches.map(({ domain, name }) => (domain === 'target' ? name : `source-${name}`)),
  )
  const files = new Map(spool.patches.map(({ id }, i) => [id, names[i]!]))
  const folder = (round: number) => join(request.out, `round-${round}`)
  return {
    spool,
    source: spool.provider(patch => isLabelled(patch) && !heldOutNames.has(patch.name)),
    heldOut: spool.provider(patch => isLabelled(patch) && heldOutNames.has(patch.name)),
    target: spool.provider(({ domain }) => domain === 'target'),
    targetPatches,
    fileOf: id => files.get(id)!,
    folder,
    probabilities: round => join(folder(round), 'probabilities'),
  }
}

/** Removes what an earlier run left in the output folder, so that two runs never mix. */
export async function clearRun(out: string): Promise<void> {
  for (const name of ['state.json', 'report.json', 'submission.zip', 'masks', 'checkpoints']) {
    await rm(join(out, name), { recursive: true, force: true })
  }
  for (let round = 1; ; round++) {
    const folder = join(out, `round-${round}`)
    const { removed } = await rm(folder, { recursive: true }).then(
      () => ({ removed: true }),
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return { removed: false }
        throw error
      },
    )
    if (!removed) return
  }
}
