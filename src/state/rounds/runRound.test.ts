import { expect, test } from 'vitest'
import { AppError } from '../../core/foundation/appError'
import type { UnfinishedRound } from '../../core/review/records'
import type { EngineEvent } from '../../worker/protocol'
import { commandById } from '../commandList'
import { startEngine } from '../models/predict'
import { openProject } from '../session/openProject'
import type { Studio } from '../studio'
import { type Disk, emptyDisk, openStudio, patchRecord } from '../studio.testing'
import { closeRoundOffer, discardRound, pauseRound, resumeRound, startRound, stopRound } from './runRound'
import { resumeObstacle, roundObstacle } from './selectors'
import { changeSettings, estimateMemory, roundConfig } from './settings'

const unfinished = (change: Partial<UnfinishedRound> = {}): UnfinishedRound => ({
  id: 'round-1-seed-1',
  index: 1,
  parentRoundId: null,
  at: '2026-01-01T00:00:00Z',
  config: { steps: 9, families: ['segformer', 'swin-unet'] } as UnfinishedRound['config'],
  statistics: { source: { count: 0, mean: [], m2: [] }, target: null },
  verdicts: [],
  sourcePatchIds: [],
  heldOutPatchIds: [],
  targetPatchIds: [],
  parents: {},
  finished: [],
  saved: { family: 'segformer', step: 2, at: '2026-01-01T00:00:30Z' },
  curves: {
    segformer: {
      steps: 9,
      losses: [
        [1, 3],
        [2, 2],
        [3, 1],
      ],
      heldOut: [[3, 0.5]],
    },
  },
  resumed: 0,
  stopped: null,
  ...change,
})

const record = { id: 'round-1-seed-1', index: 1, networks: [] }
type Call = { request: unknown; event: (event: EngineEvent) => void; end: (error: AppError | null) => void }

/** A studio whose engine holds each round until the test ends it. */
async function studioWith(disk: Disk, answers: Record<string, () => unknown> = {}) {
  const calls: Record<string, Call[]> = {}
  const studio = openStudio(disk, (method, request, options) => {
    if (method === 'start') return Promise.resolve({ backend: 'webgpu', canTrain: true })
    if (method === 'models') return Promise.resolve({ models: [], damaged: [] })
    if (method !== 'startRound' && method !== 'resumeRound') {
      calls[method] = [...(calls[method] ?? []), { request, event: () => {}, end: () => {} }]
      return Promise.resolve(answers[method]?.() ?? null)
    }
    return new Promise((resolve, reject) => {
      const end = (error: AppError | null) => (error ? reject(error) : resolve(record))
      options?.signal?.addEventListener('abort', () => end(new AppError('aborted', 'Cancelled.')))
      const event = (sent: EngineEvent) => options?.onEvent?.(sent)
      calls[method] = [...(calls[method] ?? []), { request, event, end }]
    })
  })
  await openProject(studio)
  await startEngine(studio)
  return { studio, calls, last: (method: string) => calls[method]?.at(-1) }
}

const labelled = () => emptyDisk([patchRecord('t1'), patchRecord('s2', { hasLabel: true, domain: 'source' })])
const settle = () => new Promise(resolve => setTimeout(resolve, 5))
const notices = (studio: Studio) =>
  studio.store.getState().shell.notices.map(({ tone, message }) => `${tone}: ${message}`)

test('a paused round is kept, offered, found again after a reload, and resumes with its curves', async () => {
  const disk = labelled()
  const { studio, calls, last } = await studioWith(disk)
  const running = startRound(studio)
  await settle()
  last('startRound')!.event({ kind: 'saved', progress: unfinished().saved! })
  last('startRound')!.event({ kind: 'pace', secondsPerStep: 2, tensorBytes: 1, gpuBytes: 2 })
  expect(studio.store.getState()).toMatchObject({
    rounds: { saved: { step: 2 }, pace: { secondsPerStep: 2 } },
  })
  await pauseRound(studio)
  expect(calls.pauseRound).toHaveLength(1)
  expect(studio.store.getState().rounds.pausing).toBe(true)
  disk.unfinished = unfinished()
  last('startRound')!.end(new AppError('paused', 'Paused.'))
  await running
  expect(studio.store.getState()).toMatchObject({
    rounds: { pausing: false, pace: null, unfinished: { index: 1 } },
  })
  expect(notices(studio).at(-1)).toMatch(/^information: Round paused/)
  expect(roundObstacle(studio.store.getState())).toContain('unfinished')

  const reloaded = await studioWith(disk)
  expect(resumeObstacle(reloaded.studio.store.getState())).toBeNull()
  const resuming = resumeRound(reloaded.studio)
  await settle()
  // What came after the save is drawn again as it is trained again.
  expect(reloaded.studio.store.getState().rounds.live?.segformer).toEqual({
    steps: 9,
    step: 2,
    losses: [
      [1, 3],
      [2, 2],
    ],
    heldOut: [],
  })
  disk.unfinished = null
  reloaded.last('resumeRound')!.end(null)
  await resuming
  expect(reloaded.studio.store.getState()).toMatchObject({
    rounds: { unfinished: null, list: [{ index: 1 }] },
  })
})

test('a round that is lost with its device says why, and resuming starts an engine first', async () => {
  const disk = labelled()
  const { studio, last } = await studioWith(disk)
  const running = startRound(studio)
  await settle()
  last('startRound')!.event({ kind: 'device-lost', message: 'Lost.' })
  disk.unfinished = unfinished({ stopped: 'Lost.' })
  last('startRound')!.end(new AppError('gpu-lost', 'Lost.'))
  await running
  expect(studio.store.getState()).toMatchObject({
    models: { engine: { status: 'failed' } },
    rounds: { unfinished: { stopped: 'Lost.' } },
  })
  void resumeRound(studio)
  await settle()
  expect(studio.store.getState().models.engine.status).toBe('ready')
  expect(last('resumeRound')).toBeDefined()
})

test('Escape asks before it cancels a round, from its first second, and stops what is waited for before it', async () => {
  const { studio } = await studioWith(labelled())
  stopRound(studio)
  expect(studio.store.getState().shell.dialog).toBeNull()
  const round = startRound(studio)
  await settle()
  const exporting = studio.jobs.run(
    'export',
    ({ signal }) =>
      new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(new AppError('aborted', 'Cancelled.'))),
      ),
    { again: () => undefined, work: null },
  )
  const onEscape = commandById('cancel')
  onEscape.run(studio)
  await exporting
  expect(studio.store.getState().shell).toMatchObject({
    dialog: null,
    jobs: { round: { cancelling: false } },
  })
  onEscape.run(studio)
  expect(studio.store.getState().shell).toMatchObject({
    dialog: 'stop-round',
    jobs: { round: { cancelling: false } },
  })
  studio.jobs.cancel('round')
  await round
  expect(studio.store.getState().shell).toMatchObject({ dialog: null, jobs: {} })
})

test('an unfinished round is offered until it is put off, and again once another one stops', async () => {
  const disk = { ...labelled(), unfinished: unfinished() }
  const { studio, last } = await studioWith(disk)
  const rounds = () => studio.store.getState().rounds
  expect(rounds()).toMatchObject({ offerClosed: false, unfinished: { index: 1 } })
  closeRoundOffer(studio)
  expect(rounds().offerClosed).toBe(true)
  const resuming = resumeRound(studio)
  await settle()
  last('resumeRound')!.end(new AppError('paused', 'Paused.'))
  await resuming
  expect(rounds()).toMatchObject({ offerClosed: false, unfinished: { index: 1 } })
})

test('discarding frees the way for another round', async () => {
  const disk = { ...labelled(), unfinished: unfinished() }
  const { studio, calls } = await studioWith(disk)
  await discardRound(studio)
  expect(calls.discardRound).toHaveLength(1)
  expect(roundObstacle(studio.store.getState())).toBeNull()
})

test('a batch chosen by memory is what the round starts with, and a changed setting asks again', async () => {
  const need = { networks: [], microBatch: 2, accumulate: 8, checkpointing: true, largestBuffer: null }
  const { studio, calls, last } = await studioWith(labelled(), { estimateRound: () => need })
  changeSettings(studio, { batchByMemory: true, memoryBudget: 512 })
  void startRound(studio)
  await settle()
  expect(calls.estimateRound?.[0]?.request).toMatchObject({ budgetBytes: 512 * 2 ** 20 })
  expect(last('startRound')!.request).toMatchObject({
    config: { microBatch: 2, accumulate: 8, checkpointing: true },
  })
  changeSettings(studio, { scale: 2 })
  expect(studio.store.getState().rounds.estimate).toEqual({ status: 'none' })
  changeSettings(studio, { seed: 5 })
  await estimateMemory(studio)
  changeSettings(studio, { testTimeFlips: true })
  expect(studio.store.getState().rounds.estimate.status).toBe('known')
})

test('memory is estimated for the round that the next one continues from', async () => {
  const need = { networks: [], microBatch: 2, accumulate: 8, largestBuffer: null }
  const { studio, calls } = await studioWith(labelled(), { estimateRound: () => need })
  await estimateMemory(studio)
  studio.store.change({ rounds: { baseId: 'r1' } })
  await estimateMemory(studio)
  const asked = calls.estimateRound?.map(
    ({ request }) => (request as { parentRoundId?: unknown }).parentRoundId,
  )
  expect(asked).toEqual([null, 'r1'])
})

test('settings become a configuration: sizes that exist, an ignore band as wide on either side', async () => {
  const { studio } = await studioWith(labelled())
  const {
    rounds: { settings },
  } = studio.store.getState()
  const config = roundConfig({
    ...settings,
    families: ['segformer', 'swin-unet'],
    presets: { segformer: 'segformer-b1', 'swin-unet': 'swin-huge', 'hrnet-ocr': 'hrnet-w18' },
    pseudoLabelHigh: 0.8,
    steps: 100,
  })
  expect(config.presets).toEqual({ segformer: 'segformer-b1', 'swin-unet': 'tiny' })
  expect(config.pseudoLabel).toEqual({ high: 0.8, low: 0.2, binary: false })
  expect(config).toMatchObject({ warmupSteps: 10, evaluateEvery: 20 })
  expect(config).not.toHaveProperty('batchByMemory')
  expect(config).not.toHaveProperty('scale')
  expect(roundConfig({ ...settings, scale: 2 }).scale).toBe(2)
})
