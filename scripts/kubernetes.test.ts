import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'

const FOLDER = join(import.meta.dirname, '../deploy/kubernetes')
const MANIFEST = join(FOLDER, 'job.yaml')

// Its programs hold the types of Kubernetes: what they do not know, they drop, and what has another type, they refuse.
const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0
if (!hasKubectl) console.warn('kubectl is not installed: the Jobs are not held against its types.')

interface Job {
  kind: string
  metadata: { name: string }
  spec: {
    completions: number
    parallelism: number
    backoffLimitPerIndex: number
    podFailurePolicy: {
      rules: {
        action: string
        onExitCodes?: { containerName: string; operator: string; values: number[] }
        onPodConditions?: { type: string; status: string }[]
      }[]
    }
    template: {
      spec: Record<string, unknown> & {
        restartPolicy: string
        securityContext: Record<string, unknown>
        volumes: Record<string, unknown>[]
        containers: {
          name: string
          image: string
          args: string[]
          resources: { requests: Record<string, string>; limits: Record<string, string> }
          securityContext: Record<string, unknown>
          volumeMounts: { name: string; mountPath: string }[]
        }[]
      }
    }
  }
}

test('a pod has no rights that it does not need, and every shard its own tries', () => {
  const { spec } = parse(readFileSync(MANIFEST, 'utf8')) as Job
  expect(spec).toMatchObject({ completionMode: 'Indexed', backoffLimitPerIndex: 5 })
  const pod = spec.template.spec
  // Without Never, Kubernetes refuses the policy.
  expect(pod).toMatchObject({ restartPolicy: 'Never', automountServiceAccountToken: false })
  expect(pod.securityContext).toMatchObject({
    runAsNonRoot: true,
    runAsUser: 65532,
    seccompProfile: { type: 'RuntimeDefault' },
  })
  const [container, ...others] = pod.containers
  expect(others).toEqual([])
  expect(container!.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  })
  expect(Object.keys(container!.resources.requests)).toEqual(['cpu', 'memory'])
  expect(container!.resources.limits).toHaveProperty('memory')
  const volumes = pod.volumes.map(({ name }) => name)
  expect(container!.volumeMounts.map(({ name }) => name)).toEqual(volumes)
  for (const { onExitCodes } of spec.podFailurePolicy.rules) {
    if (onExitCodes) expect(onExitCodes.containerName).toBe(container!.name)
  }
  // The image runs as the same user.
  expect(readFileSync(join(FOLDER, '../Dockerfile'), 'utf8')).toContain('\nUSER 65532:65532\n')
})

test.skipIf(!hasKubectl)(
  'the phases of a run are Jobs that Kubernetes knows, field by field',
  () => {
    const env = {
      ...process.env,
      SCARP_ROUNDS: '2',
      SCARP_SOURCE: '/data/source',
      SCARP_REFINE: '--steps 500',
      SCARP_NETWORKS: '5',
    }
    const submit = (...words: string[]) =>
      spawnSync(join(FOLDER, 'submit.sh'), ['--dry-run', ...words], { encoding: 'utf8', env })
    const made = submit('event', '/data/run', '3', '/data/scenes of May', '--models', '/opt/scarp/models')
    expect(made.status, made.stderr).toBe(0)
    const jobs = parseAllDocuments(made.stdout)
      .map(document => document.toJS() as Job | null)
      .filter(job => job !== null)
    const told = jobs.map(({ metadata, spec }) => [
      metadata.name,
      spec.completions,
      spec.template.spec.containers[0]!.args.join(' '),
    ])
    const refine = 'refine --run /data/run --source /data/source --out /data/run-round-2 --steps 500'
    expect(told).toEqual([
      ['event-plan', 1, 'plan /data/scenes of May --models /opt/scarp/models --shards 3 --out /data/run'],
      ['event-sample', 3, 'statistics --run /data/run'],
      ['event-statistics', 1, 'statistics --run /data/run --merge'],
      ['event-predict', 3, 'predict --run /data/run'],
      ['event-merge', 1, 'merge --run /data/run'],
      ['event-train-2', 5, `${refine} --network task`],
      ['event-join-2', 1, `${refine} --join`],
      ['event-sample-2', 3, 'statistics --run /data/run-round-2'],
      ['event-statistics-2', 1, 'statistics --run /data/run-round-2 --merge'],
      ['event-predict-2', 3, 'predict --run /data/run-round-2'],
      ['event-merge-2', 1, 'merge --run /data/run-round-2'],
    ])
    for (const job of jobs) {
      job.spec.template.spec.containers[0]!.image = CHECKED
      expect(throughKubectl(job)).toMatchObject(job)
    }
    // A check that notices nothing would be none.
    const misspelt = structuredClone(jobs[0]!) as Job & { spec: { backofLimitPerIndex?: number } }
    misspelt.spec.backofLimitPerIndex = 5
    expect(throughKubectl(misspelt)).not.toMatchObject(misspelt)
    expect(submit('event', '/data/run', '3', 'a"b').status).toBe(2)
    expect(submit('event').status).toBe(2)
  },
  120_000,
)

const CHECKED = 'registry.example/scarp:checked'

/** As kubectl's own types hold it. */
function throughKubectl(job: Job): unknown {
  const { name } = job.spec.template.spec.containers[0]!
  const text = execFileSync(
    'kubectl',
    ['set', 'image', '--local', '--filename', '-', `${name}=${CHECKED}`, '--output', 'json'],
    // It prints nothing where nothing changes.
    { input: JSON.stringify(job).replace(CHECKED, 'registry.example/scarp'), encoding: 'utf8' },
  )
  return JSON.parse(text)
}
