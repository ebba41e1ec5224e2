import { rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join, relative } from 'node:path'
import type { CommandIo } from '../../cli/node/commandIo'
import { streamSubmission } from '../../cli/node/l4sFiles'
import { readModelFolder, writeModelFolder } from '../../cli/node/modelFolders'
import { readIfThere, writeJson } from '../../cli/node/nodeFiles'
import { describeHeldOut } from '../../cli/node/reporting'
import { createRefineStore, fileCheckpoint } from '../../cli/node/roundFiles'
import { maskFromProbability } from '../../core/masks/probability'
import type { EngineInfo } from '../../core/rounds/engineInfo'
import { ENSEMBLE } from '../../core/rounds/ensemble'
import type { NetworkFamily } from '../../core/rounds/networks'
import { changedShare } from '../../core/rounds/round'
import { checkRoundConfig, type RoundConfig } from '../../core/rounds/roundConfig'
import { pooledScores } from '../../engine/refinement/heldOutScores'
import type { ModelFiles, RoundContext, RoundInput, RoundStore } from '../../engine/refinement/roundInput'
import { targetLabels } from '../../engine/refinement/targetLabels'
import { trainRoundNetwork } from '../../engine/refinement/trainRoundNetwork'
import { storedProbability, writeEnsemble } from '../../engine/refinement/writeEnsemble'
import type { EnsembleUnit, NetworkUnit, Unit } from './planReproduction'
import type { TrackData } from './trackData'
import type { UnitRecord } from './unitRecord'

/** What all units of a machine run with. */
export interface UnitSetup {
  out: string
  engine: Pick<EngineInfo, 'backend' | 'adapter'>
  /** Models that fresh networks start from, by family. */
  starters: Partial<Record<NetworkFamily, ModelFiles>>
  /** Seconds between checkpoints. */
  checkpointEvery: number
  io: CommandIo
}

export interface Passes {
  microBatch: number
  accumulate: number
  /** Gradient checkpointing; absent: off. */
  checkpointing?: boolean
}

/**
 * Trains a network, predicts its track's patches, scores them where they have labels, and writes the competition's zip
 * where they do not. A checkpoint that an interrupted run left is continued.
 *
 * @param passes of that run (`passesBegun`), or of a network that starts.
 * @param lost ends the work at once, without a checkpoint.
 * @throws AppError `paused` on Ctrl-C, with a checkpoint; `aborted` where the claim is lost; as `runRound`.
 */
export async function trainUnit(
  unit: NetworkUnit,
  passes: Passes,
  data: TrackData,
  setup: UnitSetup,
  lost: AbortSignal,
): Promise<UnitRecord> {
  const { io } = setup
  const begin = io.now()
  const checkpoints = checkpointFolder(unit)
  const checkpoint = fileCheckpoint(checkpoints, setup.checkpointEvery, io.now)
  const resumed = (await checkpoint.read(unit.network)) !== null
  const config: RoundConfig = { ...unit.config, ...passes }
  await writeJson(passesPath(unit), passes)
  const store = storeOf(unit, data)
  const parent = await parentOf(unit, setup)
  const input: RoundInput = {
    ...inputOf(unit, config, store, data, setup),
    parents: parent ? { [unit.network]: parent } : {},
    trainingCheckpoint: checkpoint,
  }
  checkRoundConfig(config, input.parents)
  const context: RoundContext = {
    signal: lost,
    pause: () => io.signal.aborted,
    onEvent(event) {
      if (event.kind !== 'held-out') return
      io.progress.clear()
      io.note(`${unit.track}/${unit.row.id}, ${describeHeldOut(event)}`)
    },
  }
  const labels = await targetLabels(data.target.ids, [], store, config, lost)
  const total = config.steps + data.target.ids.length + data.heldOut.ids.length
  const { model, record, notes } = await trainRoundNetwork(
    unit.network,
    input,
    labels,
    context,
    (done, label) => io.progress.update({ label: `${unit.track}/${unit.row.id}: ${label}`, done, total }),
  )
  await writeModelFolder(modelsFolder(unit), model)
  const { modelId, preset, weightsHash, parentModelId, bestStep, heldOut } = record
  const { steps, scale, microBatch, accumulate } = config
  const finished: UnitRecord = {
    ...(await judge(unit, modelId, store, data, setup)),
    heldOutF1: heldOut?.f1 ?? null,
    network: {
      ...{ modelId, preset, weightsHash, parentModelId, bestStep, steps, scale },
      ...{ microBatch, accumulate },
    },
    changed: null,
    seconds: (io.now() - begin) / 1000,
    resumed,
    notes: [...labels.notes, ...notes],
  }
  return finished
}

/** Removes what only an unfinished or a later unit needs; called when the unit's record is written. */
export async function tidyUnit(unit: Unit): Promise<void> {
  const probabilities = (modelId: string) => join(probabilitiesFolder(unit.folder), modelId)
  const remove = (path: string) => rm(path, { recursive: true, force: true })
  if (unit.network === ENSEMBLE) {
    for (const member of unit.members) await remove(probabilities(modelIdOf(member)))
    return
  }
  await remove(join(checkpointFolder(unit), `${unit.network}.checkpoint`))
  await remove(passesPath(unit))
  // No ensemble is made of a row's only network.
  if (unit.row.families.length === 1) await remove(probabilities(modelIdOf(unit)))
}

/** Writes the mean of a round's networks, which the next round learns from, and judges it as a network's map. */
export async function closeRound(
  unit: EnsembleUnit,
  data: TrackData,
  setup: UnitSetup,
  lost: AbortSignal,
): Promise<UnitRecord> {
  const { io } = setup
  const begin = io.now()
  const store = storeOf(unit, data)
  const { config } = unit
  const signal = AbortSignal.any([lost, io.signal])
  const input: RoundInput = { ...inputOf(unit, config, store, data, setup), parents: {} }
  const total = data.target.ids.length + data.heldOut.ids.length
  const label = `${unit.track}/${unit.row.id}: taking the mean of the networks`
  const target = await writeEnsemble(unit.members.map(modelIdOf), input, { signal }, done =>
    io.progress.update({ label, done, total }),
  )
  const { heldOut } = data
  const heldOutScores =
    heldOut.ids.length > 0
      ? await pooledScores(
          heldOut,
          config.decisionThreshold,
          id => storedProbability(store, id, ENSEMBLE),
          signal,
        )
      : null
  return {
    ...(await judge(unit, ENSEMBLE, store, data, setup)),
    heldOutF1: heldOutScores?.f1 ?? null,
    network: null,
    changed: changedShare(target?.changedPixels),
    seconds: (io.now() - begin) / 1000,
    resumed: false,
    notes: [],
  }
}

/** Scores where the target has labels, and the competition's zip where not all of it has. */
async function judge(
  unit: Unit,
  modelId: string,
  store: RoundStore,
  data: TrackData,
  { out, engine }: UnitSetup,
): Promise<Omit<UnitRecord, 'heldOutF1' | 'network' | 'changed' | 'seconds' | 'resumed' | 'notes'>> {
  const { truth, target, targetPatches } = data
  const { decisionThreshold } = unit.config
  const probability = (id: string) => storedProbability(store, id, modelId)
  let counts: UnitRecord['counts'] = null
  if (truth.ids.length > 0) {
    const scores = await pooledScores(truth, decisionThreshold, probability)
    const { truePositive, falsePositive, falseNegative, trueNegative } = scores
    counts = { truePositive, falsePositive, falseNegative, trueNegative }
  }
  let submission: string | null = null
  if (truth.ids.length < target.ids.length) {
    const path = join(
      out,
      `submission-${unit.track}-${unit.row.id}${unit.network === ENSEMBLE ? '' : `-${unit.network}`}.zip`,
    )
    await streamSubmission(path, targetPatches, async index => {
      const { id } = targetPatches[index]!
      const { valid } = await target.load(id)
      return maskFromProbability(await probability(id), decisionThreshold, valid)
    })
    submission = relative(out, path)
  }
  return {
    version: 1,
    unit: unit.id,
    track: unit.track,
    counts,
    targets: { all: target.ids.length, labelled: truth.ids.length },
    submission,
    host: hostname(),
    backend: engine.backend,
    adapter: engine.adapter,
    at: new Date().toISOString(),
  }
}

const probabilitiesFolder = (folder: string) => join(folder, 'probabilities')

const modelsFolder = ({ folder }: Pick<Unit, 'folder'>) => join(folder, 'models')

const checkpointFolder = ({ folder }: Pick<Unit, 'folder'>) => join(folder, 'checkpoints')

const passesPath = (unit: NetworkUnit) => join(checkpointFolder(unit), `${unit.network}.passes.json`)

/** As `trainRoundNetwork` names its models. */
const roundIdOf = ({ track, row, config }: Unit) => `${track}-${row.id}-seed-${config.seed}`

const modelIdOf = (unit: NetworkUnit) => `${roundIdOf(unit)}-${unit.network}`

/** This row's probabilities; until it has its own ensemble, the ensemble of the row that labels the target. */
function storeOf({ index, folder, labels }: Unit, { fileOf }: TrackData): RoundStore {
  const folderOf = (round: number) => (round === index ? folder : (labels ?? join(folder, 'none')))
  return createRefineStore(round => probabilitiesFolder(folderOf(round)), index, fileOf)
}

function inputOf(
  unit: Unit,
  config: RoundConfig,
  store: RoundStore,
  { training, heldOut, target, statistics }: TrackData,
  { engine, io }: UnitSetup,
): Omit<RoundInput, 'parents'> {
  const { track, row, index } = unit
  return {
    id: roundIdOf(unit),
    index,
    parentRoundId: row.parent === null ? null : `${track}-${row.parent}-seed-${config.seed}`,
    at: new Date().toISOString(),
    now: io.now,
    config,
    engine,
    source: training,
    heldOut,
    target,
    statistics,
    verdicts: [],
    store,
  }
}

async function parentOf(
  { parent, network }: NetworkUnit,
  { starters }: UnitSetup,
): Promise<ModelFiles | null> {
  if (parent) return readModelFolder(join(modelsFolder(parent), modelIdOf(parent)))
  return starters[network] ?? null
}

/** The micro-batch with which an interrupted run of a network has to continue; null where there is none. */
export async function passesBegun(unit: NetworkUnit): Promise<Passes | null> {
  const checkpoint = await readIfThere(join(checkpointFolder(unit), `${unit.network}.checkpoint`))
  const file = checkpoint && (await readIfThere(passesPath(unit)))
  return file ? (JSON.parse(new TextDecoder().decode(file)) as Passes) : null
}
