import { join } from 'node:path'
import { writeMaskGeotiff } from '../core/export/resultGeotiffs'
import { AppError, throwIfAborted } from '../core/foundation/appError'
import { sha256 } from '../core/foundation/sha256'
import { maskFromProbability } from '../core/masks/probability'
import type { ValueScale } from '../core/patches/patch'
import type { EngineInfo } from '../core/rounds/engineInfo'
import { ENSEMBLE, pseudoLabel } from '../core/rounds/ensemble'
import type { SegmentationMetrics } from '../core/rounds/metrics'
import { type RoundRecord, roundId } from '../core/rounds/round'
import { completeRoundConfig, type RoundConfig } from '../core/rounds/roundConfig'
import {
  type FinishedNetwork,
  type ModelFiles,
  parentsOf,
  pooledScores,
  type RoundInput,
  type RoundStore,
  type RoundTurn,
  refineRounds,
} from '../engine'
import { streamSubmission, submissionOr } from './l4sFiles'
import type { CommandIo } from './node/commandIo'
import { familyOf, readModelFolder, readModelFolders, scaleOf, writeModelFolder } from './node/modelFolders'
import { writeAtomically, writeJson } from './node/nodeFiles'
import { PatchSpool, spoolInputs } from './node/patchSpool'
import { createRefineStore, fileCheckpoint } from './node/roundFiles'
import { startCliEngine } from './node/startCliEngine'
import {
  clearRun,
  emptyState,
  fitMicroBatch,
  openProject,
  type ProjectRequest,
  type RefineProject,
  type RefineState,
  readState,
  writeState,
} from './projectRun'

export interface RefineRequest extends ProjectRequest {
  target: string
  targetValueScale: ValueScale | 'auto'
  rounds: number
  /** Of the final masks. */
  threshold: number
}

export interface RefineReport {
  command: 'refine'
  backend: string
  adapter: string
  config: RoundConfig
  rounds: (RoundRecord & { targetScores: SegmentationMetrics | null })[]
  /** Why it ended where it did. */
  stopped: string
  threshold: number
  masks: number
  /** File name, or why there is none. */
  submission: string
  refused: { path: string; code: string; message: string }[]
  seconds: number
}

/** The work of `scarp refine`. */
export async function refineProject(request: RefineRequest, io: CommandIo): Promise<RefineReport> {
  const begin = io.now()
  const started = request.models ? await readModelFolders(request.models) : []
  const engine = await startCliEngine(request.backend, 'training', io)
  const scale = request.config.scale ?? scaleOf(started)
  const config = fitMicroBatch(completeRoundConfig({ ...request.config, scale }), request.memory, engine, io)
  const spool = await PatchSpool.create(join(request.out, '.spool'))
  try {
    const sourceImport = await spoolInputs(
      [request.source],
      { domain: 'source', scale: request.valueScale },
      spool,
      io,
    )
    const targetImport = await spoolInputs(
      [request.target],
      { domain: 'target', scale: request.targetValueScale },
      spool,
      io,
    )
    const project = openProject(request, spool)
    const fingerprint = await fingerprintOf(request, config, project)
    const state = request.resume ? await readState(request.out, fingerprint) : emptyState(fingerprint)
    if (!request.resume) {
      await clearRun(request.out)
      // From here on there is something to resume.
      await writeState(request.out, state)
    }
    io.note(
      `${project.source.ids.length} source patches to train on, ${project.heldOut.ids.length} held out, ${project.target.ids.length} target patches.`,
    )
    const run: RefineRun = { request, config, engine, project, state, started, io }
    const { rounds, reason } = await refineRounds(
      {
        rounds: request.rounds,
        done: state.rounds.slice(0, request.rounds),
        input: turn => roundInput(turn, run),
        async onRound({ record }) {
          await writeJson(join(project.folder(record.index), 'metrics.json'), record)
          await writePseudoLabels(record.index, config, project, io)
          state.rounds.push(record)
          state.networks = []
          await writeState(request.out, state)
        },
      },
      {
        // Ctrl-C pauses, with a checkpoint, instead of breaking a step off.
        pause: () => io.signal.aborted,
        onProgress: progress => {
          const round = Math.min(request.rounds, state.rounds.length + 1)
          io.progress.update({ ...progress, label: `Round ${round} of ${request.rounds}: ${progress.label}` })
        },
        onEvent(event) {
          if (event.kind !== 'held-out') return
          io.progress.clear()
          io.note(
            `Round ${state.rounds.length + 1}, ${event.family}, step ${event.step}: held-out F1 ${event.metrics.f1?.toFixed(4) ?? 'undefined'}`,
          )
        },
      },
    )
    io.progress.clear()
    io.note(reason)
    const scored: RefineReport['rounds'] = []
    for (const round of rounds) {
      scored.push({ ...round, targetScores: await scoreTarget(round.index, config, project) })
    }
    const report: RefineReport = {
      command: 'refine',
      backend: engine.backend,
      adapter: engine.adapter,
      config,
      rounds: scored,
      stopped: reason,
      threshold: request.threshold,
      ...(await writeMasks(request, rounds.length, project)),
      refused: [...sourceImport.refused, ...targetImport.refused],
      seconds: (io.now() - begin) / 1000,
    }
    await writeJson(join(request.out, 'report.json'), report)
    return report
  } finally {
    await spool.remove()
  }
}

/** Configuration and inputs, the pixels by their moments: a resumed run must be the same run. */
function fingerprintOf(request: RefineRequest, config: RoundConfig, project: RefineProject): Promise<string> {
  const { heldOutShare, models } = request
  const ids = project.spool.patches.map(({ id }) => id)
  const statistics = [project.spool.statisticsOf('source'), project.spool.statisticsOf('target')]
  const text = JSON.stringify({ config, heldOutShare, models, ids, statistics })
  return sha256(new TextEncoder().encode(text))
}

interface RefineRun {
  request: RefineRequest
  config: RoundConfig
  engine: Pick<EngineInfo, 'backend' | 'adapter'>
  project: RefineProject
  state: RefineState
  started: readonly ModelFiles[]
  io: CommandIo
}

async function roundInput({ index, parentRoundId, latest }: RoundTurn, run: RefineRun): Promise<RoundInput> {
  const { request, config, engine, project, state, io } = run
  const models = join(project.folder(index), 'models')
  const finished: FinishedNetwork[] = []
  for (const record of state.networks) {
    finished.push({ record, model: await readModelFolder(join(models, record.modelId)) })
  }
  const starters = Object.fromEntries(run.started.map(model => [familyOf(model), model]))
  return {
    id: roundId(index, config.seed),
    index,
    parentRoundId,
    at: new Date().toISOString(),
    now: io.now,
    config,
    engine,
    source: project.source,
    heldOut: project.heldOut,
    target: project.target,
    statistics: {
      source: project.spool.statisticsOf('source'),
      target: project.spool.statisticsOf('target'),
    },
    verdicts: [],
    store: createRefineStore(project.probabilities, index, project.fileOf),
    parents: await parentsOf(config, latest, starters, id => readModelFolder(modelPlace(id, state, project))),
    finished,
    async onNetwork(network) {
      await writeModelFolder(models, network.model)
      state.networks.push(network.record)
      await writeState(request.out, state)
    },
    trainingCheckpoint: fileCheckpoint(
      join(request.out, 'checkpoints', `round-${index}`),
      request.checkpointEvery,
      io.now,
    ),
  }
}

function modelPlace(id: string, state: RefineState, project: RefineProject): string {
  const round = state.rounds.find(({ networks }) => networks.some(({ modelId }) => modelId === id))
  if (!round) throw new AppError('storage-failed', `No round of this run made the model "${id}".`)
  return join(project.folder(round.index), 'models', id)
}

/** The labels that a round's ensemble gives the target: what the next round learns from. */
async function writePseudoLabels(
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
async function scoreTarget(
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
async function writeMasks(
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

/** A patch's latest ensemble mean, seen from the round after it. */
async function ensembleOf(store: RoundStore, patchId: string): Promise<Float32Array> {
  const probability = await store.readProbability(patchId, ENSEMBLE)
  if (probability) return probability
  throw new AppError(
    'storage-failed',
    `The probability of ${patchId} is gone from the output folder: run it anew.`,
  )
}
