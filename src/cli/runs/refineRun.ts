import { join } from 'node:path'
import packageJson from '../../../package.json'
import { AppError } from '../../core/foundation/appError'
import { fingerprintOf } from '../../core/foundation/sha256'
import type { RefusedFile } from '../../core/patches/importPatches'
import { parseManifest } from '../../core/rounds/modelManifest'
import { FAMILIES, type NetworkFamily } from '../../core/rounds/networks'
import type { RoundRecord } from '../../core/rounds/round'
import { type RoundStore, runRound } from '../../engine'
import type { CommandIo } from '../node/commandIo'
import { readModelFolders, writeModelFolder } from '../node/modelFolders'
import { writeJson } from '../node/nodeFiles'
import { noteFile, removeOwn } from '../node/runRecord'
import { type ProjectRequest, roundContext } from '../projectRun'
import { modelsFolder, type Run, readRun, schedulersNumber, writeManifest } from './manifest'
import { readReviewedCells } from './reviewedCells'
import { checkParts, joinedRecord, removeNetworks, trainedParts, trainOne } from './roundNetworks'
import { inProject, isOf, MODELS, type RoundOfRun } from './roundProject'
import { readRunStatistics } from './statistics'

/** `report.json` of the run that a round begins. */
interface RefineRunReport {
  command: 'refine'
  /** The run that was learned from, by the SHA-256 of its plan. */
  parent: string
  round: RoundRecord
  /** Pieces of its results that were learned from. */
  cells: number
  /** Those of them that an analyst judged; null: no archive was given. */
  reviewed: number | null
  refused: RefusedFile[]
  seconds: number
}

export interface RunRoundRequest {
  /** Pieces that are drawn. */
  count: number
  /** Path of a project archive whose verdicts count; null: none. */
  verdicts: string | null
  /** One network, trained by itself; 'join': those that were; null: all, one after the other. */
  part: NetworkFamily | 'join' | null
}

/**
 * A round of a run: networks continue from those of its plan, on the labelled source and on pieces of the run's results as
 * pseudo-labels, or as an analyst judged them. The output folder is a run of its own then, of the same inputs in the same shards,
 * planned with the new models. The plan comes last: where there is one, the round is trained. Stopped or killed, the same call
 * continues. Networks may be trained each by a call of its own, at the same time, and joined by one more: the same weights.
 *
 * @returns null where it was done already; for one network, its score on the held-out patches
 * @throws AppError as `chooseCells`, `readReviewedCells`, `withProject`, `runRound`; `bad-argument` for a join of networks that are not
 *   there, or that another call trained
 */
export async function refineRun(
  run: Run,
  request: ProjectRequest,
  { count, verdicts, part }: RunRoundRequest,
  io: CommandIo,
): Promise<RoundRecord | null> {
  const { statistics, hash } = await readRunStatistics(run)
  const reviewed = verdicts === null ? null : await readReviewedCells(run, verdicts, io)
  const learned = { run: run.hash, statistics: hash, reviewed: reviewed?.digest ?? null, count }
  const fingerprint = await fingerprintOf({ call: request.fingerprint, learned })
  const round: RoundOfRun = { run, count, reviewed, learned, statistics, out: request.out }
  const planned = await plannedRound(run, request.out)
  if (part !== null && part !== 'join') {
    return planned ? null : trainOne(part, round, { ...request, fingerprint }, io)
  }
  if (planned && (await isOf(request.out, fingerprint))) {
    await removeNetworks(request.out)
    return null
  }
  if (part === 'join' && !planned) await checkParts(round, request)
  return trainRound(round, { ...request, fingerprint }, part === 'join', io)
}

/** All networks, trained here or by themselves, and then the plan of the next run. */
async function trainRound(
  round: RoundOfRun,
  request: ProjectRequest,
  joins: boolean,
  io: CommandIo,
): Promise<RoundRecord> {
  const begin = io.now()
  const { run, out } = round
  const place = (name: string) => join(out, name)
  return inProject(round, request, out, io, async (project, input, chosen) => {
    const parts = joins ? await trainedParts(round, project) : []
    const joined = new Map(parts.map(part => [part.finished.record.modelId, part.store]))
    const store: RoundStore = {
      ...input.store,
      readProbability: (id, modelId) => (joined.get(modelId) ?? input.store).readProbability(id, modelId),
    }
    const finished = joins ? parts.map(part => part.finished) : input.finished
    const trained = await runRound(
      { ...input, store, ...(finished && { finished }) },
      roundContext(io, () => `Round ${input.index}`),
    )
    io.progress.clear()
    const { models } = trained
    const record = joins ? joinedRecord(trained.record, parts) : trained.record
    if (joins) for (const model of models) await writeModelFolder(place(MODELS), model)
    const report: RefineRunReport = {
      command: 'refine',
      parent: run.hash,
      round: record,
      cells: chosen.size,
      reviewed: round.reviewed && input.verdicts.length,
      refused: project.refused,
      seconds: (io.now() - begin) / 1000,
    }
    await writeJson(place('report.json'), report)
    const ids = models.map(({ id, files }) => {
      const { weights } = parseManifest(files['manifest.json'] ?? new Uint8Array())
      return { id, sha256: weights.sha256 }
    })
    await noteFile(place('manifest.json'))
    await writeManifest(out, {
      ...run.manifest,
      scarp: packageJson.version,
      round: input.index,
      parent: run.hash,
      models: { folder: MODELS, ids },
    })
    await project.setDone()
    await removeOwn(place('checkpoints'), place('probabilities'), place('state.json'))
    await removeNetworks(out)
    return record
  })
}

/**
 * What a round takes from the plan instead of options: its networks, with their sizes, and how they see the target.
 *
 * @throws AppError `bad-argument` for a plan with two networks of one family
 */
export async function planned(
  run: Run,
): Promise<Pick<ProjectRequest['config'], 'families' | 'presets' | 'targetStatistics' | 'testTimeFlips'>> {
  const manifests = (await readModelFolders(modelsFolder(run))).map(({ files }) =>
    parseManifest(files['manifest.json'] ?? new Uint8Array()),
  )
  const families = FAMILIES.filter(family => manifests.some(manifest => manifest.family === family))
  if (families.length < manifests.length) {
    throw new AppError(
      'bad-argument',
      'The run was planned with two networks of one family: a round trains one of each.',
    )
  }
  return {
    families,
    presets: Object.fromEntries(manifests.map(({ family, preset }) => [family, preset])),
    targetStatistics: run.manifest.settings.statistics,
    testTimeFlips: run.manifest.settings.flips,
  }
}

/**
 * Whether the folder is planned as the next round of this run.
 *
 * @throws AppError `bad-argument` where it is another run
 */
async function plannedRound(run: Run, out: string): Promise<boolean> {
  const next = await readRun(out).catch(() => null)
  if (next && next.manifest.parent !== run.hash) {
    throw new AppError('bad-argument', `"${out}" is planned already, of another run. Give another --out.`)
  }
  return next !== null
}

/**
 * The network that a call is asked to train: a family of the plan, its number from 0, or `task`, the number that the scheduler
 * says.
 *
 * @param families of the plan, in their order
 * @throws AppError `bad-argument`
 */
export function networkOf(given: string, families: readonly NetworkFamily[]): NetworkFamily {
  const number = given === 'task' ? schedulersNumber() : /^\d+$/.test(given) ? Number(given) : null
  const family = number === null ? families.find(name => name === given) : families[number]
  if (family) return family
  const known = families.map((name, index) => `${index} ${name}`).join(', ')
  throw new AppError('bad-argument', `The plan has no network ${number ?? `"${given}"`}: it has ${known}.`)
}
