import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../core/foundation/appError'
import { uniqueNames } from '../core/foundation/uniqueNames'
import type { ValueScale } from '../core/patches/patch'
import { splitHeldOut } from '../core/patches/splitHeldOut'
import type { BackendName, EngineInfo } from '../core/rounds/engineInfo'
import type { RoundNetworkRecord, RoundRecord } from '../core/rounds/round'
import { presetOf, type RoundConfig } from '../core/rounds/roundConfig'
import { chooseMicroBatch, type PatchProvider } from '../engine'
import type { CommandIo } from './node/commandIo'
import { writeJson } from './node/nodeFiles'
import type { PatchSpool, SpooledPatch } from './node/patchSpool'

/** What `scarp train` and `scarp refine` both ask for. */
export interface ProjectRequest {
  source: string
  out: string
  /** Folder of models to start from; null: seeded initialisation. */
  models: string | null
  heldOutShare: number
  /** Megabytes of GPU memory that the micro-batch has to fit; null: the configuration's own micro-batch. */
  memory: number | null
  /** Of the source's images. */
  valueScale: ValueScale | 'auto'
  resume: boolean
  /** Seconds between checkpoints of the network in training. */
  checkpointEvery: number
  backend: BackendName | 'auto'
  /** Without a scale, that of the models started from. */
  config: Partial<RoundConfig>
}

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

/** What a run has finished, kept beside its results so that `--resume` goes on from there. */
export interface RefineState {
  version: 1
  /** Everything that must be the same for the rest of a run to fit its beginning. */
  fingerprint: string
  rounds: RoundRecord[]
  /** Networks of the round under way that are done, their models and probabilities on disk. */
  networks: RoundNetworkRecord[]
}

const path = (out: string) => join(out, 'state.json')

export function emptyState(fingerprint: string): RefineState {
  return { version: 1, fingerprint, rounds: [], networks: [] }
}

/**
 * The state to go on from.
 *
 * @throws AppError `bad-argument` where there is nothing to resume, or where options or inputs have changed.
 */
export async function readState(out: string, fingerprint: string): Promise<RefineState> {
  let state: RefineState
  try {
    state = JSON.parse(await readFile(path(out), 'utf8'))
  } catch (cause) {
    throw new AppError(
      'bad-argument',
      `There is no interrupted run in "${out}": leave --resume out to begin one.`,
      {
        cause,
      },
    )
  }
  if (state.version !== 1 || state.fingerprint !== fingerprint) {
    throw new AppError(
      'bad-argument',
      `The run in "${out}" was begun with other options or inputs: give the same ones, or another --out.`,
    )
  }
  return state
}

export function writeState(out: string, state: RefineState): Promise<void> {
  return writeJson(path(out), state)
}

/**
 * The configuration with the micro-batch that the memory allows; as it is where none is given. Needs the engine.
 *
 * @param memory megabytes, or null.
 * @throws AppError `gpu-limit` where not one crop fits, `gpu-unavailable` without WebGPU.
 */
export function fitMicroBatch(
  config: RoundConfig,
  memory: number | null,
  { limits }: Pick<EngineInfo, 'limits'>,
  io: CommandIo,
): RoundConfig {
  if (memory === null) return config
  const bytes = memory * 1e6
  const { families, cropSize: side, scale } = config
  const largest = limits ? Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize) : undefined
  const choices = families.map(family => {
    const request = { family, preset: presetOf(config, family), side, scale, config }
    const choice = chooseMicroBatch(bytes, request, largest)
    io.note(
      `${family}: ${choice.microBatch} crops a pass would take ${Math.round(choice.peakBytes / 1e6)} MB of GPU memory.`,
    )
    return choice
  })
  const { microBatch, accumulate } = choices.reduce((a, b) => (b.microBatch < a.microBatch ? b : a))
  return { ...config, microBatch, accumulate }
}
