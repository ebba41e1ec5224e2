import { join } from 'node:path'
import type { Verdict } from '../../core/review/verdict'
import { ENSEMBLE } from '../../core/rounds/ensemble'
import type { RoundInput, RoundStore } from '../../engine'
import type { CommandIo } from '../node/commandIo'
import type { PatchSpool } from '../node/patchSpool'
import { createRefineStore } from '../node/roundFiles'
import { RunRecord } from '../node/runRecord'
import { type ProjectRequest, type ProjectRun, roundInput, withProject } from '../projectRun'
import { cellKey, chooseCells, type ResultCell, readShares } from './chooseCells'
import type { Run } from './manifest'
import { readCells } from './readCells'
import type { ReviewedCells } from './reviewedCells'
import type { readRunStatistics } from './statistics'

export const COMMAND = 'scarp refine --run'

/** Of the networks of a round, in its run. */
export const MODELS = 'models'

/** In the folder of a network that was trained by itself, last: it is trained. */
export const NETWORK = 'network.json'

/** A round of a run, and what it learns from. */
export interface RoundOfRun {
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

/**
 * Reads source and pieces, with verdicts where there are any, and does the work of a round, or of a part of it.
 *
 * @param out where it lies: of a part, a folder of its own
 */
export async function inProject<Result>(
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
    names: () => [MODELS, 'probabilities', 'manifest.json', NETWORK],
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

/** Where the parts of a round lie, in the run that it begins or in the folder of one network. */
export function layoutOf(run: Run, out: string) {
  return {
    roundId: (round: number, seed: number) => `run-${run.hash.slice(0, 8)}-round-${round}-seed-${seed}`,
    models: () => join(out, MODELS),
    probabilities: (round: number) => join(out, `probabilities/round-${round}`),
    checkpoints: () => join(out, 'checkpoints'),
  }
}

/** Whether the very same call began what lies there. */
export async function isOf(out: string, fingerprint: string): Promise<boolean> {
  const record = await RunRecord.read(out)
  return record?.head.command === COMMAND && record.head.fingerprint === fingerprint
}
