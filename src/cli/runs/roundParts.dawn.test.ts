import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  makeRoundsFolder,
  manifestOf,
  planRound,
  type RoundsFolder,
  refineWords,
  scarp,
  takeThrough,
} from './rounds.testing'

const launcher = resolve(import.meta.dirname, '../scarp.mjs')

let made: RoundsFolder
let folder: string
let run: string
beforeAll(async () => {
  made = await makeRoundsFolder(['starter-segformer', 'starter-efficientnetv2-unet'], [64, 72, 64])
  folder = made.folder
  run = await planRound(made, 'run')
  await takeThrough(run)
}, 200_000)
afterAll(() => rm(folder, { recursive: true }))

const refine = (out: string, ...more: string[]) => refineWords(made, run, join(folder, out), ...more)

/** A process of its own, with all that it starts in one group. */
function start(words: string[]) {
  const child = spawn(process.execPath, [launcher, ...words], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const exit = once(child, 'exit').then(([code]) => code as number | null)
  return { pid: child.pid!, exit, said: () => said }
}

/** What of the models of a round must not depend on how it was trained: all but the time. */
async function modelsOf(name: string): Promise<unknown[]> {
  const models: unknown[] = []
  for (const id of (await readdir(join(folder, name, 'models'))).sort()) {
    const manifest = JSON.parse(await readFile(join(folder, name, 'models', id, 'manifest.json'), 'utf8'))
    const { weights, golden, masks, statistics, scale, training } = manifest
    models.push({ id, weights, golden, masks, statistics, scale, heldOut: training.heldOut })
  }
  return models
}

test('networks that are trained each by a call of its own and joined are those of one call', async () => {
  const whole = await scarp(refine('whole'))
  expect(whole.code, whole.notes).toBe(0)

  const early = await scarp(refine('parts', '--join'))
  expect([early.code, early.notes]).toEqual([2, expect.stringContaining('is not trained yet')])
  const stopped = await scarp(refine('parts', '--network', 'segformer'), 'step 1')
  expect(stopped.code, stopped.notes).toBe(130)
  const rest = await scarp(refine('parts', '--network', 'segformer'))
  expect([rest.code, rest.notes]).toEqual([0, expect.stringContaining('it continues')])
  expect((await scarp(refine('parts', '--network', 'segformer'))).out).toContain('trained already')
  const half = await scarp(refine('parts', '--join'))
  expect([half.code, half.notes]).toEqual([2, expect.stringContaining('efficientnetv2-unet is not trained')])
  process.env.SLURM_ARRAY_TASK_ID = '1'
  try {
    const other = await scarp(refine('parts', '--network', 'task'))
    expect(other.code, other.notes).toBe(0)
  } finally {
    delete process.env.SLURM_ARRAY_TASK_ID
  }
  expect((await readdir(join(folder, 'parts/networks'))).sort()).toEqual(['efficientnetv2-unet', 'segformer'])
  const changed = await scarp(refine('parts', '--join', '--steps', '3'))
  expect([changed.code, changed.notes]).toEqual([2, expect.stringContaining('trained with other options')])

  // Killed in the join, then two at once: one of them ends it, and the other finds the folder in use or the round done.
  const first = start(refine('parts', '--join'))
  for (let waited = 0; !(await readdir(join(folder, 'parts'))).includes('state.json'); waited++) {
    expect(waited, first.said()).toBeLessThan(1500)
    await sleep(100)
  }
  process.kill(-first.pid, 'SIGKILL')
  await first.exit
  expect(await readdir(join(folder, 'parts'))).not.toContain('manifest.json')
  const two = [start(refine('parts', '--join')), start(refine('parts', '--join'))]
  const codes = await Promise.all(two.map(({ exit }) => exit))
  const said = two.map(child => child.said()).join('\n')
  expect(codes, said).toContain(0)
  for (const [index, code] of codes.entries())
    if (code !== 0)
      expect([code, two[index]!.said()]).toEqual([1, expect.stringContaining('is in use by process')])

  expect((await manifestOf(join(folder, 'parts'))).models.ids).toEqual(
    (await manifestOf(join(folder, 'whole'))).models.ids,
  )
  expect(await modelsOf('parts')).toEqual(await modelsOf('whole'))
  const left = (await readdir(join(folder, 'parts'))).sort()
  expect(left).toEqual(['.scarp-run', 'manifest.json', 'models', 'report.json'])
  const { round } = JSON.parse(await readFile(join(folder, 'parts/report.json'), 'utf8'))
  const one = JSON.parse(await readFile(join(folder, 'whole/report.json'), 'utf8')).round
  for (const field of ['heldOutTally', 'heldOutBefore', 'ensembleHeldOut', 'target', 'targetPatchIds'])
    expect(round[field], field).toEqual(one[field])
  for (const words of [['--join'], ['--network', '0']])
    expect((await scarp(refine('parts', ...words))).out).toContain('trained already')
}, 900_000)

test('what no part of a round can be is refused', async () => {
  const cases: [string[], string][] = [
    [refine('x', '--network', '0', '--join'), 'Give --network or --join'],
    [refine('x', '--network', '2'), 'no network 2: it has 0 '],
    [refine('x', '--network', 'hrnet'), 'no network "hrnet"'],
    [refine('x', '--network', 'task'), 'No scheduler says a number'],
    [refine('run', '--network', '0'), 'is planned already, of another run'],
    [['refine', '--target', 'x', '--source', 'y', '--out', 'z', '--join'], 'need --run'],
  ]
  for (const [argv, message] of cases) {
    const { code, notes } = await scarp(argv)
    expect([code, notes]).toEqual([2, expect.stringContaining(message)])
  }
})
