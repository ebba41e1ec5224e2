import { basename, join, resolve } from 'node:path'
import { AppError, throwIfAborted, toAppError } from '../../core/foundation/appError'
import { parityFolders, runParityFolder } from '../../lab/parity/parityFolder'
import { describeParityCase, type ParityCaseReport, passed } from '../../lab/parity/parityReport'
import { declareCommand, EXIT } from '../command'
import { startTrainingEngine } from '../node/startCliEngine'
import { flag } from '../optionSpec'
import { BACKEND, JSON_OUTPUT } from '../sharedOptions'

export const parityCommand = declareCommand({
  name: 'parity',
  summary: 'Compare our numbers with those of PyTorch implementations',
  details:
    'Builds what the case.json of a folder describes (a network, one training step, a loss, an operation), computes ' +
    'it on the given weights and inputs, and prints the largest absolute error of every output beside its tolerance. ' +
    'The reference numbers are those that a well-known implementation gave in float64. Any folder in this format ' +
    'will do: nothing depends on its name.',
  words: [
    '[case-dir...]',
    'cases, or folders of cases (default: ../shared/parity, or parity under SCARP_SHARED)',
  ],
  options: {
    small: flag('leave out networks of 700,000 weights and more (up to a minute each on a software GPU)'),
    json: JSON_OUTPUT.describe(
      'print one JSON document: { backend, adapter, cases: [{ case, peer, mode, rows, notCompared }] }',
    ),
    backend: BACKEND.describe(
      'where networks run; wasm has no gradients: what needs them is listed as not compared',
    ),
  },
  exits: {
    ok: 'all within tolerance',
    failed: 'some are not, a case could not run, or nothing was compared',
  },
  async run({ words, options }, io) {
    const { json } = options
    const fixtures = join(process.env.SCARP_SHARED ?? resolve('..', 'shared'), 'parity')
    const { folders, refused } = await findCases(words.length > 0 ? words : [fixtures])
    const engine = await startTrainingEngine(options.backend, io)
    const cases = [...refused]
    const leftOut: string[] = []
    if (!json) for (const report of refused) io.out(describeParityCase(report))
    for (const [i, folder] of folders.entries()) {
      throwIfAborted(io.signal)
      io.progress.update({ label: basename(folder), done: i, total: folders.length })
      const report = await runParityFolder(folder, { onlySmall: options.small })
      io.progress.clear()
      if (!report) leftOut.push(basename(folder))
      else cases.push(report)
      if (report && !json) io.out(describeParityCase(report))
    }
    if (cases.length === 0) throw new AppError('file-unreadable', 'No case is left to compare.')
    if (json) io.out(JSON.stringify({ backend: engine.backend, adapter: engine.adapter, cases }, null, 2))
    const failed = cases.filter(report => !passed(report))
    if (leftOut.length > 0) io.note(`Left out by --small: ${leftOut.join(', ')}`)
    if (failed.length > 0) io.note(`Not within tolerance: ${failed.map(report => report.case).join(', ')}`)
    io.note(`${cases.length - failed.length} of ${cases.length} cases within tolerance on ${engine.backend}.`)
    return failed.length === 0 ? EXIT.ok : EXIT.failed
  },
})

/** A path without cases is reported like a case that cannot run, and the others still run. */
async function findCases(
  paths: readonly string[],
): Promise<{ folders: string[]; refused: ParityCaseReport[] }> {
  const folders: string[] = []
  const refused: ParityCaseReport[] = []
  for (const path of paths) {
    try {
      folders.push(...(await parityFolders(path)))
    } catch (thrown) {
      const { code, message } = toAppError(thrown)
      refused.push({ case: path, peer: '', mode: '', rows: [], notCompared: [], error: { code, message } })
    }
  }
  return { folders: [...new Set(folders)], refused }
}
