import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordingIo } from '../commandIo.testing'
import { COMMANDS } from '../commands'
import { runCommandLine } from '../runCommandLine'
import { type MadeInputs, makeInputs } from './inputs.testing'
import type { RunManifest } from './manifest'
import type { RunReport } from './merge'

const root = resolve(import.meta.dirname, '../../..')

let folder: string
let inputs: MadeInputs
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scarp-rounds-'))
  await cp(join(root, 'models/starter-segformer'), join(folder, 'models/starter-segformer'), {
    recursive: true,
  })
  inputs = await makeInputs(folder, [96, 64, 80, 128])
  const demo = ['demo', '--out', join(folder, 'demo'), '--source', '4', '--target', '1', '--size', '32']
  expect((await scarp(demo)).code).toBe(0)
}, 60_000)
afterAll(() => rm(folder, { recursive: true }))

async function scarp(argv: string[], stopAt?: string) {
  const stop = new AbortController()
  const { io, outLines, notes } = recordingIo(stop.signal, root)
  if (stopAt) io.progress.update = ({ label }) => void (label.includes(stopAt) && stop.abort())
  const code = await runCommandLine(argv, COMMANDS, io)
  return { code, out: outLines.join('\n'), notes: notes.join('\n') }
}

async function takeThrough(run: string, shards: number): Promise<void> {
  const indices = Array.from({ length: shards }, (_, shard) => String(shard))
  for (const shard of indices) await scarp(['statistics', '--run', run, '--shard', shard])
  expect((await scarp(['statistics', '--run', run, '--merge'])).code).toBe(0)
  for (const shard of indices) {
    const { code } = await scarp(['predict', '--run', run, '--shard', shard, '--backend', 'wasm'])
    // The damaged scene is in one of them.
    expect([0, 42]).toContain(code)
  }
}

async function plan(name: string, shards: number): Promise<string> {
  const run = join(folder, name)
  const planned = await scarp([
    ...['plan', inputs.folder, '--dem', inputs.dem, '--models', join(folder, 'models'), '--out', run],
    ...['--shards', String(shards), '--threshold', '0.03'],
  ])
  expect(planned.code, planned.notes).toBe(0)
  return run
}

const refine = (run: string, out: string) => [
  ...['refine', '--run', run, '--source', join(folder, 'demo/source'), '--out', out],
  ...['--steps', '2', '--micro-batch', '2', '--accumulate', '1', '--crop', '32', '--seed', '9'],
  ...['--cells', '2', '--backend', 'webgpu'],
]

const manifestOf = async (run: string) =>
  JSON.parse(await readFile(join(run, 'manifest.json'), 'utf8')) as RunManifest

test('a round of a run plans the next one, the same from any shards and after a stop', async () => {
  const [one, two] = [await plan('one', 1), await plan('two', 2)]
  const early = await scarp(refine(one, join(folder, 'early')))
  expect([early.code, early.notes]).toEqual([
    2,
    expect.stringContaining('statistics of the event are missing'),
  ])
  await takeThrough(one, 1)
  await takeThrough(two, 2)

  const next = join(folder, 'two-next')
  const whole = await scarp(refine(two, next))
  expect([whole.code, whole.out], whole.notes).toEqual([0, expect.stringMatching(/^round 2: .*\nplanned: /)])
  const before = await manifestOf(two)
  const after = await manifestOf(next)
  expect(after).toMatchObject({ round: 2, inputs: before.inputs, settings: before.settings, shards: 2 })
  expect(after.parent).toMatch(/^[0-9a-f]{64}$/)
  expect(after.models.ids).toHaveLength(1)
  expect(after.models.ids[0]!.sha256).not.toBe(before.models.ids[0]!.sha256)
  const { round, cells } = JSON.parse(await readFile(join(next, 'report.json'), 'utf8'))
  // Both domains taught: two of three sound scenes, and the source.
  expect([cells, round.targetPatchIds.length, round.sourcePatchIds.length]).toEqual([2, 2, 3])
  expect((await readdir(next)).sort()).toEqual(['.scarp-run', 'manifest.json', 'models', 'report.json'])

  // Stopped within the network: there is no plan yet, and the same call continues.
  const cut = join(folder, 'one-next')
  expect((await scarp(refine(one, cut), 'step 1')).code).toBe(130)
  expect(await readdir(cut)).not.toContain('manifest.json')
  const rest = await scarp(refine(one, cut))
  expect(rest.code, rest.notes).toBe(0)
  expect(rest.notes).toContain('it continues')
  expect((await manifestOf(cut)).models.ids[0]!.sha256).toBe(after.models.ids[0]!.sha256)
  expect((await scarp(refine(one, cut))).out).toContain('trained already')
  const other = await scarp([...refine(one, cut), '--seed', '10'])
  expect([other.code, other.notes]).toEqual([2, expect.stringContaining('holds an earlier run')])
  const doubled = await scarp([...refine(one, cut), '--target', inputs.folder])
  expect([doubled.code, doubled.notes]).toEqual([2, expect.stringContaining('says its target')])

  // The next run goes the same way as the first.
  await takeThrough(next, 2)
  const merged = await scarp(['merge', '--run', next])
  expect(merged.code, merged.notes).toBe(0)
  const report = JSON.parse(await readFile(join(next, 'merged/report.json'), 'utf8')) as RunReport
  expect(report.models).toEqual(after.models.ids)
  expect(report.done).toEqual(inputs.scenes.slice(0, -1))
}, 500_000)
