import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CommandIo } from '../../cli/node/commandIo'
import { familyOf, readModelFolders } from '../../cli/node/modelFolders'
import { pathKind, readIfThere } from '../../cli/node/nodeFiles'
import { startCliEngine } from '../../cli/node/startCliEngine'
import { AppError, throwIfAborted, toAppError } from '../../core/foundation/appError'
import { fingerprintOf, sha256 } from '../../core/foundation/sha256'
import type { BackendName } from '../../core/rounds/engineInfo'
import { ENSEMBLE } from '../../core/rounds/ensemble'
import { scores } from '../../core/rounds/metrics'
import { parseManifest } from '../../core/rounds/modelManifest'
import type { ModelFiles } from '../../engine/refinement/roundInput'
import { Claims } from './claims'
import { type CompetitionFolder, describeFiles, findCompetition, TRACKS } from './competitionFolder'
import { duration } from './duration'
import { type Expectation, expectations, kindOf, largestBuffer } from './expectations'
import {
  type NetworkUnit,
  planReproduction,
  type ReproductionSettings,
  type Unit,
  unitsNamed,
} from './planReproduction'
import { describePlan, describeSplits } from './planText'
import { percent, reproductionMarkdown, resultLines } from './reproductionResults'
import { closeRound, type Passes, passesBegun, tidyUnit, trainUnit, type UnitSetup } from './runUnit'
import { writeFirst, writeShared } from './sharedFiles'
import { CompetitionData } from './trackData'
import { claimPath, readUnitRecord, type UnitRecord, writeUnitRecord } from './unitRecord'

export interface ReproductionRequest {
  /** Folder of the competition. */
  data: string
  out: string
  /** Writes to a folder that holds other files. */
  force: boolean
  settings: ReproductionSettings
  /** Folder of models that fresh networks start from; null: seeded initialisations. */
  models: string | null
  heldOutShare: number
  /** Bytes of GPU memory that training may take. */
  memory: number
  /** null: the largest micro-batch that fits, accumulated to 16. */
  passes: Passes | null
  /** Whether to time each kind of network first. */
  timing: boolean
  /** Print the plan and end. */
  planOnly: boolean
  /** Units that this machine takes; null: any. */
  only: readonly string[] | null
  /** Seconds without a sign of life after which another machine's unit is taken over. */
  staleAfter: number
  checkpointEvery: number
  /** Folder for decoded patches, on a disk of this machine; null: the system's. */
  scratch: string | null
  backend: BackendName | 'auto'
  /** As typed, for the report. */
  command: string
}

/** @throws AppError `bad-argument` where a folder holds files, but no reproduction. */
async function refuseOtherFiles(out: string): Promise<void> {
  if ((await pathKind(out)) === null) return
  const names = await readdir(out)
  // --plan leaves its measurements, and another machine may be about to write the first file.
  const others = names.filter(name => !/^\.|\.part$|^expected$/.test(name))
  if (others.length === 0 || others.includes('reproduction.json')) return
  throw new AppError(
    'bad-argument',
    `"${out}" holds other files (${others[0]}). --force writes there all the same; or give another --out.`,
  )
}

/** Null where the file is damaged. */
function fingerprintIn(file: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(file)).fingerprint
  } catch {
    return null
  }
}

/** Seconds between two looks at what other machines have done. */
const LOOK_EVERY = 5

/** The work of `scarp reproduce`. */
export async function runReproduction(request: ReproductionRequest, io: CommandIo): Promise<void> {
  const { out, settings } = request
  const competition = await findCompetition(request.data)
  const tracks = TRACKS.filter(track => competition.targets[track].images.length > 0)
  const units = planReproduction(out, tracks, settings)
  const mine = new Set(unitsNamed(units, request.only).map(({ id }) => id))
  const starters = await startersOf(request.models, units)
  const patches = describeSplits(competition)
  for (const line of patches) io.note(line)
  await joinFolder(request, competition, starters)
  const engine = await startCliEngine(request.backend, 'training', io)
  const networks = units.filter((unit): unit is NetworkUnit => unit.network !== ENSEMBLE)
  const records = await readRecords(units)
  const wanted = new Set([...mine].filter(id => !records.has(id)))
  const expected = await expectations(networks, wanted, { ...request, engine, io })
  const claims = new Claims({
    beat: Math.min(30, request.staleAfter / 4) * 1000,
    stale: request.staleAfter * 1000,
  })
  const setup: UnitSetup = {
    out,
    engine,
    starters: Object.fromEntries(starters.map(model => [familyOf(model), model])),
    checkpointEvery: request.checkpointEvery,
    io,
  }
  const work = new Reproduction(request, units, mine, expected, claims, setup, patches)
  await work.look()
  const plan = describePlan({
    ...request,
    units,
    mine,
    expected,
    competition,
    largest: largestBuffer(engine),
    records: work.records,
    holders: await work.holders(),
  })
  for (const line of plan) (request.planOnly ? io.out : io.note)(line)
  if (request.planOnly) return
  const data = await CompetitionData.open(competition, request.heldOutShare, request.scratch ?? tmpdir(), io)
  try {
    await work.run(data)
  } finally {
    await data.close()
  }
  await work.writeResults()
  for (const line of resultLines(units, work.records)) io.out(line)
  io.out(`Results: ${out}/results.md`)
}

/** One machine's part. */
class Reproduction {
  readonly records = new Map<string, UnitRecord>()
  /** What was said last of the units that this machine waits for. */
  private waitingFor = ''
  private idleSince: number | null = null

  constructor(
    private readonly request: ReproductionRequest,
    private readonly units: readonly Unit[],
    private readonly mine: ReadonlySet<string>,
    private readonly expected: ReadonlyMap<string, Expectation>,
    private readonly claims: Claims,
    private readonly setup: UnitSetup,
    private readonly patches: readonly string[],
  ) {}

  /** Reads what is done, by whichever machine. */
  async look(): Promise<void> {
    const left = this.units.filter(({ id }) => !this.records.has(id))
    for (const [id, record] of await readRecords(left)) this.records.set(id, record)
  }

  /** Hosts of the machines that work on units, by unit. */
  async holders(): Promise<Map<string, string>> {
    const holders = new Map<string, string>()
    for (const unit of this.units) {
      if (this.records.has(unit.id)) continue
      const holder = await this.claims.holder(claimPath(unit))
      if (holder) holders.set(unit.id, holder.host)
    }
    return holders
  }

  /**
   * Takes unit after unit until those of this machine are done, waiting for the ones that other machines are at.
   *
   * @throws AppError `training-impossible` where nobody is at what is needed; `gpu-limit` where what is left does not
   *   fit; `aborted` on Ctrl-C, with a checkpoint; and as `trainUnit`.
   */
  async run(data: CompetitionData): Promise<void> {
    const { io } = this.setup
    for (;;) {
      throwIfAborted(io.signal)
      await this.look()
      const left = this.units.filter(({ id }) => this.mine.has(id) && !this.records.has(id))
      // Ensembles alone do not keep a machine that was given some networks.
      if (!left.some(unit => this.holdsUp(unit))) return
      if (await this.takeOne(left, data)) {
        this.idleSince = null
        continue
      }
      await this.wait(left)
    }
  }

  /** Whether this machine stays for a unit: its own networks, and ensembles unless it was given some networks only. */
  private holdsUp({ network, needs }: Unit): boolean {
    return network !== ENSEMBLE || this.request.only === null || needs.every(id => this.records.has(id))
  }

  private async takeOne(left: readonly Unit[], data: CompetitionData): Promise<boolean> {
    for (const unit of left) {
      if (!unit.needs.every(id => this.records.has(id))) continue
      const passes = unit.network === ENSEMBLE ? null : await this.passesOf(unit)
      if (unit.network !== ENSEMBLE && passes === null) continue
      const claim = await this.claims.take(claimPath(unit))
      if (!claim) continue
      try {
        // Another machine may have finished it since we looked.
        if (await readUnitRecord(unit)) return true
        await this.work(unit, passes, data, claim.lost)
      } finally {
        await claim.release()
      }
      return true
    }
    return false
  }

  private async work(
    unit: Unit,
    passes: Passes | null,
    data: CompetitionData,
    lost: AbortSignal,
  ): Promise<void> {
    const { io } = this.setup
    const track = await data.track(unit.track)
    try {
      const record =
        unit.network === ENSEMBLE
          ? await closeRound(unit, track, this.setup, lost)
          : await trainUnit(unit, passes!, track, this.setup, lost)
      await writeUnitRecord(unit, record)
      await tidyUnit(unit)
      this.records.set(unit.id, record)
      io.progress.clear()
      io.note(describeUnit(unit, record))
      await this.writeResults()
    } catch (thrown) {
      const error = toAppError(thrown)
      if (lost.aborted) {
        io.progress.clear()
        io.note(`${unit.id}: another machine has taken it over; leaving it.`)
        return
      }
      if (error.code !== 'paused') throw error
      throw new AppError('aborted', 'Interrupted.', { cause: error })
    }
  }

  /** Micro-batch of a network: of the run that it continues, else what fits; null where it does not fit here. */
  private async passesOf(unit: NetworkUnit): Promise<Passes | null> {
    const { passes } = this.expected.get(kindOf(unit))!
    const begun = await passesBegun(unit)
    if (!begun || !passes) return passes
    return begun.microBatch <= passes.microBatch ? begun : null
  }

  /** Says once for what, and looks again after a while; at once where another machine has just finished something. */
  private async wait(left: readonly Unit[]): Promise<void> {
    const { io } = this.setup
    const holders = await this.holders()
    // A record is written before its claim is released: what nobody holds by now is done, or was never begun.
    const known = this.records.size
    await this.look()
    if (this.records.size > known) return
    if (holders.size === 0) await this.waitForNobody(left)
    else this.idleSince = null
    const needed = this.neededOf(left)
    const at = needed.filter(id => holders.has(id)).map(id => `${id} (${holders.get(id)})`)
    const text = at.length > 0 ? at.join(', ') : `${needed.join(', ')}: no machine is at it yet`
    if (text !== this.waitingFor) {
      io.progress.clear()
      io.note(`Waiting for ${text}.`)
      this.waitingFor = text
    }
    const seconds = Math.min(LOOK_EVERY, this.request.staleAfter)
    await sleep(seconds * 1000, undefined, { signal: io.signal }).catch(() => throwIfAborted(io.signal))
  }

  /** @throws AppError where waiting would not end. */
  private async waitForNobody(left: readonly Unit[]): Promise<void> {
    const { io } = this.setup
    const networks = left.filter((unit): unit is NetworkUnit => unit.network !== ENSEMBLE)
    const passes = await Promise.all(networks.map(unit => this.passesOf(unit)))
    if (networks.length > 0 && passes.every(each => each === null)) {
      throw new AppError(
        'gpu-limit',
        `${networks.map(({ id }) => id).join(', ')}: does not fit here, as the plan says. Give more --memory if that is ` +
          'the limit, choose smaller sizes (--preset), or run it on another machine.',
      )
    }
    this.idleSince ??= io.now()
    // Between two units of another machine nothing is held.
    if (io.now() - this.idleSince <= this.request.staleAfter * 1000) return
    throw new AppError(
      'training-impossible',
      `What is left needs ${this.neededOf(left).join(', ')}, and no machine is at it: add it to --only, or leave --only out.`,
    )
  }

  /** What could be done now, among these units and all that they need: what holds them up. */
  private neededOf(left: readonly Unit[]): string[] {
    const seen = new Set<string>()
    const ready: string[] = []
    const visit = (unit: Unit) => {
      if (this.records.has(unit.id) || seen.has(unit.id)) return
      seen.add(unit.id)
      const missing = unit.needs.filter(id => !this.records.has(id))
      if (missing.length === 0) ready.push(unit.id)
      for (const id of missing) visit(this.units.find(each => each.id === id)!)
    }
    for (const unit of left.filter(each => this.holdsUp(each))) visit(unit)
    return ready
  }

  async writeResults(): Promise<void> {
    const { out, command, settings } = this.request
    const presets = this.units.flatMap(unit =>
      unit.network === ENSEMBLE ? [] : [`${unit.network} ${unit.preset}`],
    )
    const about = {
      command,
      threshold: settings.config.decisionThreshold!,
      presets: [...new Set(presets)],
      patches: this.patches,
    }
    await writeShared(join(out, 'results.md'), reproductionMarkdown(this.units, this.records, about))
  }
}

async function readRecords(units: readonly Unit[]): Promise<Map<string, UnitRecord>> {
  const records = new Map<string, UnitRecord>()
  for (const unit of units) {
    const record = await readUnitRecord(unit)
    if (record) records.set(unit.id, record)
  }
  return records
}

function describeUnit({ id }: Unit, { counts, submission, heldOutF1, seconds }: UnitRecord): string {
  const parts = [
    ...(counts ? [`F1 ${percent(scores(counts).f1)}`] : []),
    ...(heldOutF1 === null ? [] : [`held-out F1 ${percent(heldOutF1)}`]),
    ...(submission ? [submission] : []),
    duration(seconds),
  ]
  return `${id}: ${parts.join(', ')}`
}

/** @throws AppError `bad-argument` for a model of another size than the plan's, `model-invalid`. */
async function startersOf(folder: string | null, units: readonly Unit[]): Promise<ModelFiles[]> {
  if (folder === null) return []
  const starters = await readModelFolders(folder)
  for (const { id, files } of starters) {
    const { family, preset } = parseManifest(files['manifest.json']!)
    const unit = units.find(({ network }) => network === family)
    if (!unit || unit.network === ENSEMBLE || unit.preset === preset) continue
    throw new AppError(
      'bad-argument',
      `Model "${id}" is a ${preset}, and ${family} is planned as ${unit.preset}: name its size in --preset.`,
    )
  }
  return starters
}

/**
 * Makes sure that all machines, and all runs, in an output folder do the same work. A plan alone begins nothing.
 *
 * @throws AppError `bad-argument` where it was begun with other options or other data.
 */
async function joinFolder(
  { out, force, settings, heldOutShare, passes, command, planOnly }: ReproductionRequest,
  competition: CompetitionFolder,
  starters: readonly ModelFiles[],
): Promise<void> {
  const { rounds: _, ...fixed } = settings
  const hashes = starters.map(({ files }) => sha256(files['weights.safetensors'] ?? new Uint8Array()))
  const fingerprint = await fingerprintOf({
    version: 1,
    settings: fixed,
    heldOutShare,
    batch: passes && passes.microBatch * passes.accumulate,
    files: await describeFiles(competition),
    starters: await Promise.all(hashes),
  })
  const path = join(out, 'reproduction.json')
  const text = `${JSON.stringify({ fingerprint, command, settings }, null, 2)}\n`
  if (!planOnly && !force) await refuseOtherFiles(out)
  const isNew = planOnly ? (await pathKind(path)) === null : await writeFirst(path, text)
  if (isNew) return
  const begun = fingerprintIn((await readIfThere(path)) ?? new Uint8Array())
  if (begun === fingerprint) return
  throw new AppError(
    'bad-argument',
    `The reproduction in "${out}" was begun with other options or data: give the same ones, or another --out.`,
  )
}
