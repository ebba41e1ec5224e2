import { beforeAll, expect, test } from 'vitest'
import { AppError } from '../../core/foundation/appError'
import type { RoundConfig } from '../../core/rounds/roundConfig'
import { startEngine } from '../gpu/startEngine'
import { tf } from '../gpu/tensorflow'
import { loadModelFolder } from '../models/folder/modelFolder'
import { predictScene } from './predictScene'
import {
  cellScene,
  config,
  inputOf,
  memoryStore,
  momentsOf,
  provider,
  SIDE,
  withCells,
} from './round.testing'
import type {
  FinishedNetwork,
  RoundContext,
  RoundInput,
  RoundResult,
  RoundTrainingCheckpoint,
} from './roundInput'
import { runRound } from './runRound'
import { normalisingStatistics } from './targetNormalisation'

beforeAll(async () => {
  const { backend } = await startEngine({ prefer: 'webgpu', purpose: 'training', wasmPath: '' })
  expect(backend).toBe('webgpu')
})

const STEPS = 6
const long: RoundConfig = {
  ...config,
  families: ['segformer', 'resnet-unet'],
  steps: STEPS,
  warmupSteps: 2,
  evaluateEvery: 2,
  emaDecay: 0.9,
}

const scene = cellScene()

/** What is durable outlives the processes; the target has labels to join with. */
function durable() {
  const store = memoryStore()
  for (const id of ['target-0', 'target-1']) {
    store.probabilities.set(
      `ensemble/${id}`,
      Float32Array.from({ length: SIDE * SIDE }, (_, i) => (i % 5) / 4),
    )
  }
  // Of a cell too, though nothing outside the area.
  store.probabilities.set(
    'ensemble/c0',
    Float32Array.from({ length: 100 * 48 }, (_, i) => (i >= 100 * 40 ? Number.NaN : (i % 7) / 6)),
  )
  return { store, finished: [] as FinishedNetwork[], states: new Map<string, Uint8Array>() }
}

/** A process: continues from what is durable, saves every third step, and may be stopped. */
async function process(kept: ReturnType<typeof durable>, context: RoundContext = {}) {
  let asked = 0
  const trainingCheckpoint: RoundTrainingCheckpoint = {
    read: async family => kept.states.get(family) ?? null,
    write: async (family, bytes) => void kept.states.set(family, bytes.slice()),
    clear: async family => void kept.states.delete(family),
    due: () => ++asked % 3 === 0,
  }
  const target = withCells(provider('target', 2, 0.5, false), scene)
  const { statistics } = await inputOf()
  const input = await inputOf({
    target,
    statistics: { ...statistics, target: await momentsOf(target) },
    config: long,
    store: kept.store,
    finished: [...kept.finished],
    onNetwork: async network => void kept.finished.push(network),
    trainingCheckpoint,
  })
  return runRound(input, context)
}

const codeOf = (run: Promise<unknown>) =>
  run.then(
    () => 'finished',
    error => (error instanceof AppError ? error.code : String(error)),
  )

test('a round killed in one network and paused twice in another ends as one that never stopped', async () => {
  const before = tf.memory().numTensors
  const whole = durable()
  const expected = await process(whole)
  expect(whole.states.size).toBe(0)
  expect(expected.record.targetPatchIds).toHaveLength(3)
  await expectScenePredicted(expected, whole.store)

  const kept = durable()
  const steps: string[] = []
  const note = (onStep: (family: string, step: number) => void): RoundContext['onEvent'] => {
    return event => {
      if (event.kind !== 'loss') return
      steps.push(`${event.family} ${event.step}`)
      onStep(event.family, event.step)
    }
  }
  const kill = new AbortController()
  const killed = process(kept, {
    signal: kill.signal,
    onEvent: note((_, step) => step === 5 && kill.abort()),
  })
  expect(await codeOf(killed)).toBe('aborted')
  expect([...kept.states.keys()]).toEqual(['segformer'])

  let pause = false
  const paused = process(kept, {
    pause: () => pause,
    onEvent: note((family, step) => {
      pause = family === 'resnet-unet' && step >= 2
    }),
  })
  expect(await codeOf(paused)).toBe('paused')
  expect(kept.finished.map(({ record }) => record.family)).toEqual(['segformer'])
  expect([...kept.states.keys()]).toEqual(['resnet-unet'])

  const predicted: number[] = []
  const late = async (most: number) => {
    let count = 0
    const run = process(kept, {
      onEvent: note(() => {}),
      onProgress: ({ label }) => label === 'Predicting with ResNet + U-Net' && count++,
      pause: () => count >= most,
    })
    const code = await codeOf(run)
    predicted.push(count)
    return code
  }
  // After a patch and before the first cell, then among the cells.
  expect([await late(2), await late(1)]).toEqual(['paused', 'paused'])

  const taken = steps.length
  let last = 0
  const result = await process(kept, {
    onEvent: note(() => {}),
    onProgress: ({ label }) => label === 'Predicting with ResNet + U-Net' && last++,
  })
  // Trained already: of two patches, three cells and a held-out patch only what was left.
  expect(steps.length).toBe(taken)
  expect([...predicted, last]).toEqual([2, 1, 3])
  // The first process lost two steps, the others none.
  expect(steps.filter(step => step === 'segformer 4')).toHaveLength(2)
  expect(steps.filter(step => step.startsWith('resnet-unet'))).toHaveLength(STEPS)

  expect(result.record.networks).toEqual(expected.record.networks)
  expect(result.record.ensembleHeldOut).toEqual(expected.record.ensembleHeldOut)
  expect([...kept.store.probabilities].sort()).toEqual([...whole.store.probabilities].sort())
  expect(kept.states.size).toBe(0)
  await expect.poll(() => tf.memory().numTensors, { timeout: 30_000 }).toBe(before)
})

/** Every cell has the bits that its scene's own windows give, and nothing outside the area. */
async function expectScenePredicted(
  { models, record }: RoundResult,
  store: RoundInput['store'],
): Promise<void> {
  const { config, statistics: sets } = record
  const known = { source: sets.source!, target: sets.target }
  const statistics = normalisingStatistics({ config, statistics: known }, 'target')!
  for (const { id, files } of models) {
    const { network } = await loadModelFolder(files)
    const member = { network, statistics, scale: 1 }
    for await (const { top, members } of predictScene(scene, [member], { domain: 'target' })) {
      expect([top, members[0]!.length]).toEqual([0, scene.width * scene.height])
      for (const [cell, { column, width, height }] of scene.cells) {
        const expected = Float32Array.from({ length: width * height }, (_, i) => {
          const row = Math.floor(i / width)
          return row < 40 ? members[0]![row * scene.width + column + (i % width)]! : Number.NaN
        })
        expect(await store.readProbability(cell, id), `${cell} by ${id}`).toEqual(expected)
      }
    }
    network.dispose()
  }
}

test('the score of the maps before a first round survives its interruption, though its models are not read again', async () => {
  const short: RoundConfig = { ...long, steps: 2, evaluateEvery: 1, warmupSteps: 1 }
  const starters = await runRound(await inputOf({ config: short }))
  const parents = Object.fromEntries(
    starters.models.map((model, index) => [short.families[index]!, model] as const),
  )
  const { record: whole } = await runRound(await inputOf({ config: short, parents }))
  expect(whole.heldOutBefore).toBeTruthy()

  const finished: FinishedNetwork[] = []
  const kept: Pick<RoundInput, 'heldOutBefore'> = {}
  const store = memoryStore()
  const stopped = runRound(
    await inputOf({
      config: short,
      parents,
      store,
      onHeldOutBefore: async tally => void Object.assign(kept, { heldOutBefore: tally }),
      onNetwork: async network => void finished.push(network),
    }),
    { pause: () => finished.length > 0 },
  )
  expect(await codeOf(stopped)).toBe('paused')
  const rest = { 'resnet-unet': parents['resnet-unet']! }
  const { record } = await runRound(await inputOf({ config: short, parents: rest, store, finished, ...kept }))
  expect(record.heldOutBefore).toEqual(whole.heldOutBefore)
})

test('a state of other labels is refused', async () => {
  const kept = durable()
  const stop = process(kept, { pause: () => true })
  expect(await codeOf(stop)).toBe('paused')
  kept.store.probabilities.clear()
  expect(await codeOf(process(kept))).toBe('weights-mismatch')
})
