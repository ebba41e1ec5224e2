import { readdir, rm, rmdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import packageJson from '../../../package.json'
import { AppError } from '../../core/foundation/appError'
import { z } from '../../core/foundation/schema'
import { fingerprintOf } from '../../core/foundation/sha256'
import type { RefusedFile } from '../../core/patches/importPatches'
import type { Verdict } from '../../core/review/verdict'
import { ENSEMBLE } from '../../core/rounds/ensemble'
import { parseManifest } from '../../core/rounds/modelManifest'
import { FAMILIES, type NetworkFamily } from '../../core/rounds/networks'
import type { RoundNetworkRecord, RoundRecord } from '../../core/rounds/round'
import { type FinishedNetwork, type RoundInput, type RoundStore, runRound } from '../../engine'
import type { CommandIo } from '../node/commandIo'
import { readModelFolder, readModelFolders, writeModelFolder } from '../node/modelFolders'
import { readIfThere, readNamedFile, writeJson } from '../node/nodeFiles'
import type { PatchSpool } from '../node/patchSpool'
import { createRefineStore } from '../node/roundFiles'
import { noteFile, RUN_RECORD, RunRecord, removeOwn } from '../node/runRecord'
import { type ProjectRequest, type ProjectRun, roundContext, roundInput, withProject } from '../projectRun'
import { cellKey, chooseCells, type ResultCell, readShares } from './chooseCells'
import { type Run, type RunManifest, readRun, schedulersNumber, writeManifest } from './manifest'
import { readCells } from './readCells'
import { type ReviewedCells, readReviewedCells } from './reviewedCells'
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

const COMMAND = 'scarp refine --run'

/** Where networks that are trained by themselves lie until they are joined, a folder each. */
const NETWORKS = 'networks'

/** In such a folder, last: the network is trained. */
const NETWORK = 'network.json'

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

interface RoundOfRun {
  run: Run
  count: number
  reviewed: ReviewedCells | null
  /** What the round learns from, besides its configuration and the source. */
  learned: object
  /** Of the event, which its shards were predicted by. */
  statistics: Awaited<ReturnType<typeof readRunStatistics>>['statistics']
  /** Of the run that it begins. */
  out: string
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
    if (joins) for (const model of models) await writeModelFolder(place('models'), model)
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
      models: { folder: resolve(place('models')), ids },
    })
    await project.setDone()
    await removeOwn(place('checkpoints'), place('probabilities'), place('state.json'))
    await removeNetworks(out)
    return record
  })
}

const networkSchema = z.object({
  /** SHA-256 (hex) of all that must be the same in every part of the round. */
  round: z.string(),
  /** The same of what the call said. */
  call: z.string(),
  record: z.looseObject({ modelId: z.string(), family: z.enum(FAMILIES) }),
  seconds: z.number(),
})

/** Trains one network in a folder of its own, beside others that do the same. */
async function trainOne(
  family: NetworkFamily,
  round: RoundOfRun,
  request: ProjectRequest,
  io: CommandIo,
): Promise<RoundRecord | null> {
  const out = join(round.out, NETWORKS, family)
  if ((await readIfThere(join(out, NETWORK))) && (await isOf(out, request.fingerprint))) return null
  return inProject(round, { ...request, out }, out, io, async (project, input) => {
    // The mean of one network, and how the maps before the round scored, are for the join to say.
    const config = { ...input.config, families: [family] }
    const { record } = await runRound(
      { ...input, config, heldOutBefore: null },
      roundContext(io, () => `Round ${input.index}`),
    )
    io.progress.clear()
    const content = {
      round: await partFingerprint(round, project),
      call: await callFingerprint(round, request),
      record: record.networks[0]!,
      seconds: record.seconds,
    }
    await writeJson(join(out, NETWORK), content)
    await project.setDone()
    await removeOwn(join(out, 'checkpoints'), join(out, 'state.json'))
    return record
  })
}

/** Of the configuration of all networks, the inputs and what is learned from. */
function partFingerprint({ learned }: RoundOfRun, { state }: ProjectRun): Promise<string> {
  return fingerprintOf([state.fingerprint, learned])
}

interface TrainedPart {
  finished: FinishedNetwork
  /** Of its probabilities. */
  store: RoundStore
  seconds: number
}

/** Of what a call says, apart from which part of the round it does. */
function callFingerprint({ learned }: RoundOfRun, request: ProjectRequest): Promise<string> {
  const { source, models, heldOutShare, memory, valueScale, scenes, inventory, config } = request
  return fingerprintOf({
    ...{ learned, source, models, heldOutShare, memory, valueScale, scenes, inventory, config },
  })
}

/**
 * Looks, before anything is begun, whether every network is trained, and by calls that fit this one.
 *
 * @throws AppError `bad-argument`
 */
async function checkParts(round: RoundOfRun, request: ProjectRequest): Promise<void> {
  const call = await callFingerprint(round, request)
  for (const family of request.config.families ?? []) {
    const folder = join(round.out, NETWORKS, family)
    const text = await readIfThere(join(folder, NETWORK))
    if (!text) {
      throw new AppError(
        'bad-argument',
        `${family} is not trained yet: scarp refine --run ... --network ${family}, with the options of this call.`,
      )
    }
    if (parseNetwork(text).call !== call) throw otherParts(folder)
  }
}

function parseNetwork(text: Uint8Array): z.output<typeof networkSchema> {
  return networkSchema.parse(JSON.parse(new TextDecoder().decode(text)))
}

function otherParts(folder: string): AppError {
  const message = `"${folder}" was trained with other options, results or verdicts than this call has: delete it and train it again.`
  return new AppError('bad-argument', message)
}

/** @throws AppError `bad-argument` where what a network was trained on is not what there is now */
async function trainedParts(round: RoundOfRun, project: ProjectRun): Promise<TrainedPart[]> {
  const expected = await partFingerprint(round, project)
  const parts: TrainedPart[] = []
  for (const family of project.config.families) {
    const folder = join(round.out, NETWORKS, family)
    const { round: of, record, seconds } = parseNetwork(await readNamedFile(join(folder, NETWORK)))
    if (of !== expected) throw otherParts(folder)
    const layout = layoutOf(round.run, folder)
    parts.push({
      finished: {
        record: record as unknown as RoundNetworkRecord,
        model: await readModelFolder(join(layout.models(), record.modelId)),
      },
      store: createRefineStore(layout.probabilities, round.run.manifest.round + 1, project.patches.fileOf),
      seconds,
    })
  }
  return parts
}

function joinedRecord(record: RoundRecord, parts: readonly TrainedPart[]): RoundRecord {
  const seconds = parts.reduce((sum, part) => sum + part.seconds, record.seconds)
  const notes = record.notes.filter(note => !note.startsWith('Resumed: '))
  return {
    ...record,
    seconds,
    notes: [...notes, 'Each network was trained by a call of its own; the seconds are the sum.'],
  }
}

/** Removes what the calls for single networks made, and nothing else. */
async function removeNetworks(out: string): Promise<void> {
  const folder = join(out, NETWORKS)
  for (const name of await readdir(folder).catch(() => [])) {
    const record = await RunRecord.read(join(folder, name))
    if (record?.head.command !== COMMAND) continue
    await record.remove()
    await rm(join(folder, name, RUN_RECORD), { force: true })
    await rmdir(join(folder, name)).catch(leaveFull)
  }
  await rmdir(folder).catch(leaveFull)
}

function leaveFull(error: NodeJS.ErrnoException): void {
  if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(error.code ?? '')) throw error
}

/**
 * Reads source and pieces, with verdicts where there are any, and does the work of a round, or of a part of it.
 *
 * @param out where it lies: of a part, a folder of its own
 */
async function inProject<Result>(
  { run, count, reviewed, statistics }: RoundOfRun,
  request: ProjectRequest,
  out: string,
  io: CommandIo,
  work: (project: ProjectRun, input: RoundInput, chosen: ReadonlyMap<string, ResultCell>) => Promise<Result>,
): Promise<Result> {
  const index = run.manifest.round + 1
  const layout = layoutOf(run, out)
  const chosen = new Map<string, ResultCell>()
  const kind = {
    target: {
      path: run.folder,
      statistics,
      async read(spool: PatchSpool, means: readonly number[]) {
        const labelled = [...(reviewed?.cells ?? [])].flatMap(([key, { mask }]) => (mask ? [key] : []))
        const cells = await chooseCells(run, count, request.config.seed ?? 1, io, new Set(labelled))
        await readCells(run, cells, means, io, async ({ cell, patch }) => {
          chosen.set((await spool.add(patch)).id, cell)
        })
      },
    },
    layout,
    command: COMMAND,
    names: () => ['models', 'probabilities', 'manifest.json', NETWORK],
  }
  return withProject(request, kind, io, async project => {
    const before = createRefineStore(layout.probabilities, index - 1, project.patches.fileOf)
    const masks = new Map<string, Uint8Array>()
    const verdicts: Verdict[] = []
    for (const [id, cell] of chosen) {
      const probability = await readShares(cell.probability, cell.window, io)
      await before.writeProbability(
        id,
        ENSEMBLE,
        probability.map(p => (Number.isNaN(p) ? 0 : p)),
      )
      const judged = reviewed?.cells.get(cellKey(cell.input.name, cell.index, cell.window))
      if (!judged) continue
      verdicts.push({ ...judged.verdict, patchId: id })
      if (judged.mask) masks.set(id, judged.mask)
    }
    const input = await roundInput({ index, parentRoundId: null, latest: {} }, project)
    const store: RoundStore = { ...input.store, readMask: async id => masks.get(id) ?? null }
    return work(project, { ...input, verdicts, store }, chosen)
  })
}

function layoutOf(run: Run, out: string) {
  return {
    roundId: (round: number, seed: number) => `run-${run.hash.slice(0, 8)}-round-${round}-seed-${seed}`,
    models: () => join(out, 'models'),
    probabilities: (round: number) => join(out, `probabilities/round-${round}`),
    checkpoints: () => join(out, 'checkpoints'),
  }
}

/**
 * What a round takes from the plan instead of options: its networks, with their sizes, and how they see the target.
 *
 * @throws AppError `bad-argument` for a plan with two networks of one family
 */
export async function planned({
  models: { folder },
  settings,
}: RunManifest): Promise<
  Pick<ProjectRequest['config'], 'families' | 'presets' | 'targetStatistics' | 'testTimeFlips'>
> {
  const manifests = (await readModelFolders(folder)).map(({ files }) =>
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
    targetStatistics: settings.statistics,
    testTimeFlips: settings.flips,
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

/** Whether the very same call began what lies there. */
async function isOf(out: string, fingerprint: string): Promise<boolean> {
  const record = await RunRecord.read(out)
  return record?.head.command === COMMAND && record.head.fingerprint === fingerprint
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
