import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundleCommandLine } from '../../scripts/bundle-cli.mjs'

/** The real command in a process of its own, killed without warning in the middle of a network, twice. */
const root = resolve('.')
let folder: string
let entry: string
let child: ChildProcess | null = null

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scarp-killed-'))
  entry = await bundleCommandLine(root)
  const demo = ['demo', '--out', join(folder, 'demo'), '--source', '4', '--target', '2', '--size', '32']
  expect((await scarp(demo).ended).code).toBe(0)
})
afterAll(async () => {
  child?.kill('SIGKILL')
  await rm(folder, { recursive: true })
})

/** Starts the command without the launcher between, so that a signal meets the process that works. */
function scarp(argv: string[]) {
  const started = spawn(process.execPath, ['--no-warnings', entry, ...argv], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, SCARP_ROOT: root },
  })
  child = started
  let notes = ''
  started.stderr.on('data', chunk => {
    notes += chunk
  })
  const ended = new Promise<{ code: number | null; signal: string | null; notes: string }>(done => {
    started.on('exit', (code, signal) => done({ code, signal, notes }))
  })
  return { process: started, ended }
}

const refine = (out: string) => [
  'refine',
  ...['--source', join(folder, 'demo/source'), '--target', join(folder, 'demo/target')],
  ...['--rounds', '2', '--steps', '8', '--families', 'resnet-unet,segformer', '--seed', '3', '--ema', '0.9'],
  ...[
    '--micro-batch',
    '2',
    '--crop',
    '32',
    '--evaluate-every',
    '3',
    '--stop-below',
    '0',
    '--backend',
    'webgpu',
  ],
  ...['--checkpoint-every', '0', '--out', join(folder, out)],
]

async function hashes(out: string): Promise<string[]> {
  const report = JSON.parse(await readFile(join(folder, out, 'report.json'), 'utf8'))
  return report.rounds.flatMap(({ networks }: { networks: { weightsHash: string }[] }) =>
    networks.map(({ weightsHash }) => weightsHash),
  )
}

/** Runs until a file is there, and kills the process at once. */
async function killAt(argv: string[], path: string): Promise<string> {
  const run = scarp(argv)
  while (!existsSync(path) && run.process.exitCode === null) await new Promise(done => setTimeout(done, 5))
  run.process.kill('SIGKILL')
  const { signal, notes } = await run.ended
  expect(signal, notes).toBe('SIGKILL')
  return notes
}

test('killed in the middle of a network and resumed, refine ends with the weights of a run left alone', async () => {
  const whole = await scarp(refine('whole')).ended
  expect(whole.code, whole.notes).toBe(0)

  const killed = (round: number, family: string) =>
    join(folder, 'cut/checkpoints', `round-${round}`, `${family}.checkpoint`)
  await killAt(refine('cut'), killed(1, 'resnet-unet'))
  expect(JSON.parse(await readFile(join(folder, 'cut/state.json'), 'utf8')).networks).toHaveLength(0)
  const scratch = async () => (await readdir(join(folder, 'cut'))).filter(name => name.includes('patches'))
  const left = await scratch()
  expect(left).toHaveLength(1)
  expect((await stat(join(folder, 'cut', left[0]!))).mode & 0o777).toBe(0o700)
  const notes = await killAt([...refine('cut'), '--resume'], killed(2, 'segformer'))
  expect(notes).toMatch(/Process \d+, which wrote to ".*cut", is gone: its lock is taken over\./)
  expect(await scratch()).toHaveLength(1)
  const state = JSON.parse(await readFile(join(folder, 'cut/state.json'), 'utf8'))
  expect(state.rounds).toHaveLength(1)
  expect(state.networks).toHaveLength(1)
  // The same command goes on by itself, and a finished run asks.
  const rest = await scarp(refine('cut')).ended
  expect(rest.code, rest.notes).toBe(0)
  expect(rest.notes).toContain('The same command had not finished in')
  expect(rest.notes).toContain('it continues.')
  const again = await scarp(refine('cut')).ended
  expect(again.code).toBe(2)
  expect(again.notes).toContain('holds an earlier run of scarp refine')
  expect(await scratch()).toEqual([])

  expect(await hashes('cut')).toEqual(await hashes('whole'))
  expect(new Set(await hashes('whole')).size).toBe(4)
}, 300_000)

test('interrupted with Ctrl-C, train writes a checkpoint, exits 130 and resumes to the same weights', async () => {
  const train = (out: string) => [
    'train',
    ...['--source', join(folder, 'demo/source'), '--out', join(folder, out), '--families', 'resnet-unet'],
    ...['--steps', '40', '--micro-batch', '2', '--crop', '32', '--seed', '4', '--backend', 'webgpu'],
  ]
  const weights = async (out: string) =>
    JSON.parse(await readFile(join(folder, out, 'report.json'), 'utf8')).round.networks[0].weightsHash
  expect((await scarp(train('trained')).ended).code).toBe(0)

  const run = scarp(train('stopped'))
  await new Promise<void>(done => {
    run.process.stderr.on('data', chunk => {
      // The first of four scores: three quarters of the steps are still to come.
      if (String(chunk).includes('held-out F1')) done()
    })
    run.process.on('exit', () => done())
  })
  run.process.kill('SIGINT')
  const stopped = await run.ended
  expect(stopped.code, stopped.notes).toBe(130)
  expect(stopped.notes).toContain('--resume')
  expect(existsSync(join(folder, 'stopped/checkpoints/resnet-unet.checkpoint'))).toBe(true)
  expect((await scarp([...train('stopped'), '--resume']).ended).code).toBe(0)
  expect(await weights('stopped')).toBe(await weights('trained'))
  expect(existsSync(join(folder, 'stopped/train-seed-4-resnet-unet/manifest.json'))).toBe(true)
}, 300_000)
