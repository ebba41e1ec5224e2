import { join } from 'node:path'
import { AppError } from '../core/foundation/appError'
import { safeFileNames } from '../core/foundation/fileNames'
import { fingerprintOf } from '../core/foundation/sha256'
import type { RefusedFile } from '../core/patches/importPatches'
import type { ValueScale } from '../core/patches/patch'
import type { BandStatistics } from '../core/patches/statistics'
import type { BackendName, EngineInfo } from '../core/rounds/engineInfo'
import { parseManifest } from '../core/rounds/modelManifest'
import { completeRoundConfig, presetOf, type RoundConfig } from '../core/rounds/roundConfig'
import {
  chooseMicroBatch,
  type FinishedNetwork,
  type ModelFiles,
  type PatchProvider,
  parentsOf,
  type RoundContext,
  type RoundInput,
  type RoundTurn,
} from '../engine'
import { readInventoryPaths } from './inventoryInputs'
import { meansOf } from './modelStatistics'
import type { CommandIo } from './node/commandIo'
import { familyOf, readModelFolder, readModelFolders, scaleOf, writeModelFolder } from './node/modelFolders'
import { pathKind, writeJson } from './node/nodeFiles'
import { type OutFolder, withOutFolder } from './node/outFolder'
import { PatchSpool, type SpooledPatch } from './node/patchSpool'
import { describeHeldOut } from './node/reporting'
import { createRefineStore, fileCheckpoint } from './node/roundFiles'
import { startCliEngine } from './node/startCliEngine'
import { type RunState, readState, STATE } from './projectState'
import type { SceneChoices } from './sceneOptions'
import { spoolEvent } from './spoolEvent'

/** What `scarp train` and `scarp refine` both take. */
export interface ProjectRequest {
  source: string
  out: string
  /** Of words and options (`CommandCall.fingerprint`). */
  fingerprint: string
  /** Replaces what an earlier run left there, and overwrites other files. */
  force: boolean
  /** Folder of models to start from; null: seeded initialisation. */
  models: string | null
  heldOutShare: number
  /** Megabytes of GPU memory that the micro-batch must fit; null: the configuration's own micro-batch. */
  memory: number | null
  /** Of the source's images. */
  valueScale: ValueScale | 'auto'
  resume: boolean
  /** Seconds between checkpoints of the network in training. */
  checkpointEvery: number
  backend: BackendName | 'auto'
  /** Of the scenes among the inputs; the area of interest is the target's where there is one. */
  scenes: SceneChoices
  /** Files of polygons that are labels where no mask is; empty: none. */
  inventory: readonly string[]
  /** Without a scale, that of the models started from. */
  config: Partial<RoundConfig>
}

/** What is adapted to: what lies at a path, or what `read` puts into the spool. */
export type ProjectTarget =
  | { path: string; valueScale: ValueScale | 'auto' }
  | {
      /** For messages. */
      path: string
      /** Of the event that the patches are a part of. */
      statistics: BandStatistics
      read(spool: PatchSpool, means: readonly number[]): Promise<void>
    }

/** How the commands differ: training has no target, refinement has rounds. */
export interface ProjectKind {
  target: ProjectTarget | null
  layout: ProjectLayout
  command: string
  /** Files and folders that the run makes in the output folder. */
  names(config: RoundConfig): string[]
}

/** The places in the output folder. */
export interface ProjectLayout {
  roundId(round: number, seed: number): string
  /** Folder of a round's model folders. */
  models(round: number): string
  probabilities(round: number): string
  checkpoints(round: number): string
}

/** A started run: its inputs are read, its engine is running. */
export interface ProjectRun {
  request: ProjectRequest
  layout: ProjectLayout
  config: RoundConfig
  engine: EngineInfo
  /** Models to start from. */
  starters: readonly ModelFiles[]
  patches: ProjectPatches
  targetStatistics: BandStatistics | null
  /** Of all inputs. */
  refused: RefusedFile[]
  /** Rounds and networks that are done; call `saveState` after each change. */
  state: RunState
  saveState(): Promise<void>
  /** Says that the results are complete, so that what only resuming needs may go. */
  setDone(): Promise<void>
  io: CommandIo
}

/**
 * Starts the engine, decodes the inputs to files in the output folder (so that memory does not grow with their number),
 * starts or resumes the run, and removes those files at the end.
 *
 * @throws AppError `bad-argument` where there is nothing to resume or options or inputs changed, `training-impossible`.
 */
export async function withProject<Result>(
  request: ProjectRequest,
  kind: ProjectKind,
  io: CommandIo,
  work: (run: ProjectRun) => Promise<Result>,
): Promise<Result> {
  const { out: path, fingerprint, resume, force } = request
  const { command } = kind
  if (resume && force) throw new AppError('bad-argument', 'Give --resume or --force, not both.')
  // A training that is done has removed its state.
  const canGoOn = (await pathKind(join(path, STATE))) === 'file'
  const how = resume ? 'now' : canGoOn ? 'by --resume' : null
  return withOutFolder({ path, command, fingerprint, force, resume: how }, io, async out => {
    if (out.repeats && canGoOn) out.goOn()
    return startProject(request, kind, out, io, work)
  })
}

async function startProject<Result>(
  request: ProjectRequest,
  { target, layout, names }: ProjectKind,
  out: OutFolder,
  io: CommandIo,
  work: (run: ProjectRun) => Promise<Result>,
): Promise<Result> {
  const made = (config: RoundConfig) => [STATE, 'report.json', 'checkpoints', ...names(config)]
  await out.refuseForeign(made(completeRoundConfig(request.config)))
  const starters = request.models ? await readModelFolders(request.models) : []
  const engine = await startCliEngine(request.backend, 'training', io)
  const scale = request.config.scale ?? scaleOf(starters)
  const config = fitMicroBatch(completeRoundConfig({ ...request.config, scale }), request.memory, engine, io)
  const spool = await PatchSpool.temporary(join(request.out, '.scarp-patches-'))
  try {
    const { source, valueScale, scenes } = request
    const inventory = request.inventory.length > 0 ? await readInventoryPaths(request.inventory, io) : null
    const means = await meansOf(
      starters.map(({ id, files }) => ({ id, manifest: parseManifest(files['manifest.json']!) })),
      io,
    )
    const ofSource = target ? { ...scenes, area: null } : scenes
    const refused = await spoolEvent(
      source,
      { domain: 'source', valueScale, scenes: ofSource, inventory },
      means,
      spool,
      io,
      out,
    )
    if (target && 'read' in target) await target.read(spool, means)
    else if (target) {
      const as = { domain: 'target', valueScale: target.valueScale, scenes, inventory } as const
      refused.push(...(await spoolEvent(target.path, as, means, spool, io, out)))
    }
    const patches = splitPatches(request, target?.path ?? null, spool)
    const fingerprint = await runFingerprint(request, config, spool)
    const statePath = join(request.out, STATE)
    const state = out.continues
      ? await readState(out, statePath, fingerprint)
      : { version: 1 as const, fingerprint, rounds: [], networks: [] }
    const saveState = () => writeJson(statePath, state)
    const isNew = !out.continues
    await out.begin(made(config))
    // From here on there is something to resume.
    if (isNew) await saveState()
    const counts = [
      `${patches.source.ids.length} source patches to train on`,
      `${patches.heldOut.ids.length} held out`,
    ]
    if (patches.target) counts.push(`${patches.target.ids.length} target patches`)
    io.note(`${counts.join(', ')}.`)
    const setDone = () => out.setDone()
    return await work({
      request,
      layout,
      config,
      engine,
      starters,
      patches,
      targetStatistics: target && ('statistics' in target ? target.statistics : spool.statisticsOf('target')),
      refused,
      state,
      saveState,
      setDone,
      io,
    })
  } finally {
    await spool.remove()
  }
}

/** The patches, by their part in the run. */
export interface ProjectPatches {
  spool: PatchSpool
  source: PatchProvider
  heldOut: PatchProvider
  /** null: the run has no target. */
  target: PatchProvider | null
  targetPatches: SpooledPatch[]
  /** Output base name of a patch. */
  fileOf: (patchId: string) => string
}

/**
 * @throws AppError `training-impossible` without a labelled source patch, or, where `target` names one, without a
 *   target patch.
 */
function splitPatches(request: ProjectRequest, target: string | null, spool: PatchSpool): ProjectPatches {
  const targetPatches = spool.patches.filter(({ domain }) => domain === 'target')
  if (spool.labelled.length === 0) {
    throw new AppError(
      'training-impossible',
      request.inventory.length > 0
        ? `No polygon of the inventory lies on a patch of "${request.source}", and none has a mask.`
        : `"${request.source}" holds no patch with a mask: masks pair by name.`,
    )
  }
  if (target !== null && targetPatches.length === 0) {
    throw new AppError('training-impossible', `"${target}" holds no patch that could be read.`)
  }
  const { training, heldOut } = spool.splitSource(request.heldOutShare)
  const names = safeFileNames(
    spool.patches.map(({ domain, name }) => (domain === 'target' ? name : `source-${name}`)),
  )
  const files = new Map(spool.patches.map(({ id }, i) => [id, names[i]!]))
  return {
    spool,
    source: training,
    heldOut,
    target: target === null ? null : spool.provider(({ domain }) => domain === 'target'),
    targetPatches,
    fileOf: id => files.get(id)!,
  }
}

/** Of configuration and inputs, the pixels by their statistics: a resumed run must be the same run. */
function runFingerprint(request: ProjectRequest, config: RoundConfig, spool: PatchSpool): Promise<string> {
  const { heldOutShare, models } = request
  const ids = spool.patches.map(({ id }) => id)
  const labels = spool.patches.map(({ landslidePixels }) => landslidePixels)
  const statistics = [spool.statisticsOf('source'), spool.statisticsOf('target')]
  return fingerprintOf({ config, heldOutShare, models, ids, labels, statistics })
}

/** A round's input, including its networks that an interrupted run had finished. */
export async function roundInput(
  { index, parentRoundId, latest }: RoundTurn,
  { request, layout, config, engine, starters, patches, targetStatistics, state, saveState, io }: ProjectRun,
): Promise<RoundInput> {
  const { spool, source, heldOut, target, fileOf } = patches
  const models = layout.models(index)
  const finished: FinishedNetwork[] = []
  for (const record of state.networks) {
    finished.push({ record, model: await readModelFolder(join(models, record.modelId)) })
  }
  const modelPlace = (id: string) => {
    const round = state.rounds.find(({ networks }) => networks.some(({ modelId }) => modelId === id))
    if (!round) throw new AppError('storage-failed', `No round of this run made the model "${id}".`)
    return join(layout.models(round.index), id)
  }
  const byFamily = Object.fromEntries(starters.map(model => [familyOf(model), model]))
  return {
    id: layout.roundId(index, config.seed),
    index,
    parentRoundId,
    at: new Date().toISOString(),
    now: io.now,
    config,
    engine,
    source,
    heldOut,
    target,
    statistics: {
      source: spool.statisticsOf('source'),
      target: targetStatistics,
    },
    verdicts: [],
    store: createRefineStore(layout.probabilities, index, fileOf),
    parents: await parentsOf(config, latest, byFamily, id => readModelFolder(modelPlace(id))),
    finished,
    async onNetwork(network) {
      await writeModelFolder(models, network.model)
      state.networks.push(network.record)
      await saveState()
    },
    async onModels(done) {
      for (const model of done) await writeModelFolder(models, model)
    },
    trainingCheckpoint: fileCheckpoint(layout.checkpoints(index), request.checkpointEvery, io.now),
  }
}

/**
 * Reports progress and held-out scores. Ctrl-C pauses with a checkpoint, instead of aborting a step.
 *
 * @param turn the current round, to put before each message: "Round 1 of 2".
 */
export function roundContext(io: CommandIo, turn: () => string | null): RoundContext {
  const said = (separator: string) => (turn() === null ? '' : `${turn()}${separator}`)
  return {
    pause: () => io.signal.aborted,
    onProgress: progress => io.progress.update({ ...progress, label: `${said(': ')}${progress.label}` }),
    onEvent(event) {
      if (event.kind !== 'held-out') return
      io.progress.clear()
      io.note(`${said(', ')}${describeHeldOut(event)}`)
    },
  }
}

/**
 * The configuration with the largest micro-batch that fits the memory; unchanged where that is null. Needs the engine.
 *
 * @param memory megabytes, or null.
 * @throws AppError `gpu-limit` where not one crop fits, `gpu-unavailable` without WebGPU.
 */
function fitMicroBatch(
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
      `${family}: ${choice.microBatch} crops a pass${choice.checkpointing ? ', with gradient checkpointing,' : ''} would take ${Math.round(choice.peakBytes / 1e6)} MB of GPU memory.`,
    )
    return choice
  })
  const { microBatch, accumulate } = choices.reduce((a, b) => (b.microBatch < a.microBatch ? b : a))
  const checkpointing = choices.some(choice => choice.checkpointing)
  return { ...config, microBatch, accumulate, ...(checkpointing && { checkpointing }) }
}
