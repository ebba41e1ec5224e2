import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { CommandIo } from '../../cli/node/commandIo'
import { pathKind, writeAtomically } from '../../cli/node/nodeFiles'
import type { OutFolder } from '../../cli/node/outFolder'
import { scratchFolder } from '../../cli/node/scratchFolder'
import { startCliEngine } from '../../cli/node/startCliEngine'
import { AppError, throwIfAborted } from '../../core/foundation/appError'
import type { BackendName, EngineInfo } from '../../core/rounds/engineInfo'
import { completeRoundConfig } from '../../core/rounds/roundConfig'
import {
  type AblationBenchmark,
  type AblationFold,
  generatedBenchmark,
  leaveBlockOut,
} from './ablationBenchmark'
import { ablationPlot } from './ablationPlot'
import { type AblationRunRecord, readRunRecord, writeRunRecord } from './ablationRecord'
import { type AblationLine, ablationCsv, ablationLines, ablationMarkdown } from './ablationResults'
import { type AblationRow, ablationRows, roundIndexOf, selectRows } from './ablationRows'
import { ablationRun } from './ablationRun'
import { type AblationRequest, type PlannedRun, pendingRuns, planAblation } from './planAblation'

/** The work of `scarp ablate`. Finished runs of the same configuration are kept; results are written after each. */
export async function runAblation(
  request: AblationRequest,
  backend: BackendName | 'auto',
  io: CommandIo,
): Promise<{ benchmark: AblationBenchmark; lines: AblationLine[] }[]> {
  const rows = ablationRows(request.scales)
  const selected = selectRows(rows, request.rows)
  const engine = await startCliEngine(backend, 'training', io)
  await request.out.begin(['results.csv', 'results.md', 'plot.svg', 'runs'])
  const scratch = await scratchFolder(join(request.out.path, '.scarp-patches-'))
  try {
    return await runIn(scratch, request, engine, rows, selected, io)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function runIn(
  scratch: string,
  request: AblationRequest,
  engine: EngineInfo,
  rows: readonly AblationRow[],
  selected: readonly AblationRow[],
  io: CommandIo,
): Promise<{ benchmark: AblationBenchmark; lines: AblationLine[] }[]> {
  const patches = join(scratch, 'patches')
  const benchmarks: AblationBenchmark[] = []
  if (request.generated) benchmarks.push(generatedBenchmark(request.generated))
  if (request.l4s) benchmarks.push(await leaveBlockOut(request.l4s, request, patches, io))
  const plan = await planAblation(request, benchmarks, rows, selected)
  const records = new Map<PlannedRun, AblationRunRecord>()
  for (const run of plan) {
    const record = await readRunRecord(join(run.folder, 'run.json'), run.fingerprint)
    if (record) records.set(run, record)
  }
  const pending = pendingRuns(plan, run => records.has(run))
  if (plan.length > pending.length)
    io.note(`${plan.length - pending.length} of ${plan.length} runs are done.`)
  for (const run of pending) if (!records.has(run)) await refuseOther(run.folder, request.out)
  const total = pending.reduce((sum, { cost }) => sum + cost, 0)
  let spent = 0
  let opened = ''
  let fold: AblationFold | null = null
  for (const run of pending) {
    throwIfAborted(io.signal)
    const key = `${run.benchmark.id}/${run.seed}/${run.fold}`
    if (!fold || opened !== key) fold = await run.benchmark.open(run.seed, run.fold, patches, io)
    opened = key
    const name = `${run.row.id}, seed ${run.seed}${run.benchmark.folds > 1 ? `, fold ${run.fold + 1}` : ''}`
    const scores = await ablationRun({
      ...run,
      index: roundIndexOf(rows, run.row),
      fold,
      pseudoLabels: run.row.pseudoLabels,
      keep: run.row.families.length > 1,
      engine,
      threshold: request.threshold,
      io,
      onProgress: (share, label) =>
        io.progress.update({ label: `${name}: ${label}`, done: spent + share * run.cost, total }),
    })
    spent += run.cost
    const record: AblationRunRecord = {
      version: 1,
      fingerprint: run.fingerprint,
      benchmark: run.benchmark.id,
      row: run.row.id,
      seed: run.seed,
      fold: run.fold,
      steps: run.config.steps,
      scale: run.config.scale,
      backend: engine.backend,
      adapter: engine.adapter,
      shift: fold.shift,
      config: run.config,
      ...scores,
    }
    await writeRunRecord(join(run.folder, 'run.json'), record)
    records.set(run, record)
    io.progress.clear()
    const f1 = ablationLines([record], rows, 1).map(
      ({ network, f1 }) => `${network} ${f1 ? (100 * f1.mean).toFixed(1) : 'undefined'}`,
    )
    io.note(`${name}: F1 ${f1.join(', ')} (${(scores.seconds / 60).toFixed(1)} min)`)
    await writeResults(request, benchmarks, rows, inOrder(plan, records))
  }
  return writeResults(request, benchmarks, rows, inOrder(plan, records))
}

/** @throws AppError `bad-argument` where a finished run of other settings is there, without `--force`. */
async function refuseOther(folder: string, out: OutFolder): Promise<void> {
  if ((await pathKind(join(folder, 'run.json'))) !== 'file' || out.force) return
  throw new AppError(
    'bad-argument',
    `"${folder}" was made with other settings. --force replaces it; or give another --out.`,
  )
}

function inOrder(
  plan: readonly PlannedRun[],
  records: ReadonlyMap<PlannedRun, AblationRunRecord>,
): AblationRunRecord[] {
  return plan.flatMap(run => records.get(run) ?? [])
}

async function writeResults(
  request: AblationRequest,
  benchmarks: readonly AblationBenchmark[],
  rows: readonly AblationRow[],
  records: readonly AblationRunRecord[],
): Promise<{ benchmark: AblationBenchmark; lines: AblationLine[] }[]> {
  const sections = benchmarks
    .map(benchmark => {
      const own = records.filter(record => record.benchmark === benchmark.id)
      const lines = ablationLines(own, rows, benchmark.folds)
      return { benchmark, title: benchmark.title, lines, records: own }
    })
    .filter(({ lines }) => lines.length > 0)
  const { command, threshold } = request
  const about = { command, threshold, preset: completeRoundConfig(request.config).preset }
  await writeAtomically(join(request.out.path, 'results.csv'), ablationCsv(records))
  await writeAtomically(join(request.out.path, 'results.md'), ablationMarkdown(sections, about))
  await writeAtomically(join(request.out.path, 'plot.svg'), ablationPlot(sections))
  return sections
}
