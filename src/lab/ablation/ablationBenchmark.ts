import type { CommandIo } from '../../cli/node/commandIo'
import { PatchSpool, spoolInputs } from '../../cli/node/patchSpool'
import { AppError, throwIfAborted } from '../../core/foundation/appError'
import { blockFolds } from '../../core/patches/blockFolds'
import type { ValueScale } from '../../core/patches/patch'
import { shiftStrength, statisticsShift } from '../../core/patches/statistics'
import { benchmarkProject } from '../../core/synthetic/benchmarkProject'
import type { PatchProvider } from '../../engine/refinement/patchProvider'

/** One split of a benchmark: labelled source patches, and target patches whose labels only the scoring sees. */
export interface AblationFold {
  spool: PatchSpool
  /** By patch id of the spool; [H, W] of 0, 1, 255. */
  truth: ReadonlyMap<string, Uint8Array>
  training: PatchProvider
  /** Source patches that are never trained on. */
  heldOut: PatchProvider
  /** Root mean square of the bands' mean shifts, target against source, source standard deviations. */
  shift: number
}

export interface AblationBenchmark {
  id: 'generated' | 'l4s'
  title: string
  folds: number
  /** What its numbers depend on besides the seed, for fingerprints. */
  settings: unknown
  /** @param folder for the patches' pixels; the caller removes the spool. */
  open(seed: number, fold: number, folder: string, io: CommandIo): Promise<AblationFold>
}

const HELD_OUT_SHARE = 0.2

export interface GeneratedOptions {
  patches: number
  targets: number
  size: number
  shift: number
  sensorShift: number
}

/** The generated two-region benchmark; every seed draws new regions. */
export function generatedBenchmark(settings: GeneratedOptions): AblationBenchmark {
  const { patches, targets, size, shift, sensorShift } = settings
  return {
    id: 'generated',
    title: `Generated two-region benchmark: ${patches} source and ${targets} target patches of ${size} x ${size}`,
    folds: 1,
    settings,
    async open(seed, _fold, folder, io) {
      const spool = await PatchSpool.create(folder)
      const truths = new Map<string, Uint8Array>()
      let done = 0
      const options = { seed, sourceCount: patches, targetCount: targets, size, shift, sensorShift }
      for (const { patch, truth } of benchmarkProject(options)) {
        throwIfAborted(io.signal)
        const { id, domain } = await spool.add(patch)
        if (domain === 'target') truths.set(id, truth)
        io.progress.update({ label: 'Generating patches', done: ++done, total: patches + targets })
      }
      return foldOf(spool, truths)
    },
  }
}

/**
 * Labelled Landslide4Sense patches: the target of each fold is a run of blocks of consecutive ids, without its labels,
 * and the rest is its source. It is one region: the shift is that between its valleys.
 *
 * @throws AppError `training-impossible` where there are fewer than three labelled patches.
 */
export async function leaveBlockOut(
  inputs: string,
  { l4sFolds: wanted, valueScale: scale }: { l4sFolds: number; valueScale: ValueScale | 'auto' },
  scratch: string,
  io: CommandIo,
): Promise<AblationBenchmark> {
  const probe = await PatchSpool.create(scratch)
  try {
    await spoolInputs([inputs], { domain: 'source', scale }, probe, io)
    const names = probe.labelled.map(({ name }) => name)
    if (names.length < 3) {
      throw new AppError('training-impossible', `"${inputs}" holds fewer than three patches with a mask.`)
    }
    const folds = blockFolds(names, wanted)
    return {
      id: 'l4s',
      title: `${names.length} Landslide4Sense patches, ${folds.length} folds of blocks of consecutive ids left out`,
      folds: folds.length,
      settings: { folds, statistics: probe.statisticsOf('source') },
      open: (_seed, fold, folder) => openBlock(inputs, scale, new Set(folds[fold]), folder, io),
    }
  } finally {
    await probe.remove()
  }
}

async function openBlock(
  inputs: string,
  scale: ValueScale | 'auto',
  left: ReadonlySet<string>,
  folder: string,
  io: CommandIo,
): Promise<AblationFold> {
  const whole = await PatchSpool.create(`${folder}-all`)
  try {
    await spoolInputs([inputs], { domain: 'source', scale }, whole, io)
    const spool = await PatchSpool.create(folder)
    const truths = new Map<string, Uint8Array>()
    for (const { id, name, scale, georeference } of whole.labelled) {
      const pixels = await whole.load(id)
      const target = left.has(name)
      const patch = { ...pixels, id: name, name, scale, georeference }
      const added = await spool.add({
        ...patch,
        domain: target ? 'target' : 'source',
        label: target ? null : pixels.label,
      })
      if (target) truths.set(added.id, pixels.label!)
    }
    return foldOf(spool, truths)
  } finally {
    await whole.remove()
  }
}

function foldOf(spool: PatchSpool, truth: ReadonlyMap<string, Uint8Array>): AblationFold {
  if (spool.labelled.length < 2 || truth.size === 0) {
    throw new AppError(
      'training-impossible',
      'The benchmark needs two labelled source patches and a target patch: ask for more patches.',
    )
  }
  const shifts = statisticsShift(spool.statisticsOf('target'), spool.statisticsOf('source'))
  return { spool, truth, ...spool.splitSource(HELD_OUT_SHARE), shift: shiftStrength(shifts) }
}
