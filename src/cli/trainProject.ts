import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { RefusedFile } from '../core/patches/importPatches'
import type { RoundRecord } from '../core/rounds/round'
import { runRound } from '../engine'
import type { CommandIo } from './node/commandIo'
import { writeJson } from './node/nodeFiles'
import { peakMemory } from './node/reporting'
import { type ProjectRequest, roundContext, roundInput, withProject } from './projectRun'

export interface TrainReport {
  command: 'train'
  round: RoundRecord
  refused: RefusedFile[]
  seconds: number
  /** Largest resident memory of the process, bytes. */
  peakMemory: number
}

/** The work of `scarp train`: a first round without a target, its models in the output folder itself. */
export async function trainProject(request: ProjectRequest, io: CommandIo): Promise<TrainReport> {
  const begin = io.now()
  const place = (name: string) => join(request.out, name)
  const remove = async (...names: string[]) => {
    for (const name of names) await rm(place(name), { recursive: true, force: true })
  }
  const layout = {
    roundId: (_round: number, seed: number) => `train-seed-${seed}`,
    models: () => request.out,
    probabilities: () => place('.held-out'),
    checkpoints: () => place('checkpoints'),
  }
  const clear = () => remove('checkpoints', '.held-out', 'report.json')
  return withProject(request, { target: null, layout, clear }, io, async run => {
    const input = await roundInput({ index: 1, parentRoundId: null, latest: {} }, run)
    const { record } = await runRound(
      input,
      roundContext(io, () => null),
    )
    io.progress.clear()
    const report: TrainReport = {
      command: 'train',
      round: record,
      refused: run.refused,
      seconds: (io.now() - begin) / 1000,
      peakMemory: peakMemory(),
    }
    await writeJson(place('report.json'), report)
    await remove('checkpoints', '.held-out', 'state.json')
    return report
  })
}
