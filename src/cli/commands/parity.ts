import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { AppError, throwIfAborted } from '../../core/foundation/appError'
import { type Command, EXIT } from '../command'
import { parseOptions } from '../parseOptions'
import { BACKEND_HELP, startCliEngine } from '../startCliEngine'

export const parityCommand: Command = {
  name: 'parity',
  summary: 'Compare the networks with their PyTorch peers, number for number',
  help: [
    'Usage: scarp parity [<dir>] [--large] [--json]',
    '',
    'Runs each network on the weights and input of a fixture and compares its maps with those that the well-known',
    'PyTorch implementation gave in float64. An error above its tolerance fails.',
    '',
    '  <dir>               folder of the fixtures (default ../shared/parity, or parity under SCARP_SHARED)',
    '  --large             the published sizes too (minutes on a software adapter)',
    '  --json              one JSON document',
    BACKEND_HELP,
    '',
    'Exit codes: 0 all within tolerance; 1 some are not, or there are no fixtures; 2 bad usage; 130 interrupted.',
  ].join('\n'),
  async run(argv, io) {
    const options = parseOptions(argv, {
      large: { type: 'boolean' },
      json: { type: 'boolean' },
      backend: { type: 'string' },
    })
    const folder = options.words[0] ?? join(process.env.SCARP_SHARED ?? resolve('..', 'shared'), 'parity')
    const present = await readdir(folder).catch((): string[] => [])
    const { LARGE_CASES, networkParity, TINY_CASES } = await import('../../core/parity/networkParity')
    const { readParityCase } = await import('../../core/parity/parityCase')
    const known = options.values.large ? [...TINY_CASES, ...LARGE_CASES] : TINY_CASES
    const cases = known.filter(({ name }) => present.includes(name))
    if (cases.length === 0) throw new AppError('file-unreadable', `"${folder}" holds no parity fixture.`)
    const engine = await startCliEngine(options, 'inference', io)
    const results: { case: string; map: string; error: number; tolerance: number; ok: boolean }[] = []
    for (const [i, entry] of cases.entries()) {
      throwIfAborted(io.signal)
      io.progress.update({ label: entry.name, done: i, total: cases.length })
      const parity = await readParityCase(await filesOf(join(folder, entry.name)))
      for (const row of await networkParity(entry, parity)) {
        results.push({ case: entry.name, ...row, ok: row.error <= row.tolerance })
      }
    }
    io.progress.clear()
    const missing = known.filter(entry => !cases.includes(entry)).map(({ name }) => name)
    if (options.values.json) io.out(JSON.stringify({ ...engine, results, missing }, null, 2))
    else for (const row of results) io.out(describe(row))
    if (missing.length > 0) io.note(`Not compared, since their fixtures are absent: ${missing.join(', ')}`)
    return results.every(row => row.ok) ? EXIT.ok : EXIT.failed
  },
}

function describe(row: { case: string; map: string; error: number; tolerance: number; ok: boolean }): string {
  const share = `${((100 * row.error) / row.tolerance).toFixed(1)} % of ${row.tolerance.toExponential(1)}`
  return `${row.ok ? 'ok  ' : 'FAIL'} ${row.case.padEnd(20)} ${row.map.padEnd(10)} ${row.error.toExponential(2)}  ${share}`
}

async function filesOf(folder: string): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {}
  for (const name of ['case.json', 'output.safetensors', 'input.safetensors', 'weights.safetensors']) {
    // Cases whose input is generated have no input file; whoever needs a missing file says so.
    const bytes = await readFile(join(folder, name)).catch(() => null)
    if (bytes) files[name] = bytes
  }
  return files
}
