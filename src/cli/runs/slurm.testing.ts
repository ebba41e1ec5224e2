import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isPidInUse } from '../node/processLock'

const TOOLS = ['munged', 'slurmctld', 'slurmd', 'sbatch']

/** Why no Slurm can be started here; null: it can. */
export function whyNoSlurm(): string | null {
  const missing = TOOLS.filter(tool => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0)
  if (missing.length > 0) return `${missing.join(', ')} not installed (Debian: slurm-wlm, munge)`
  return process.getuid?.() === 0 ? null : 'only root starts the daemons of a test'
}

/** A Slurm of one node with two CPUs, all of it in one folder. */
export interface Slurm {
  run(tool: string, ...args: string[]): string
  environment: NodeJS.ProcessEnv
  node: string
  /** Resolves when no job is left in the queue. @throws with the queue after so many seconds */
  idle(seconds: number): Promise<void>
  /** Resolves when the daemons are gone. */
  stop(): Promise<void>
}

/** @param port of the controller; the node's is the next */
export async function startSlurm(folder: string, port: number): Promise<Slurm> {
  const node = hostname().split('.')[0]!
  const place = (name: string) => join(folder, name)
  for (const name of ['state', 'spool', 'munge']) mkdirSync(place(name), { recursive: true, mode: 0o755 })
  writeFileSync(place('munge/key'), randomBytes(1024), { mode: 0o400 })
  const munge = (what: string) => `--${what}=${place(`munge/${what}`)}`
  execFileSync('munged', [
    '--force',
    `--key-file=${place('munge/key')}`,
    ...['socket', 'pid-file', 'log-file', 'seed-file'].map(munge),
  ])
  const settings = {
    ClusterName: 'scarp',
    SlurmctldHost: `${node}(127.0.0.1)`,
    SlurmUser: 'root',
    AuthType: 'auth/munge',
    AuthInfo: `socket=${place('munge/socket')}`,
    CredType: 'cred/munge',
    StateSaveLocation: place('state'),
    SlurmdSpoolDir: place('spool'),
    SlurmctldPidFile: place('ctld.pid'),
    SlurmdPidFile: place('slurmd.pid'),
    SlurmctldLogFile: place('ctld.log'),
    SlurmdLogFile: place('slurmd.log'),
    // A container has no cgroups of its own.
    ProctrackType: 'proctrack/linuxproc',
    TaskPlugin: 'task/none',
    MpiDefault: 'none',
    SelectType: 'select/cons_tres',
    SelectTypeParameters: 'CR_CPU',
    SlurmctldPort: String(port),
    SlurmdPort: String(port + 1),
    ReturnToService: '2',
    // So that a node is never taken for dead on a busy machine.
    SlurmdTimeout: '600',
    MessageTimeout: '60',
    // Default: two minutes until a job that was started again may run.
    SchedulerParameters: 'requeue_delay=1,sched_interval=2',
    NodeName: `${node} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN`,
    PartitionName: `main Nodes=${node} Default=YES MaxTime=INFINITE State=UP`,
  }
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`)
  writeFileSync(place('slurm.conf'), lines.join(''))
  const environment = { ...process.env, SLURM_CONF: place('slurm.conf') }
  const run = (tool: string, ...args: string[]) =>
    execFileSync(tool, args, { env: environment, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  run('slurmctld', '-f', place('slurm.conf'))
  run('slurmd', '-f', place('slurm.conf'), '-N', node)
  const slurm: Slurm = {
    run,
    environment,
    node,
    async idle(seconds) {
      for (let waited = 0; waited < seconds; waited++) {
        if (run('squeue', '--noheader').trim() === '') return
        await sleep(1000)
      }
      throw new Error(`The queue is not empty after ${seconds} s:\n${run('squeue', '--long')}`)
    },
    async stop() {
      for (const name of ['slurmd.pid', 'ctld.pid', 'munge/pid-file']) {
        const pid = Number(readFileSync(place(name), 'utf8'))
        process.kill(pid)
        while (isPidInUse(pid)) await sleep(100)
      }
    },
  }
  for (let waited = 0; ; waited++) {
    if (run('sinfo', '--noheader', '--format=%T').trim() === 'idle') return slurm
    if (waited === 60) throw new Error(`The node is ${run('sinfo', '--long')}`)
    await sleep(1000)
  }
}
