import { basename, join, resolve } from 'node:path'
import { AppError, throwIfAborted, toAppError } from '../../core/foundation/appError'
import type { EngineInfo } from '../../core/gpu/engine'
import { type Command, type CommandIo, EXIT } from '../command'
import { parityFolders, readParityFiles } from '../parityFolders'
import { describeParityCase, type ParityCaseReport, passed } from '../parityReport'
import { type ParsedOptions, parseOptions } from '../parseOptions'
import { BACKEND_HELP, startCliEngine } from '../startCliEngine'

/** Cases of published networks have millions of weights, all others fewer. */
const SMALL = 700_000

export const parityCommand: Command = {
  name: 'parity',
  summary: 'Compare our numbers with those of PyTorch implementations',
  help: [
    'Usage: scarp parity [<case-dir>...] [--small] [--json]',
    '',
    'Builds what the case.json of a folder describes (a network, one training step, a loss, an operation), computes',
    'it on the given weights and inputs, and prints the largest absolute error of every output beside its tolerance.',
    'The reference numbers are those that a well-known implementation gave in float64. Any folder of the format will',
    'do: nothing depends on its name.',
    '',
    '  <case-dir>          a case, or a folder of cases (default ../shared/parity, or parity under SCARP_SHARED)',
    '  --small             leave out networks of 700,000 weights and more (up to a minute each on a software GPU)',
    '  --json              one JSON document: { backend, adapter, cases: [{ case, peer, mode, rows, notCompared }] }',
    BACKEND_HELP,
    '                      WASM has no gradients: what needs them is listed as not compared',
    '',
    'Exit codes: 0 all within tolerance; 1 some are not, a case could not run, or nothing was compared; 2 bad usage;',
    '130 interrupted.',
  ].join('\n'),
  async run(argv, io) {
    const options = parseOptions(argv, {
      small: { type: 'boolean' },
      json: { type: 'boolean' },
      backend: { type: 'string' },
    })
    const fixtures = join(process.env.SCARP_SHARED ?? resolve('..', 'shared'), 'parity')
    const folders = await parityFolders(options.words.length > 0 ? options.words : [fixtures])
    const engine = await startComparingEngine(options, io)
    const json = Boolean(options.values.json)
    const cases: ParityCaseReport[] = []
    const skipped: string[] = []
    for (const [i, folder] of folders.entries()) {
      throwIfAborted(io.signal)
      io.progress.update({ label: basename(folder), done: i, total: folders.length })
      const report = await runFolder(folder, Boolean(options.values.small))
      if (!report) {
        skipped.push(basename(folder))
        continue
      }
      cases.push(report)
      io.progress.clear()
      if (!json) io.out(describeParityCase(report))
    }
    if (json) io.out(JSON.stringify({ backend: engine.backend, adapter: engine.adapter, cases }, null, 2))
    const failed = cases.filter(report => !passed(report))
    if (skipped.length > 0) io.note(`Left out by --small: ${skipped.join(', ')}`)
    if (failed.length > 0) io.note(`Not equal: ${failed.map(report => report.case).join(', ')}`)
    if (cases.length === 0) throw new AppError('bad-argument', 'No case is left to compare.')
    io.note(`${cases.length - failed.length} of ${cases.length} cases within tolerance on ${engine.backend}.`)
    return failed.length === 0 ? EXIT.ok : EXIT.failed
  },
}

/** Gradients are worth a slow GPU: WASM only where there is no other, or where it is asked for. */
async function startComparingEngine(options: ParsedOptions, io: CommandIo): Promise<EngineInfo> {
  if ((options.values.backend ?? 'auto') !== 'auto') return startCliEngine(options, 'inference', io)
  try {
    return await startCliEngine(options, 'training', io)
  } catch (error) {
    if (toAppError(error).code !== 'training-impossible') throw error
    return startCliEngine(options, 'inference', io)
  }
}

/** A damaged or unknown case is reported, so that the others still run. null: left out, being large. */
async function runFolder(folder: string, onlySmall: boolean): Promise<ParityCaseReport | null> {
  const { countCaseWeights } = await import('../../core/parity/countCaseWeights')
  const { readParityCase } = await import('../../core/parity/parityCase')
  const { withinTolerance } = await import('../../core/parity/parityRow')
  const { runParityCase } = await import('../../core/parity/runParityCase')
  const report: ParityCaseReport = { case: basename(folder), peer: '', mode: '', rows: [], notCompared: [] }
  try {
    const files = await readParityFiles(folder)
    if (onlySmall && files['case.json'] && countCaseWeights(files['case.json']) >= SMALL) return null
    const parity = await readParityCase(files)
    Object.assign(report, { case: parity.name, peer: parity.peer, mode: parity.mode })
    const { rows, notCompared } = await runParityCase(parity)
    return { ...report, rows: rows.map(row => ({ ...row, ok: withinTolerance(row) })), notCompared }
  } catch (thrown) {
    const { code, message } = toAppError(thrown)
    return { ...report, error: { code, message } }
  }
}
