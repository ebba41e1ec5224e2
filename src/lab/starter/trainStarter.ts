import { join } from 'node:path'
import type { CommandIo } from '../../cli/node/commandIo'
import { readModelFolder, writeModelFolder } from '../../cli/node/modelFolders'
import { describeF1, describeHeldOut } from '../../cli/node/reporting'
import { startCliEngine } from '../../cli/node/startCliEngine'
import { randomStream } from '../../core/foundation/random'
import type { ValueScale } from '../../core/patches/patch'
import type { BackendName } from '../../core/rounds/engineInfo'
import { addConfusion, type ConfusionCounts, emptyConfusion, scores } from '../../core/rounds/metrics'
import type { NetworkFamily } from '../../core/rounds/networks'
import { defaultTrainingConfig, type TrainingConfig } from '../../core/rounds/roundConfig'
import { createNetwork } from '../../engine/models/createNetwork'
import { saveModelFolder } from '../../engine/models/folder/modelFolder'
import type { SegmentationNetwork } from '../../engine/models/network'
import { copySourceStatisticsToTarget } from '../../engine/models/network'
import { heldOutScores } from '../../engine/refinement/heldOutScores'
import { roundSamples } from '../../engine/refinement/patchProvider'
import type { TrainingResult } from '../../engine/training/trainingJob'
import { trainNetwork } from '../../engine/training/trainNetwork'
import { benchmarkSet, heldOutSet, type ScoredSet, type StarterScore, scoreStarters } from './scoreStarters'
import { generatedSet, joinedSamples, l4sSet, repeatsFor, type StarterSet } from './starterSets'

export interface StarterRequest {
  out: string
  /** Folder of labelled Landslide4Sense patches; null: generated ones alone. */
  l4s: string | null
  /** Of those patches. */
  valueScale: ValueScale | 'auto'
  /** Names of real patches to hold out; null: chosen by block. */
  holdOut: readonly string[] | null
  patches: number
  /** Trains nothing: scores the starters in `out`. */
  scoreOnly: boolean
  minutes: number
  families: NetworkFamily[]
  preset: string
  /** Share of the real patches among all that are drawn; a small set is repeated for it. */
  realShare: number
  config: Partial<TrainingConfig>
}

/** Standard deviations. A thin cirrus over one real patch is at six in its band; docs/decisions says what this gains. */
const INPUT_LIMIT = 3

/** Stronger colour changes than in a round: starters meet sensors, seasons and hazes that a few real patches do not show. */
const AUGMENTATION = { contrast: 0.4, brightness: 0.8, bandJitter: 0.3, bandDropout: 0.15 }

/** The work of `scarp train-starter`. */
export async function trainStarter(
  request: StarterRequest,
  backend: BackendName | 'auto',
  io: CommandIo,
): Promise<StarterScore[]> {
  const config: TrainingConfig = { ...defaultTrainingConfig, ...AUGMENTATION, ...request.config }
  const engine = await startCliEngine(backend, request.scoreOnly ? 'inference' : 'training', io)
  const sets: StarterSet[] = []
  let benchmark: ScoredSet | null = null
  try {
    sets.push(await generatedSet(request.patches, config.seed, io))
    if (request.l4s) sets.push(await l4sSet(request.l4s, request.valueScale, request.holdOut, io))
    benchmark = await benchmarkSet(io)
    const scored = [...sets.map(heldOutSet), benchmark]
    for (const family of request.scoreOnly ? [] : request.families) {
      const begin = io.now()
      const seed = randomStream(config.seed, 'starter', family).integer(0, 0x7fffffff)
      const network = createNetwork(family, request.preset, { seed, options: { inputLimit: INPUT_LIMIT } })
      try {
        const result = await train(network, sets, { ...config, seed }, request, io)
        copySourceStatisticsToTarget(network)
        const id = `starter-${family}`
        const pack = (scores: StarterScore[]) =>
          saveModelFolder(network, {
            id,
            title: `Starter ${family} ${request.preset}`,
            license: 'Apache-2.0',
            scale: config.scale,
            statistics: { source: sets[0]!.statistics, target: sets[1]?.statistics ?? null },
            training: {
              data: sets.map(
                ({ title, training }) => `${title}: ${training.ids.length} patches to train on.`,
              ),
              seed: config.seed,
              steps: result.steps,
              at: new Date().toISOString(),
              backend: engine.backend,
              adapter: engine.adapter,
              // What starters are for: the last set is the real one, if there is one.
              heldOut: scores.find(({ set }) => set === heldOutSet(sets.at(-1)!).title)?.metrics ?? null,
              scores: scores.map(({ set, metrics }) => ({ on: set, ...metrics })),
              notes: result.notes,
            },
            limits: LIMITS,
          })
        const scores = await scoreStarters([{ id, files: await pack([]) }], scored, io)
        await writeModelFolder(request.out, { id, files: await pack(scores) })
        io.progress.clear()
        io.note(`${id}: ${((io.now() - begin) / 60_000).toFixed(1)} min`)
      } finally {
        network.dispose()
      }
    }
    const models = await Promise.all(
      request.families.map(family => readModelFolder(join(request.out, `starter-${family}`))),
    )
    return await scoreStarters(models, scored, io)
  } finally {
    for (const set of sets) await set.remove()
    await benchmark?.remove()
  }
}

const LIMITS = [
  'Mapping real landslides without refinement: it is a starting point for the first round.',
  'Any decision on the ground. Its masks are a draft for review.',
  'Sensors, resolutions or band orders other than the 14-band Landslide4Sense contract at about 10 m.',
]

async function train(
  network: SegmentationNetwork,
  sets: readonly StarterSet[],
  config: TrainingConfig,
  { minutes, realShare }: StarterRequest,
  io: CommandIo,
): Promise<TrainingResult> {
  const begin = io.now()
  const [generated, real] = sets
  const repeats = repeatsFor(realShare, generated!.training.ids.length, real?.training.ids.length ?? 0)
  return trainNetwork(
    network,
    {
      source: joinedSamples(
        sets.map(({ training, statistics }) => roundSamples(training, statistics, null)),
        [1, repeats],
      ),
      target: null,
      sourceOnlySteps: 0,
      // The sets count the same whatever their sizes: real patches are the purpose, generated ones the variety.
      async evaluate(signal) {
        let counts = emptyConfusion()
        for (const { title, heldOut, statistics } of sets) {
          const how = { scale: config.scale }
          const found = await heldOutScores(network, heldOut, statistics, 0.5, signal, how)
          io.progress.clear()
          io.note(`${title}, held out: F1 ${describeF1(found)}`)
          counts = addConfusion(counts, perLandslidePixel(found))
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
          io.note(describeHeldOut(event))
        } else if (event.step % 10 === 0)
          io.note(`${event.family}, step ${event.step}: loss ${event.loss.toFixed(4)}`)
      },
    },
  )
}

/** Counts per landslide pixel; unchanged where there is none. */
function perLandslidePixel(counts: ConfusionCounts): ConfusionCounts {
  const { truePositive, falsePositive, falseNegative, trueNegative } = counts
  const landslides = truePositive + falseNegative || 1
  return {
    truePositive: truePositive / landslides,
    falsePositive: falsePositive / landslides,
    falseNegative: falseNegative / landslides,
    trueNegative: trueNegative / landslides,
  }
}
