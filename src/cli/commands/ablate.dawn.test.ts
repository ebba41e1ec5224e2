import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordingIo } from '../commandIo.testing'
import { runCommandLine } from '../runCommandLine'
import { COMMANDS } from '.'

/** The whole command on patches of 32 x 32, two steps a network. */
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scarp-ablate-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function ablate(out: string, rows: string, more: string[] = [], signal?: AbortSignal) {
  const { io, outLines, notes } = recordingIo(signal)
  const argv = [
    'ablate',
    ...[
      '--out',
      join(folder, out),
      '--rows',
      rows,
      '--quick',
      '--steps',
      '2',
      '--patches',
      '4',
      '--size',
      '32',
    ],
    ...['--backend', 'webgpu', ...more],
  ]
  const code = await runCommandLine(argv, COMMANDS, io)
  return { code, out: outLines.join('\n'), notes: notes.join('\n') }
}

const run = async (out: string, row: string, seed = 1) =>
  JSON.parse(await readFile(join(folder, out, `runs/generated/seed-${seed}/fold-1/${row}/run.json`), 'utf8'))

test('rows are measured, kept, repeated exactly elsewhere, and run again where the configuration differs', async () => {
  const first = await ablate('a', 'baseline,ohem')
  expect(first).toMatchObject({ code: 0, out: expect.stringContaining('baseline') })
  const baseline = await run('a', 'baseline')
  expect(baseline.config).toMatchObject({
    targetStatistics: 'model',
    crossSensor: false,
    ohem: null,
    scale: 1,
  })
  expect((await run('a', 'ohem')).config).toMatchObject({ crossSensor: true, ohem: { threshold: 0.7 } })
  // Two target patches of 32 x 32, every pixel scored.
  const { truePositive, falsePositive, falseNegative, trueNegative } = baseline.networks[0].counts
  expect(truePositive + falsePositive + falseNegative + trueNegative).toBe(2 * 32 * 32)

  const written = (await stat(join(folder, 'a/runs/generated/seed-1/fold-1/baseline/run.json'))).mtimeMs
  const again = await ablate('a', 'baseline,ohem', ['--seeds', '2'])
  expect(again.notes).toContain('2 of 4 runs are done')
  expect((await stat(join(folder, 'a/runs/generated/seed-1/fold-1/baseline/run.json'))).mtimeMs).toBe(written)
  const table = await readFile(join(folder, 'a/results.md'), 'utf8')
  expect(table).toContain('Seeds 1, 2; 2 steps')
  expect(table).toMatch(/\| baseline \| x1 \| resnet-unet \| \d+\.\d ± \d/)
  expect((await readFile(join(folder, 'a/results.csv'), 'utf8')).trim().split('\r\n')).toHaveLength(5)

  await ablate('b', 'baseline')
  expect((await run('b', 'baseline')).networks[0].counts).toEqual(baseline.networks[0].counts)
  const other = ['--learning-rate', '0.001']
  expect(await ablate('b', 'baseline', other)).toMatchObject({
    code: 2,
    notes: expect.stringContaining('was made with other settings. --force replaces it'),
  })
  expect((await run('b', 'baseline')).config).toEqual(baseline.config)
  const replaced = await ablate('b', 'baseline', [...other, '--force'])
  expect([replaced.code, replaced.notes]).toEqual([0, expect.not.stringContaining('runs are done')])
}, 300_000)

test('a round continues from the round before, and an interrupted table loses only the current run', async () => {
  const stop = new AbortController()
  const { io } = recordingIo(stop.signal)
  io.progress.update = ({ label }) => {
    if (label.startsWith('round-2') && label.includes('step 2')) stop.abort()
  }
  const argv = [
    'ablate',
    '--out',
    join(folder, 'c'),
    '--rows',
    'round-2',
    '--quick',
    '--steps',
    '2',
    '--scale',
    '1',
  ]
  argv.push('--patches', '4', '--size', '32', '--backend', 'webgpu')
  expect(await runCommandLine(argv, COMMANDS, io)).toBe(130)
  expect((await run('c', 'round-1')).networks.map(({ network }: { network: string }) => network)).toEqual([
    'efficientnetv2-unet',
    'segformer',
    'swin-unet',
    'ensemble',
  ])
  await expect(run('c', 'round-2')).rejects.toThrow()
  const rest = recordingIo()
  expect(await runCommandLine(argv, COMMANDS, rest.io)).toBe(0)
  expect(rest.notes.join('\n')).toContain('1 of 2 runs are done')
  const second = await run('c', 'round-2')
  expect(second.pseudoLabels.ignoredShare).toBeGreaterThanOrEqual(0)
  expect(second.pseudoLabels.ignoredShare).toBeLessThanOrEqual(1)
}, 300_000)
