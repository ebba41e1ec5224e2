import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { throwIfAborted } from '../core/foundation/appError'
import { randomStream } from '../core/foundation/random'
import { copySourceStatisticsToTarget } from '../core/models/copySourceStatisticsToTarget'
import { createNetwork } from '../core/models/createNetwork'
import type { NetworkFamily, SegmentationNetwork } from '../core/models/network'
import { saveModelFolder } from '../core/models/saveModelFolder'
import { splitHeldOut } from '../core/patches/splitHeldOut'
import type { BandStatistics } from '../core/patches/statistics'
import { heldOutScores } from '../core/refinement/heldOutScores'
import type { PatchProvider } from '../core/refinement/patchProvider'
import { roundSamples } from '../core/refinement/roundSamples'
import { demoProject } from '../core/synthetic/demoProject'
import { addConfusion, emptyConfusion, scores } from '../core/training/metrics'
import { defaultTrainingConfig, type TrainingConfig } from '../core/training/trainingConfig'
import type { SampleProvider } from '../core/training/trainingSample'
import { type TrainingResult, trainNetwork } from '../core/training/trainNetwork'
import type { CommandIo } from './command'
import { writeModelFolder } from './modelFolders'
import type { ParsedOptions } from './parseOptions'
import { PatchSpool } from './patchSpool'
import { spoolInputs } from './spoolInputs'
import { startCliEngine } from './startCliEngine'

export interface StarterRequest {
  out: string
  /** Folder of labelled Landslide4Sense patches; null: generated ones alone. */
  l4s: string | null
  patches: number
  minutes: number
  families: NetworkFamily[]
  preset: string
  config: Partial<TrainingConfig>
}

/** Patches of one origin with the statistics of that origin: each set is normalised by itself. */
interface PatchSet {
  title: string
  statistics: BandStatistics
  training: PatchProvider
  heldOut: PatchProvider
  spool: PatchSpool
}

const HELD_OUT_SHARE = 1 / 6

/** The work of `scarp train-starter`. */
export async function trainStarter(request: StarterRequest, options: ParsedOptions, io: CommandIo) {
  const config: TrainingConfig = { ...defaultTrainingConfig, ...request.config }
  const engine = await startCliEngine(options, 'training', io)
  const sets: PatchSet[] = []
  const trained: { id: string; f1: number | null; seconds: number }[] = []
  try {
    sets.push(await generatedSet(request.patches, config.seed, io))
    if (request.l4s) sets.push(await l4sSet(request.l4s, io))
    for (const family of request.families) {
      const begin = io.now()
      const seed = randomStream(config.seed, 'starter', family).integer(0, 0x7fffffff)
      const network = createNetwork(family, request.preset, { seed })
      try {
        const result = await train(network, sets, { ...config, seed }, request.minutes, io)
        copySourceStatisticsToTarget(network)
        const id = `starter-${family}`
        const files = await saveModelFolder(network, {
          id,
          title: `Starter ${family} ${request.preset}`,
          license: 'Apache-2.0',
          scale: config.scale,
          statistics: { source: sets[0]!.statistics, target: null },
          training: {
            data: sets.map(({ title, training }) => `${title}: ${training.ids.length} patches to train on.`),
            seed: config.seed,
            steps: result.steps,
            at: new Date().toISOString(),
            backend: engine.backend,
            adapter: engine.adapter,
            heldOut: result.heldOut,
            notes: result.notes,
          },
          limits: LIMITS,
        })
        await writeModelFolder(request.out, { id, files })
        trained.push({ id, f1: result.heldOut?.f1 ?? null, seconds: (io.now() - begin) / 1000 })
      } finally {
        network.dispose()
      }
    }
  } finally {
    for (const { spool } of sets) await spool.remove()
  }
  return trained
}

const LIMITS = [
  'Mapping real landslides as it is: it was made to give the first round something to begin with.',
  'Any decision on the ground. Its masks are a draft for review.',
  'Sensors, resolutions or band orders other than the 14-band Landslide4Sense contract at about 10 m.',
]

async function train(
  network: SegmentationNetwork,
  sets: readonly PatchSet[],
  config: TrainingConfig,
  minutes: number,
  io: CommandIo,
): Promise<TrainingResult> {
  const begin = io.now()
  return trainNetwork(
    network,
    {
      source: joined(sets.map(({ training, statistics }) => roundSamples(training, statistics, null))),
      target: null,
      sourceOnlySteps: 0,
      async evaluate(signal) {
        let counts = emptyConfusion()
        for (const { heldOut, statistics } of sets) {
          counts = addConfusion(
            counts,
            await heldOutScores(network, heldOut, statistics, 0.5, signal, { scale: config.scale }),
          )
        }
        return scores(counts)
      },
    },
    config,
    {
      signal: io.signal,
      finish: () => io.now() - begin > minutes * 60_000,
      onProgress: progress => io.progress.update(progress),
      onEvent(event) {
        io.progress.clear()
        if (event.kind === 'held-out') {
          io.note(
            `${event.family}, step ${event.step}: held-out F1 ${event.metrics.f1?.toFixed(4) ?? 'undefined'}`,
          )
        } else if (event.step % 10 === 0)
          io.note(`${event.family}, step ${event.step}: loss ${event.loss.toFixed(4)}`)
      },
    },
  )
}

async function generatedSet(count: number, seed: number, io: CommandIo): Promise<PatchSet> {
  const spool = await PatchSpool.create(await mkdtemp(join(tmpdir(), 'scarp-')))
  let done = 0
  for (const patch of demoProject(seed, { sourceCount: count, targetCount: 0 })) {
    throwIfAborted(io.signal)
    await spool.add(patch)
    io.progress.update({ label: 'Generating patches', done: ++done, total: count })
  }
  io.progress.clear()
  return patchSet(`Generated source region, seed ${seed} (no real imagery)`, spool)
}

async function l4sSet(folder: string, io: CommandIo): Promise<PatchSet> {
  const spool = await PatchSpool.create(await mkdtemp(join(tmpdir(), 'scarp-')))
  await spoolInputs([folder], 'source', spool, io)
  return patchSet('Landslide4Sense training patches', spool)
}

function patchSet(title: string, spool: PatchSpool): PatchSet {
  const labelled = spool.patches.filter(({ hasLabel }) => hasLabel).map(({ name }) => name)
  const heldOut = splitHeldOut(labelled, HELD_OUT_SHARE)
  return {
    title,
    spool,
    statistics: spool.statisticsOf('source'),
    training: spool.provider(({ name, hasLabel }) => hasLabel && !heldOut.has(name)),
    heldOut: spool.provider(({ name, hasLabel }) => hasLabel && heldOut.has(name)),
  }
}

/** Several providers as one; ids are told apart by the set's place. */
function joined(providers: readonly SampleProvider[]): SampleProvider {
  return {
    ids: providers.flatMap(({ ids }, place) => ids.map(id => `${place}:${id}`)),
    load(id) {
      const split = id.indexOf(':')
      return providers[Number(id.slice(0, split))]!.load(id.slice(split + 1))
    },
  }
}
