import { join } from 'node:path'
import { probabilityBytes, writeMaskGeotiff } from '../core/export/resultGeotiffs'
import { throwIfAborted } from '../core/foundation/appError'
import { safeFileNames } from '../core/foundation/fileNames'
import { maskFromProbability } from '../core/masks/probability'
import type { RefusedFile } from '../core/patches/importPatches'
import type { ValueScale } from '../core/patches/patch'
import { disagreementMap } from '../core/review/uncertainty'
import { ENSEMBLE, pseudoLabel } from '../core/rounds/ensemble'
import type { SegmentationMetrics } from '../core/rounds/metrics'
import { DEFAULT_MASK_THRESHOLD } from '../core/rounds/probabilityTally'
import { type RoundRecord, roundId } from '../core/rounds/round'
import type { RoundConfig } from '../core/rounds/roundConfig'
import { pooledScores, type RoundStore, refineRounds, storedProbability } from '../engine'
import type { CommandIo } from './node/commandIo'
import { streamSubmission, submissionOr } from './node/l4sFiles'
import { writeAtomically, writeJson } from './node/nodeFiles'
import type { SpooledScene } from './node/patchSpool'
import { createRefineStore } from './node/roundFiles'
import { writeStyleBeside } from './node/streamCogFile'
import { sceneFiles } from './predictScenes'
import { type ProjectRequest, type ProjectRun, roundContext, roundInput, withProject } from './projectRun'
import { type SceneMosaic, writeSceneMosaic } from './sceneMosaics'

export interface RefineRequest extends ProjectRequest {
  target: string
  targetValueScale: ValueScale | 'auto'
  rounds: number
  /** Of the final masks; null: as chosen on the held-out patches. */
  threshold: number | null
}

export interface RefineReport {
  command: 'refine'
  backend: string
  adapter: string
  config: RoundConfig
  rounds: (RoundRecord & { targetScores: SegmentationMetrics | null })[]
  /** Why it stopped. */
  stopped: string
  threshold: number
  masks: number
  /** File name, or why there is none. */
  submission: string
  /** Names of target patches that the statistics leave out, since they are unlike every other. */
  leftOut: string[]
  refused: RefusedFile[]
  seconds: number
}

/** The work of `scarp refine`. */
export async function refineProject(request: RefineRequest, io: CommandIo): Promise<RefineReport> {
  const begin = io.now()
  const folder = (round: number) => roundFolder(request.out, round)
  const kind = {
    target: { path: request.target, valueScale: request.targetValueScale },
    layout: {
      roundId,
      models: (round: number) => join(folder(round), 'models'),
      probabilities: (round: number) => join(folder(round), 'probabilities'),
      checkpoints: (round: number) => join(request.out, 'checkpoints', `round-${round}`),
    },
    command: 'scarp refine',
    names: () => ['masks', 'submission.zip', ...roundNames(request.rounds)],
  }
  return withProject(request, kind, io, async run => {
    const { config, engine, state } = run
    const { rounds, reason } = await refineRounds(
      {
        rounds: request.rounds,
        done: state.rounds.slice(0, request.rounds),
        input: turn => roundInput(turn, run),
        async onRound({ record }) {
          await writeJson(join(folder(record.index), 'metrics.json'), record)
          await writePseudoLabels(record.index, run)
          state.rounds.push(record)
          state.networks = []
          await run.saveState()
        },
      },
      roundContext(
        io,
        () => `Round ${Math.min(request.rounds, state.rounds.length + 1)} of ${request.rounds}`,
      ),
    )
    io.progress.clear()
    io.note(reason)
    const threshold = request.threshold ?? rounds.at(-1)!.maskThreshold ?? DEFAULT_MASK_THRESHOLD
    const scored: RefineReport['rounds'] = []
    for (const round of rounds) scored.push({ ...round, targetScores: await scoreTarget(round, run) })
    const report: RefineReport = {
      command: 'refine',
      backend: engine.backend,
      adapter: engine.adapter,
      config,
      rounds: scored,
      stopped: reason,
      threshold,
      ...(await writeMasks({ out: request.out, threshold }, rounds.at(-1)!, run)),
      leftOut: run.patches.spool.leftOut('target'),
      refused: run.refused,
      seconds: (io.now() - begin) / 1000,
    }
    await writeJson(join(request.out, 'report.json'), report)
    return report
  })
}

function roundFolder(out: string, round: number): string {
  return join(out, `round-${round}`)
}

function roundNames(rounds: number): string[] {
  return Array.from({ length: rounds }, (_, i) => `round-${i + 1}`)
}

/** The ensemble means that a round left, as the round after it reads them. */
function storeAfter(round: number, { layout, patches }: ProjectRun): RoundStore {
  return createRefineStore(layout.probabilities, round + 1, patches.fileOf)
}

/** The labels that a round's ensemble gives the target, which the next round learns from. */
async function writePseudoLabels(index: number, run: ProjectRun): Promise<void> {
  const { request, config, patches, io } = run
  const store = storeAfter(index, run)
  const folder = join(roundFolder(request.out, index), 'pseudo-labels')
  const metadata = { SCARP_ROUND: String(index), SCARP_RULE: JSON.stringify(config.pseudoLabel) }
  const labelOf = async (id: string) => {
    throwIfAborted(io.signal)
    const { valid } = await patches.spool.load(id)
    return pseudoLabel(await storedProbability(store, id, ENSEMBLE), config.pseudoLabel, valid)
  }
  for (const { id, width, height, georeference } of singlePatches(run)) {
    const name = patches.fileOf(id)
    const mask = await labelOf(id)
    const bytes = await writeMaskGeotiff({ mask, width, height, georeference, metadata, name })
    await writeAtomically(join(folder, `${name}.tif`), bytes)
  }
  for (const { scene, name } of targetScenes(run)) {
    const mosaic: SceneMosaic = { what: 'mask', file: `${name}.tif`, cell: labelOf }
    await writeSceneMosaic(folder, scene, patches.targetPatches, mosaic, metadata, io)
  }
}

/** Patches of the target that are no cell of a scene. */
function singlePatches({ patches }: ProjectRun) {
  return patches.targetPatches.filter(({ cell }) => cell === null)
}

/** Scenes of the target, with names for their files that no patch has. */
function targetScenes(run: ProjectRun): { scene: SpooledScene; name: string }[] {
  const scenes = run.patches.spool.scenes.filter(({ domain }) => domain === 'target')
  const taken = singlePatches(run).map(({ id }) => run.patches.fileOf(id))
  const names = safeFileNames([...taken, ...scenes.map(({ name }) => name)]).slice(taken.length)
  return scenes.map((scene, i) => ({ scene, name: names[i]! }))
}

/** Scores on target patches that came with a label, which training never sees, of the masks that the round would give; null where none did. */
async function scoreTarget(
  { index, maskThreshold }: RoundRecord,
  run: ProjectRun,
): Promise<SegmentationMetrics | null> {
  const known = run.patches.spool.provider(({ domain, hasLabel }) => domain === 'target' && hasLabel)
  if (known.ids.length === 0) return null
  const store = storeAfter(index, run)
  return pooledScores(known, maskThreshold ?? DEFAULT_MASK_THRESHOLD, id =>
    storedProbability(store, id, ENSEMBLE),
  )
}

/**
 * Masks of the last round's ensemble, as GeoTIFF and, where they fit, as the competition's zip; of scenes one mosaic each,
 * with probability and disagreement.
 */
async function writeMasks(
  request: { out: string; threshold: number },
  last: RoundRecord,
  run: ProjectRun,
): Promise<{ masks: number; submission: string }> {
  const lastRound = last.index
  const store = storeAfter(lastRound, run)
  const { spool, targetPatches, fileOf } = run.patches
  const folder = join(request.out, 'masks')
  const metadata = { SCARP_ROUND: String(lastRound), SCARP_THRESHOLD: String(request.threshold) }
  const single = singlePatches(run)
  const scenes = targetScenes(run)
  const maskOf = async (id: string) => {
    const { valid } = await spool.load(id)
    return maskFromProbability(await storedProbability(store, id, ENSEMBLE), request.threshold, valid)
  }
  for (const { id, width, height, georeference } of single) {
    const mask = await maskOf(id)
    const file = fileOf(id)
    const bytes = await writeMaskGeotiff({ mask, width, height, georeference, metadata, name: file })
    await writeAtomically(join(folder, `${file}_mask.tif`), bytes)
    await writeStyleBeside(join(folder, `${file}_mask.tif`))
  }
  // Of the networks themselves, the round's own folder has what they gave.
  const members = createRefineStore(run.layout.probabilities, lastRound, fileOf)
  const modelIds = [...last.networks, ...(last.kept ?? [])].map(({ modelId }) => modelId)
  for (const { scene, name } of scenes) {
    const files = sceneFiles(name)
    const mosaics: SceneMosaic[] = [
      { what: 'mask', file: files.mask, cell: maskOf },
      {
        what: 'probability',
        file: files.probability,
        cell: async id => probabilityBytes(await storedProbability(store, id, ENSEMBLE)),
      },
      {
        what: 'disagreement',
        file: files.disagreement,
        async cell(id) {
          const maps: Float32Array[] = []
          for (const modelId of modelIds) maps.push(await storedProbability(members, id, modelId))
          return probabilityBytes(disagreementMap(maps))
        },
      },
    ]
    for (const mosaic of mosaics) {
      await writeSceneMosaic(folder, scene, targetPatches, mosaic, metadata, run.io)
    }
  }
  const zip = join(request.out, 'submission.zip')
  const submission =
    single.length > 0
      ? await submissionOr(() => streamSubmission(zip, single, i => maskOf(single[i]!.id)))
      : 'None: a scene is no patch of the competition.'
  return { masks: single.length + scenes.length, submission }
}
