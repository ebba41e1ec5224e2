import { expect, test } from 'vitest'
import { AppError } from '../../core/foundation/appError'
import { commandById } from '../commandList'
import { runEnsemble, startEngine } from '../models/predict'
import { startRound } from '../rounds/runRound'
import { roundObstacle } from '../rounds/selectors'
import { openProject } from '../session/openProject'
import { emptyDisk, openStudio, patchRecord } from '../studio.testing'

const info = {
  backend: 'webgpu',
  adapter: 'Test',
  software: true,
  canTrain: true,
  reason: '',
  features: [],
  limits: null,
}
const model = { id: 'm', family: 'segformer', current: true, canPredict: true }

test('predicted patches show their new mask during the run, judged ones keep theirs', async () => {
  const disk = emptyDisk([patchRecord('t1'), patchRecord('t2')])
  const studio = openStudio(disk, async (method, _request, options) => {
    if (method === 'start') return info
    if (method === 'models') return { models: [model], damaged: [] }
    disk.probabilities.set('t1/ensemble', new Float32Array(64).fill(0.9))
    options?.onEvent?.({ kind: 'predicted', patchId: 't1' })
    return { patchIds: ['t1'], seconds: 1, maskThreshold: 0.5, normalisation: ['1 patch: its own'] }
  })
  await openProject(studio)
  await startEngine(studio)
  expect(studio.store.getState().review.shares.t1).toBe(0.5)
  await runEnsemble(studio)
  expect(studio.store.getState().review.shares.t1).toBe(1)
  expect(studio.store.getState().patches.list[0]?.predictedBy).toEqual(['m'])
})

test('cancelling a round reaches the worker, says so, and leaves no round', async () => {
  const disk = emptyDisk([patchRecord('t1'), patchRecord('s2', { hasLabel: true, domain: 'source' })])
  const studio = openStudio(disk, (method, _request, options) => {
    if (method === 'start') return Promise.resolve(info)
    if (method === 'models') return Promise.resolve({ models: [model], damaged: [] })
    options?.onEvent?.({ kind: 'loss', family: 'segformer', step: 1, steps: 9, loss: 1.5 })
    return new Promise((_resolve, reject) =>
      options?.signal?.addEventListener('abort', () => reject(new AppError('aborted', 'Cancelled.'))),
    )
  })
  await openProject(studio)
  await startEngine(studio)
  expect(roundObstacle(studio.store.getState())).toBeNull()
  const round = startRound(studio)
  await new Promise(resolve => setTimeout(resolve, 5))
  expect(studio.store.getState().rounds.live?.segformer?.losses).toEqual([[1, 1.5]])
  const cancel = commandById('cancel')
  expect(cancel.isEnabled(studio.store.getState())).toBe(true)
  cancel.run(studio)
  studio.jobs.cancel('round')
  expect(studio.store.getState().shell.jobs.round?.cancelling).toBe(true)
  await round
  expect(studio.store.getState()).toMatchObject({ shell: { jobs: {} }, rounds: { list: [] } })
  expect(studio.store.getState().shell.notices.at(-1)?.message).toContain('cancelled')
})

test('an engine that does not start says what to do and stops nothing else', async () => {
  const studio = openStudio(emptyDisk([patchRecord('t1')]), async () => {
    throw new AppError('gpu-unavailable', 'Use a current Chrome.')
  })
  await openProject(studio)
  await startEngine(studio)
  expect(studio.store.getState().models.engine).toEqual({
    status: 'failed',
    code: 'gpu-unavailable',
    message: 'Use a current Chrome.',
  })
  expect(commandById('run-ensemble').isEnabled(studio.store.getState())).toBe(false)
  expect(commandById('brush').isEnabled(studio.store.getState())).toBe(true)
})
