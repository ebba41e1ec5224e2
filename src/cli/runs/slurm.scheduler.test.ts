import { execFileSync, spawnSync } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeInputs } from './inputs.testing'
import { type Slurm, startSlurm, whyNoSlurm } from './slurm.testing'

const root = resolve(import.meta.dirname, '../../..')
const why = whyNoSlurm()
if (why) console.warn(`The test on a real Slurm is skipped: ${why}.`)

const launcher = join(root, 'src/cli/scarp.mjs')
const scarp = (...argv: string[]) =>
  spawnSync(process.execPath, [launcher, ...argv], { encoding: 'utf8', timeout: 300_000 })

/** Of the twelve scenes; the last is damaged, and large, so that it is seen by who reads all of it only. */
const SIDES = [64, 96, 400, 64, 80, 64, 128, 72, 64, 96, 64, 600]
const SHARDS = 3

let folder: string
let slurm: Slurm
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scarp-slurm-'))
  if (why) return
  slurm = await startSlurm(join(folder, 'slurm'), 20_000 + (process.pid % 10_000))
}, 120_000)
afterAll(async () => {
  await slurm?.stop()
  await rm(folder, { recursive: true })
})

/** Kills the workers whose command line and environment hold these texts. @returns how many */
async function killWorkers(words: string, variable: string): Promise<number> {
  const found = spawnSync('pgrep', ['-f', words], { encoding: 'utf8' }).stdout.trim().split('\n')
  let killed = 0
  for (const pid of found.filter(Boolean)) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
    if (!environment.includes(`${variable}\0`)) continue
    process.kill(Number(pid), 'SIGKILL')
    killed++
  }
  return killed
}

/** Resolves once somebody works at an input. */
async function begun(run: string, input: string): Promise<void> {
  for (let waited = 0; waited < 3000; waited++) {
    const names = await readdir(join(run, 'results')).catch(() => [])
    if (names.some(name => name.startsWith(`${input}.`))) return
    await sleep(100)
  }
  throw new Error(`Nobody began ${input} within five minutes.`)
}

test.skipIf(why !== null)(
  'a chain on a real Slurm ends with one result, through a kill, a damaged scene and a drained node',
  async () => {
    const inputs = await makeInputs(folder, SIDES)
    await cp(join(root, 'models/starter-segformer'), join(folder, 'models/starter-segformer'), {
      recursive: true,
    })
    // As a person may call it: every script has to quote it.
    const run = join(folder, 'Lauf 1, Größe')
    const planned = scarp(
      ...['plan', inputs.folder, '--dem', inputs.dem, '--models', join(folder, 'models')],
      ...['--shards', String(SHARDS), '--out', run],
    )
    expect(planned.status, planned.stderr).toBe(0)
    const submitted = execFileSync(join(root, 'deploy/slurm/submit.sh'), [run], {
      env: { ...slurm.environment, SCARP: `${process.execPath} ${launcher}` },
      encoding: 'utf8',
    })
    expect(submitted).toMatch(/sample \d+, statistics \d+, predict \d+, merge \d+/)

    // A worker dies in the middle of a scene, as by a fault or for want of memory: the same task starts again.
    const { inputs: planOf } = JSON.parse(await readFile(join(run, 'manifest.json'), 'utf8')) as {
      inputs: { name: string; shard: number }[]
    }
    const { shard } = planOf.find(({ name }) => name === 'scene_03')!
    const log = join(run, `logs/predict-${shard}.log`)
    await begun(run, 'scene_03')
    await killWorkers(`main.js predict --run ${run}`, `SLURM_ARRAY_TASK_ID=${shard}`)
    // The node is taken away for a while: what runs ends, nothing else starts.
    slurm.run('scontrol', 'update', `nodename=${slurm.node}`, 'state=drain', 'reason=test')
    await sleep(3000)
    slurm.run('scontrol', 'update', `nodename=${slurm.node}`, 'state=resume')
    await slurm.idle(500)

    const report = JSON.parse(await readFile(join(run, 'merged/report.json'), 'utf8')) as {
      done: string[]
      failed: { input: string }[]
      missing: string[]
    }
    expect(report.done).toEqual(inputs.scenes.slice(0, -1))
    expect(report.failed.map(({ input }) => input)).toEqual(['scene_12'])
    expect(report.missing).toEqual([])
    // Sampled once, and never tried again.
    expect(await readFile(join(run, 'attempts/sampling-scene_12'), 'utf8')).toBe('.')
    const attempts = await readdir(join(run, 'attempts'))
    expect(attempts).not.toContain('prediction-scene_12')
    const restarted = await readFile(log, 'utf8')
    expect(restarted.match(/Backend:/g)?.length, restarted).toBeGreaterThan(1)
  },
  900_000,
)

test.skipIf(why !== null)(
  'two rounds on a real Slurm: a training that is killed continues, and its run follows',
  async () => {
    const inputs = await makeInputs(join(folder, 'few'), [64, 96, 80])
    await cp(join(root, 'models/starter-segformer'), join(folder, 'one/starter-segformer'), {
      recursive: true,
    })
    const source = join(folder, 'demo')
    expect(scarp('demo', '--out', source, '--source', '4', '--target', '1', '--size', '32').status).toBe(0)
    const run = join(folder, 'rounds')
    const planned = scarp(
      ...['plan', inputs.folder, '--dem', inputs.dem, '--models', join(folder, 'one')],
      ...['--shards', '2', '--out', run, '--threshold', '0.03'],
    )
    expect(planned.status, planned.stderr).toBe(0)
    const submitted = execFileSync(join(root, 'deploy/slurm/submit.sh'), [run], {
      env: {
        ...slurm.environment,
        SCARP: `${process.execPath} ${launcher}`,
        SCARP_ROUNDS: '2',
        SCARP_SOURCE: join(source, 'source'),
        SCARP_REFINE:
          '--steps 6 --micro-batch 2 --accumulate 1 --crop 32 --cells 2 --backend webgpu --checkpoint-every 0',
      },
      encoding: 'utf8',
    })
    const [, task] = /train (\d+), join \d+, sample \d+/.exec(submitted) ?? []
    const next = `${run}-round-2`
    for (let waited = 0; ; waited++) {
      const checkpoints = await readdir(join(next, 'networks/segformer/checkpoints')).catch(() => [])
      if (checkpoints.some(name => name.endsWith('.checkpoint'))) break
      if (waited === 4000) throw new Error(`No checkpoint yet:\n${slurm.run('squeue', '--long')}`)
      await sleep(100)
    }
    expect(await killWorkers('main.js refine', `SLURM_ARRAY_JOB_ID=${task}`)).toBe(1)
    await slurm.idle(500)
    const log = await readFile(join(next, 'logs/train-0.log'), 'utf8')
    expect(log).toContain('it continues')
    const report = JSON.parse(await readFile(join(next, 'merged/report.json'), 'utf8')) as {
      done: string[]
      models: { id: string }[]
    }
    expect(report.done).toEqual(inputs.scenes.slice(0, -1))
    expect(report.models[0]!.id).toMatch(/^run-.*-round-2-seed-1-segformer$/)
  },
  900_000,
)
