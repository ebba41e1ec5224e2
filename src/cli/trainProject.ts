import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256 } from '../core/foundation/sha256'
import type { RoundRecord } from '../core/rounds/round'
import { completeRoundConfig } from '../core/rounds/roundConfig'
import { type FinishedNetwork, parentsOf, runRound } from '../engine'
import type { CommandIo } from './node/commandIo'
import { familyOf, readModelFolder, readModelFolders, scaleOf, writeModelFolder } from './node/modelFolders'
import { writeJson } from './node/nodeFiles'
import { PatchSpool, spoolInputs } from './node/patchSpool'
import { createRefineStore, fileCheckpoint } from './node/roundFiles'
import { peakMemory, startCliEngine } from './node/startCliEngine'
import {
  emptyState,
  fitMicroBatch,
  openProject,
  type ProjectRequest,
  readState,
  writeState,
} from './projectRun'

export interface TrainReport {
  command: 'train'
  round: RoundRecord
  refused: { path: string; code: string; message: string }[]
  seconds: number
  /** Largest resident memory of the process, bytes. */
  peakMemory: number
}

/**
 * The work of `scarp train`: a first round without a target. Patches are decoded to files in the output folder and read
 * from there batch by batch, so that memory does not grow with their number.
 */
export async function trainProject(request: ProjectRequest, io: CommandIo): Promise<TrainReport> {
  const begin = io.now()
  const started = request.models ? await readModelFolders(request.models) : []
  const engine = await startCliEngine(request.backend, 'training', io)
  const scale = request.config.scale ?? scaleOf(started)
  const config = fitMicroBatch(completeRoundConfig({ ...request.config, scale }), request.memory, engine, io)
  const spool = await PatchSpool.create(join(request.out, '.spool'))
  try {
    const { refused } = await spoolInputs(
      [request.source],
      { domain: 'source', scale: request.valueScale },
      spool,
      io,
    )
    const project = openProject({ ...request, target: null }, spool)
    const statistics = spool.statisticsOf('source')
    const ids = spool.patches.map(({ id }) => id)
    const { heldOutShare } = request
    const content = JSON.stringify({ config, heldOutShare, models: request.models, ids, statistics })
    const fingerprint = await sha256(new TextEncoder().encode(content))
    const state = request.resume ? await readState(request.out, fingerprint) : emptyState(fingerprint)
    const place = (name: string) => join(request.out, name)
    if (!request.resume) {
      for (const name of ['checkpoints', '.held-out', 'report.json']) {
        await rm(place(name), { recursive: true, force: true })
      }
      await writeState(request.out, state)
    }
    io.note(`${project.source.ids.length} patches to train on, ${project.heldOut.ids.length} held out.`)
    const finished: FinishedNetwork[] = []
    for (const record of state.networks) {
      finished.push({ record, model: await readModelFolder(join(request.out, record.modelId)) })
    }
    const starters = Object.fromEntries(started.map(model => [familyOf(model), model]))
    const { record } = await runRound(
      {
        id: `train-seed-${config.seed}`,
        index: 1,
        parentRoundId: null,
        at: new Date().toISOString(),
        now: io.now,
        config,
        engine,
        source: project.source,
        heldOut: project.heldOut,
        target: null,
        statistics: { source: statistics, target: null },
        verdicts: [],
        store: createRefineStore(() => place('.held-out'), 1, project.fileOf),
        parents: await parentsOf(config, {}, starters, readModelFolder),
        finished,
        async onNetwork(network) {
          await writeModelFolder(request.out, network.model)
          state.networks.push(network.record)
          await writeState(request.out, state)
        },
        trainingCheckpoint: fileCheckpoint(place('checkpoints'), request.checkpointEvery, io.now),
      },
      {
        // Ctrl-C pauses, with a checkpoint, instead of breaking a step off.
        pause: () => io.signal.aborted,
        onProgress: progress => io.progress.update(progress),
        onEvent(event) {
          if (event.kind !== 'held-out') return
          io.progress.clear()
          io.note(
            `${event.family}, step ${event.step}: held-out F1 ${event.metrics.f1?.toFixed(4) ?? 'undefined'}`,
          )
        },
      },
    )
    io.progress.clear()
    const report: TrainReport = {
      command: 'train',
      round: record,
      refused,
      seconds: (io.now() - begin) / 1000,
      peakMemory: peakMemory(),
    }
    await writeJson(place('report.json'), report)
    for (const name of ['checkpoints', '.held-out', 'state.json']) {
      await rm(place(name), { recursive: true, force: true })
    }
    return report
  } finally {
    await spool.remove()
  }
}
