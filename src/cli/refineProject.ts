import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeMaskGeotiff } from '../core/export/writeMaskGeotiff'
import { writeSubmissionZip } from '../core/export/writeSubmissionZip'
import { AppError, throwIfAborted, toAppError } from '../core/foundation/appError'
import { sha256 } from '../core/foundation/sha256'
import type { NetworkFamily } from '../core/models/network'
import { splitHeldOut } from '../core/patches/splitHeldOut'
import { roundConfigFor } from '../core/refinement/defaultRoundConfig'
import { pooledScores } from '../core/refinement/heldOutScores'
import type { PatchProvider } from '../core/refinement/patchProvider'
import { pseudoLabel } from '../core/refinement/pseudoLabel'
import type { RoundConfig, RoundRecord } from '../core/refinement/round'
import { roundId } from '../core/refinement/roundId'
import type { FinishedNetwork, ModelFiles, RoundStore } from '../core/refinement/roundInput'
import { runRound } from '../core/refinement/runRound'
import { ENSEMBLE } from '../core/refinement/targetLabels'
import { maskFromProbability } from '../core/review/maskFromProbability'
import type { SegmentationMetrics } from '../core/training/metrics'
import type { CommandIo } from './command'
import { readModelFolder, readModelFolders, writeModelFolder } from './modelFolders'
import type { ParsedOptions } from './parseOptions'
import { PatchSpool, type SpooledPatch } from './patchSpool'
import { emptyState, type RefineState, readState, writeState } from './refineState'
import { createRefineStore } from './refineStore'
import { spoolInputs, uniqueNames } from './spoolInputs'
import { startCliEngine } from './startCliEngine'
import { writeAtomically, writeJson } from './writeAtomically'

export interface RefineRequest {
  source: string
  target: string
  out: string
  /** Folder of models to start from; null: seeded initialisation. */
  models: string | null
  rounds: number
  heldOutShare: number
  threshold: number
  resume: boolean
  config: Partial<RoundConfig>
}

export interface RefineReport {
  command: 'refine'
  backend: string
  adapter: string
  config: RoundConfig
  rounds: (RoundRecord & { targetScores: SegmentationMetrics | null })[]
  threshold: number
  masks: number
  /** File name, or why there is none. */
  submission: string
  refused: { path: string; code: string; message: string }[]
  seconds: number
}

/** The work of `scarp refine`. */
export async function refineProject(
  request: RefineRequest,
  options: ParsedOptions,
  io: CommandIo,
): Promise<RefineReport> {
  const begin = io.now()
  const config: RoundConfig = { ...roundConfigFor(request.config.preset ?? 'tiny'), ...request.config }
  const started = request.models ? await readModelFolders(request.models) : []
  const spool = await PatchSpool.create(join(request.out, '.spool'))
  try {
    const sourceImport = await spoolInputs([request.source], 'source', spool, io)
    const targetImport = await spoolInputs([request.target], 'target', spool, io)
    const project = openProject(request, spool)
    const fingerprint = await fingerprintOf(request, config, project)
    const state = request.resume ? await readState(request.out, fingerprint) : emptyState(fingerprint)
    if (!request.resume) await clearRun(request.out)
    const engine = await startCliEngine(options, 'training', io)
    io.note(
      `${project.source.ids.length} source patches to train on, ${project.heldOut.ids.length} held out, ${project.target.ids.length} target patches.`,
    )
    const targetScores: (SegmentationMetrics | null)[] = []
    for (let index = 1; index <= request.rounds; index++) {
      const store = createRefineStore(project.probabilities, index, project.fileOf)
      if (index > state.rounds.length) {
        const parents = await parentsOf(index, state, started, project)
        const record = await oneRound(index, parents, { request, config, engine, project, state, store, io })
        await writeJson(join(project.folder(index), 'metrics.json'), record)
        await writePseudoLabels(index, config, project, io)
        state.rounds.push(record)
        state.networks = []
        await writeState(request.out, state)
      }
      targetScores.push(await scoreTarget(index, config, project))
    }
    io.progress.clear()
    const masks = await writeMasks(request, project)
    const report: RefineReport = {
      command: 'refine',
      backend: engine.backend,
      adapter: engine.adapter,
      config,
      rounds: state.rounds
        .slice(0, request.rounds)
        .map((round, i) => ({ ...round, targetScores: targetScores[i] ?? null })),
      threshold: request.threshold,
      ...masks,
      refused: [...sourceImport.refused, ...targetImport.refused],
      seconds: (io.now() - begin) / 1000,
    }
    await writeJson(join(request.out, 'report.json'), report)
    return report
  } finally {
    await spool.remove()
  }
}

/** Inputs and places of a run. */
interface RefineProject {
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

function openProject(request: RefineRequest, spool: PatchSpool): RefineProject {
  const labelled = spool.patches.filter(({ domain, hasLabel }) => domain === 'source' && hasLabel)
  const targetPatches = spool.patches.filter(({ domain }) => domain === 'target')
  if (labelled.length === 0) {
    throw new AppError(
      'training-impossible',
      `"${request.source}" holds no patch with a mask: masks pair by name.`,
    )
  }
  if (targetPatches.length === 0) {
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

/** Configuration and inputs, the pixels by their moments: a resumed run must be the same run. */
function fingerprintOf(request: RefineRequest, config: RoundConfig, project: RefineProject): Promise<string> {
  const { heldOutShare, models } = request
  const ids = project.spool.patches.map(({ id }) => id)
  const statistics = [project.spool.statisticsOf('source'), project.spool.statisticsOf('target')]
  const text = JSON.stringify({ config, heldOutShare, models, ids, statistics })
  return sha256(new TextEncoder().encode(text))
}

/** Removes what an earlier run left in the output folder, so that two runs never mix. */
async function clearRun(out: string): Promise<void> {
  for (const name of ['state.json', 'report.json', 'submission.zip', 'masks']) {
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

/** What each network starts from: the round before, else the models given. */
async function parentsOf(
  index: number,
  state: RefineState,
  started: ModelFiles[],
  project: RefineProject,
): Promise<Partial<Record<NetworkFamily, ModelFiles>>> {
  const parents: Partial<Record<NetworkFamily, ModelFiles>> = {}
  const before = state.rounds[index - 2]
  if (before) {
    for (const { family, modelId } of before.networks) {
      parents[family] = await readModelFolder(join(project.folder(index - 1), 'models', modelId))
    }
  } else for (const model of started) parents[familyOf(model)] = model
  return parents
}

function familyOf({ id, files }: ModelFiles): NetworkFamily {
  try {
    return JSON.parse(new TextDecoder().decode(files['manifest.json'])).family
  } catch (cause) {
    throw new AppError('model-invalid', `The manifest.json of model "${id}" is not JSON.`, { cause })
  }
}

interface RoundRun {
  request: RefineRequest
  config: RoundConfig
  engine: { backend: RoundRecord['backend']; adapter: string }
  project: RefineProject
  state: RefineState
  store: RoundStore
  io: CommandIo
}

async function oneRound(
  index: number,
  parents: Partial<Record<NetworkFamily, ModelFiles>>,
  { request, config, engine, project, state, store, io }: RoundRun,
): Promise<RoundRecord> {
  const models = join(project.folder(index), 'models')
  const finished: FinishedNetwork[] = []
  for (const record of state.networks) {
    finished.push({ record, model: await readModelFolder(join(models, record.modelId)) })
  }
  const { record } = await runRound(
    {
      id: roundId(index, config.seed),
      index,
      parentRoundId: state.rounds.at(-1)?.id ?? null,
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
      store,
      parents,
      finished,
      async onNetwork(network) {
        await writeModelFolder(models, network.model)
        state.networks.push(network.record)
        await writeState(request.out, state)
      },
    },
    {
      signal: io.signal,
      onProgress: progress =>
        io.progress.update({ ...progress, label: `Round ${index} of ${request.rounds}: ${progress.label}` }),
      onEvent(event) {
        if (event.kind !== 'held-out') return
        io.progress.clear()
        io.note(
          `Round ${index}, ${event.family}, step ${event.step}: held-out F1 ${event.metrics.f1?.toFixed(4) ?? 'undefined'}`,
        )
      },
    },
  )
  return record
}

/** The labels that this round's ensemble gives the target: what the next round learns from. */
async function writePseudoLabels(index: number, config: RoundConfig, project: RefineProject, io: CommandIo) {
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
async function scoreTarget(index: number, config: RoundConfig, project: RefineProject) {
  const known = project.spool.provider(({ domain, hasLabel }) => domain === 'target' && hasLabel)
  if (known.ids.length === 0) return null
  const store = createRefineStore(project.probabilities, index + 1, project.fileOf)
  return pooledScores(known, config.decisionThreshold, id => ensembleOf(store, id))
}

async function writeMasks(
  request: RefineRequest,
  project: RefineProject,
): Promise<{ masks: number; submission: string }> {
  const store = createRefineStore(project.probabilities, request.rounds + 1, project.fileOf)
  const masks: { name: string; mask: Uint8Array; width: number; height: number }[] = []
  for (const { id, name, width, height, georeference } of project.targetPatches) {
    const { valid } = await project.spool.load(id)
    const mask = maskFromProbability(await ensembleOf(store, id), request.threshold, valid)
    const file = project.fileOf(id)
    const metadata = { SCARP_ROUND: String(request.rounds), SCARP_THRESHOLD: String(request.threshold) }
    const bytes = await writeMaskGeotiff({ mask, width, height, georeference, metadata, name: file })
    await writeAtomically(join(request.out, 'masks', `${file}_mask.tif`), bytes)
    masks.push({ name, mask, width, height })
  }
  try {
    await writeAtomically(join(request.out, 'submission.zip'), await writeSubmissionZip(masks))
    return { masks: masks.length, submission: 'submission.zip' }
  } catch (error) {
    const { code, message } = toAppError(error)
    if (code !== 'shape-mismatch' && code !== 'bad-argument') throw error
    return { masks: masks.length, submission: `None: ${message}` }
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
