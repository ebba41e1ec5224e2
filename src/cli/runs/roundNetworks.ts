import { readdir, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../core/foundation/appError'
import { z } from '../../core/foundation/schema'
import { fingerprintOf } from '../../core/foundation/sha256'
import { FAMILIES, type NetworkFamily } from '../../core/rounds/networks'
import type { RoundNetworkRecord, RoundRecord } from '../../core/rounds/round'
import { type FinishedNetwork, type RoundStore, runRound } from '../../engine'
import type { CommandIo } from '../node/commandIo'
import { readModelFolder } from '../node/modelFolders'
import { readIfThere, readNamedFile, writeJson } from '../node/nodeFiles'
import { createRefineStore } from '../node/roundFiles'
import { RUN_RECORD, RunRecord, removeOwn } from '../node/runRecord'
import { type ProjectRequest, type ProjectRun, roundContext } from '../projectRun'
import { COMMAND, inProject, isOf, layoutOf, NETWORK, type RoundOfRun } from './roundProject'

/** Where networks that are trained by themselves lie until they are joined, a folder each. */
const NETWORKS = 'networks'

const networkSchema = z.object({
  /** SHA-256 (hex) of all that must be the same in every part of the round. */
  round: z.string(),
  /** The same of what the call said. */
  call: z.string(),
  record: z.looseObject({ modelId: z.string(), family: z.enum(FAMILIES) }),
  seconds: z.number(),
})

/** Trains one network in a folder of its own, beside others that do the same. */
export async function trainOne(
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

/** A network that was trained by itself. */
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
export async function checkParts(round: RoundOfRun, request: ProjectRequest): Promise<void> {
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

/**
 * The networks of a round that were trained by themselves, in the order of the families.
 *
 * @throws AppError `bad-argument` where what a network was trained on is not what there is now
 */
export async function trainedParts(round: RoundOfRun, project: ProjectRun): Promise<TrainedPart[]> {
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

/** The record of a round whose networks were trained by themselves. */
export function joinedRecord(record: RoundRecord, parts: readonly TrainedPart[]): RoundRecord {
  const seconds = parts.reduce((sum, part) => sum + part.seconds, record.seconds)
  const notes = record.notes.filter(note => !note.startsWith('Resumed: '))
  return {
    ...record,
    seconds,
    notes: [...notes, 'Each network was trained by a call of its own; the seconds are the sum.'],
  }
}

/** Removes what the calls for single networks made, and nothing else. */
export async function removeNetworks(out: string): Promise<void> {
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
