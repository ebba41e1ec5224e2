import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { bundleCommandLine } from '../../../scripts/bundle-cli.mjs'
import { makeInputs } from './inputs.testing'
import type { RunReport } from './merge'

/**
 * The files that deploy/Dockerfile puts into the image, without the rest of the checkout, and as the user whom it names: the
 * image itself needs a Docker engine, which is not at hand.
 */

const root = resolve(import.meta.dirname, '../../..')
const isRoot = process.getuid?.() === 0
/** As in the Dockerfile; root alone may become somebody else. */
const user = isRoot ? { uid: 65_532, gid: 65_532 } : {}

let folder: string
/** What is `/` to the image. */
let image: string
/** What is `/data` to the pods. */
let data: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scarp-image-'))
  await chmod(folder, 0o755)
  image = join(folder, 'image')
  data = join(folder, 'data')
  await bundleCommandLine(root)
  await copyImage()
  const inputs = await makeInputs(data, [64, 80, 400, 600])
  // As an administrator has it who reads the models from the volume.
  await cp(join(root, 'models/starter-segformer'), join(data, 'models/starter-segformer'), {
    recursive: true,
  })
  const scratch = await mkdir(join(folder, 'tmp'), { recursive: true })
  for (const own of [data, scratch!]) if (isRoot) await chown(own, 65_532, 65_532)
  const planned = scarp({}, [
    ...['plan', inputs.folder, '--dem', inputs.dem, '--models', join(data, 'models')],
    ...['--shards', '2', '--out', join(data, 'run')],
  ])
  expect(planned.status, planned.stderr).toBe(0)
}, 300_000)
afterAll(() => rm(folder, { recursive: true }))

/** The COPY lines of the last stage, from a checkout that is built. */
async function copyImage(): Promise<void> {
  const lines = (await readFile(join(root, 'deploy/Dockerfile'), 'utf8')).split('\n')
  const copies = lines.filter(line => line.startsWith('COPY --from=build '))
  expect(copies.length).toBeGreaterThan(4)
  for (const line of copies) {
    const [, , ...words] = line.split(' ')
    const target = words.pop()!
    for (const word of words) {
      const source = word.replace('/opt/scarp/', '')
      const isFile = target.endsWith('/')
      const place = join(image, 'opt/scarp', target, isFile ? source.slice(source.lastIndexOf('/') + 1) : '')
      if (source === 'node_modules') await copyPackages(place)
      else await cp(join(root, source), place, { recursive: true })
    }
  }
}

/** Packages that ship, as `npm prune --omit=dev` leaves them. */
async function copyPackages(place: string): Promise<void> {
  const { packages } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; optional?: boolean }>
  }
  for (const [path, { dev, optional }] of Object.entries(packages)) {
    // Those inside others come with them.
    if (dev || !/^node_modules\/(@[^/]+\/)?[^/]+$/.test(path)) continue
    const to = join(place, path.slice('node_modules/'.length))
    await mkdir(dirname(to), { recursive: true })
    // Hard links where the disk is one: 416 MB.
    const copied = [['--link'], []].some(
      how => spawnSync('cp', ['-R', '-L', ...how, join(root, path), to]).status === 0,
    )
    expect(copied || optional, path).toBe(true)
  }
}

/** What the pods find around them. */
function place(environment: NodeJS.ProcessEnv) {
  const { PATH } = process.env
  return { cwd: '/', env: { PATH, TMPDIR: join(folder, 'tmp'), ...environment }, ...user }
}

const command = () => join(image, 'opt/scarp/src/cli/scarp.mjs')

function scarp(environment: NodeJS.ProcessEnv, words: string[]) {
  const how = { ...place(environment), encoding: 'utf8', timeout: 200_000 } as const
  return spawnSync(process.execPath, [command(), ...words], how)
}

const pod = (index: number, ...words: string[]) =>
  scarp({ JOB_COMPLETION_INDEX: String(index) }, [...words, '--run', join(data, 'run')])

function startPod(index: number): ChildProcess {
  const how = { ...place({ JOB_COMPLETION_INDEX: String(index) }), detached: true } as const
  return spawn(process.execPath, [command(), 'predict', '--run', join(data, 'run')], how)
}

interface Policy {
  spec: { podFailurePolicy: { rules: { action: string; onExitCodes?: { values: number[] } }[] } }
}

/** What the Job does about a pod that exits so. */
async function actionFor(code: number | null): Promise<string> {
  const manifest = parse(await readFile(join(root, 'deploy/kubernetes/job.yaml'), 'utf8')) as Policy
  const rule = manifest.spec.podFailurePolicy.rules.find(({ onExitCodes }) =>
    onExitCodes?.values.includes(code ?? -1),
  )
  return code === 0 ? 'Complete' : (rule?.action ?? 'Count')
}

/** Resolves once somebody works at an input. */
async function begun(input: string): Promise<void> {
  for (let waited = 0; waited < 1200; waited++) {
    const names = await readdir(join(data, 'run/results')).catch(() => [])
    const part = names.find(name => name.startsWith(`${input}.`))
    if (part && (await readdir(join(data, 'run/results', part))).length > 1) return
    await sleep(100)
  }
  throw new Error(`Nobody began ${input} within two minutes.`)
}

test('the image holds all that the command line needs, and exits as the Job expects', async () => {
  const version = scarp({}, ['--version'])
  expect([version.status, version.stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)])
  const { inputs } = JSON.parse(await readFile(join(data, 'run/manifest.json'), 'utf8')) as {
    inputs: { name: string; shard: number }[]
  }
  const shardOf = (name: string) => inputs.find(input => input.name === name)!.shard
  const [damaged, sound] = [shardOf('scene_04'), shardOf('scene_03')]
  expect(damaged).not.toBe(sound)

  // A run without statistics, or without such a shard, is wrong for every pod.
  expect(await actionFor(pod(sound, 'predict').status)).toBe('FailJob')
  expect(await actionFor(pod(2, 'statistics').status)).toBe('FailJob')
  const codes = [sound, damaged].map(index => pod(index, 'statistics').status)
  expect(codes).toEqual([0, 42])
  expect(await actionFor(42)).toBe('FailIndex')
  const merged = pod(0, 'statistics', '--merge')
  expect(merged.status, merged.stderr).toBe(0)

  // Killed in a scene: the pod that comes after it continues what it left. Asked to stop: the same.
  const killed = startPod(sound)
  killed.stderr!.resume()
  await begun('scene_03')
  process.kill(-killed.pid!, 'SIGKILL')
  await once(killed, 'exit')
  const stopped = startPod(sound)
  const exit = once(stopped, 'exit')
  // Its models are loaded.
  await new Promise<void>(resolve =>
    stopped.stderr!.setEncoding('utf8').on('data', (text: string) => text.includes('Backend:') && resolve()),
  )
  stopped.kill('SIGTERM')
  expect((await exit)[0]).toBe(75)
  expect(await actionFor(75)).toBe('Count')
  const names = await readdir(join(data, 'run/results'))
  expect(names.filter(name => name.startsWith('scene_03.'))).toHaveLength(1)
  const again = pod(sound, 'predict')
  expect(again.status, again.stderr).toBe(0)
  expect(again.stderr).toMatch(/"message":"Backend: wasm/)
  const left = await readdir(join(data, 'run/results'))
  expect(left.filter(name => name.endsWith('.part'))).toEqual([])

  expect(pod(damaged, 'predict').status).toBe(42)
  const result = pod(0, 'merge')
  expect(result.status, result.stderr).toBe(0)
  const report = JSON.parse(await readFile(join(data, 'run/merged/report.json'), 'utf8')) as RunReport
  expect(report.failed.map(({ input }) => input)).toEqual(['scene_04'])
  expect(report.done).toEqual(['scene_01', 'scene_02', 'scene_03'])
}, 500_000)

const hasParallel = spawnSync('parallel', ['--version']).status === 0
if (!hasParallel) console.warn('GNU parallel is not installed: its line in docs/cluster.md is not tried.')

test.skipIf(!hasParallel)(
  'the line for GNU parallel works as it is printed',
  async () => {
    const text = await readFile(join(root, 'docs/cluster.md'), 'utf8')
    const line = /```\n(parallel [^`]+)```/.exec(text)![1]!
    const bin = join(folder, 'bin')
    await mkdir(bin)
    await writeFile(join(bin, 'scarp'), `#!/bin/sh\nexec "${process.execPath}" "${command()}" "$@"\n`, {
      mode: 0o755,
    })
    await rm(join(data, 'run/results'), { recursive: true })
    const script = line.replaceAll('/shared/run', join(data, 'run')).replace('seq 0 7', 'seq 0 1')
    const how = place({ PATH: `${bin}:${process.env.PATH}`, HOME: join(folder, 'tmp') })
    const done = spawnSync('bash', ['-c', script], { ...how, encoding: 'utf8', timeout: 300_000 })
    // The damaged scene is listed, and no reason to try its shard five times.
    expect(done.status, done.stderr).toBe(0)
    expect(done.stderr.match(/Backend: wasm/g)).toHaveLength(2)
    expect(pod(0, 'merge').status).toBe(0)
  },
  400_000,
)
