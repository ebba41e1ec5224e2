import { join } from 'node:path'
import type { RefusedFile } from '../core/patches/importPatches'
import type { RoundRecord } from '../core/rounds/round'
import type { RoundConfig } from '../core/rounds/roundConfig'
import { runRound } from '../engine'
import type { CommandIo } from './node/commandIo'
import { writeJson } from './node/nodeFiles'
import { peakMemory } from './node/reporting'
import { removeOwn } from './node/runRecord'
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
  const layout = {
    roundId: (_round: number, seed: number) => `train-seed-${seed}`,
    models: () => request.out,
    probabilities: () => place('.held-out'),
    checkpoints: () => place('checkpoints'),
  }
  const names = ({ seed, families }: RoundConfig) => [
    '.held-out',
    ...families.map(family => `${layout.roundId(1, seed)}-${family}`),
  ]
  return withProject(request, { target: null, layout, command: 'scarp train', names }, io, async run => {
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
    await run.setDone()
    await removeOwn(place('checkpoints'), place('.held-out'), place('state.json'))
    return report
  })
}
