import { expect, test } from 'vitest'
import { AppError } from '../../core/foundation/appError'
import { roundFixture } from '../../core/review/records.testing'
import { commandById } from '../commandList'
import { checkModel, exportModel, loadFacts } from '../models/actions'
import { runEnsemble, startEngine } from '../models/predict'
import { exportProject } from '../patches/exportMasks'
import { importFiles, importWithScale, openDemo } from '../patches/files'
import { bulkAccept } from '../review/verdicts'
import { restoreRound } from '../rounds/restoreRound'
import { startRound } from '../rounds/runRound'
import { roundObstacle } from '../rounds/selectors'
import { openProject } from '../session/openProject'
import { acceptArchive, inspectArchive, offerArchive, saveArchive } from '../session/projectActions'
import { duplicateProject } from '../session/projects'
import type { Studio } from '../studio'
import { emptyDisk, openStudio, patchRecord } from '../studio.testing'
import type { OfferedWork, Repeatable } from './slice'

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

test('a prediction by other models that is cancelled leaves their threshold with their maps', async () => {
  const disk = emptyDisk([patchRecord('t1'), patchRecord('t2')])
  disk.thresholdChosen = false
  const studio = openStudio(disk, async (method, _request, options) => {
    if (method === 'start') return info
    if (method === 'models') return { models: [model], damaged: [] }
    options?.onEvent?.({ kind: 'predicted', patchId: 't1', maskThreshold: 0.8 })
    throw new AppError('aborted', 'Cancelled.')
  })
  await openProject(studio)
  await startEngine(studio)
  await runEnsemble(studio)
  expect(studio.store.getState().review).toMatchObject({ threshold: 0.8, modelThreshold: 0.8 })
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

test('a prediction that a reload cut off is offered again, for the patches it had not come to', async () => {
  const disk = emptyDisk([patchRecord('t1'), patchRecord('t2'), patchRecord('t3')])
  const asked: string[][] = []
  const open = async (finish: boolean) => {
    const studio = openStudio(disk, async (method, request, options) => {
      if (method === 'start') return info
      if (method === 'models') return { models: [model], damaged: [] }
      asked.push((request as { patchIds: string[] }).patchIds)
      if (finish) {
        return { patchIds: asked.at(-1), seconds: 1, maskThreshold: 0.5, normalisation: ['their own'] }
      }
      disk.patches = disk.patches.map(patch => (patch.id === 't1' ? { ...patch, predictedBy: ['m'] } : patch))
      options?.onEvent?.({ kind: 'predicted', patchId: 't1' } as never)
      return new Promise(() => undefined)
    })
    await openProject(studio)
    await startEngine(studio)
    return studio
  }
  const first = await open(false)
  void runEnsemble(first)
  await expect.poll(() => asked.length).toBe(1)
  // The tab is gone in the middle.
  const second = await open(true)
  const offered = (studio: typeof second) => studio.store.getState().shell.interrupted.map(({ work }) => work)
  expect(offered(second)).toEqual(['prediction'])
  // Not answered: offered in the next visit too.
  expect(offered(await open(true))).toEqual(['prediction'])
  await commandById('continue-prediction').run(second)
  expect(asked.at(-1)).toEqual(['t2', 't3'])
  expect(offered(second)).toEqual([])
  expect(offered(await open(true))).toEqual([])
})

test('a failure that may pass offers to try again, one of the input does not', async () => {
  const failures = [
    new AppError('worker-stopped', 'It stopped.'),
    new AppError('shape-mismatch', 'Too large.'),
  ]
  const studio = openStudio(emptyDisk([patchRecord('t1')]), async method => {
    if (method === 'start') return info
    if (method === 'models') return { models: [model], damaged: [] }
    throw failures.shift()
  })
  await openProject(studio)
  await startEngine(studio)
  await runEnsemble(studio)
  const said = () => studio.store.getState().shell.notices.at(-1)
  expect(said()).toMatchObject({ message: 'It stopped.', retry: 'predict' })
  studio.jobs.retry('predict')
  await expect.poll(() => said()?.message).toBe('Too large.')
  expect(said()?.retry).toBeUndefined()
})

const archive = (name: string) => ({
  path: `${name}.scarp.zip`,
  file: new Blob(),
  summary: { name, patches: 1, verdicts: 0, steps: 0, rounds: 0, models: 0, bytes: 1 },
})

test('an archive that was chosen is offered once it is read', async () => {
  const studio = openStudio(emptyDisk([]))
  await openProject(studio)
  const { path, file, summary } = archive('Other')
  studio.files.call = (async () => summary) as never
  await inspectArchive(studio, path, file)
  expect(studio.store.getState()).toMatchObject({
    session: { archive: { path, summary } },
    shell: { dialog: 'open-archive', notices: [] },
  })
})

const openArchive = (asNew: boolean) => (studio: Studio) => {
  offerArchive(studio, archive('Other'))
  return acceptArchive(studio, asNew)
}

const images = [{ path: 'a.h5', patchId: 't1', scaleInDoubt: true }]

function readAsNumbers(studio: Studio): Promise<void> {
  const file = { path: 'a.h5', file: new Blob() }
  const importOutcome = { added: 1, remarks: [], refused: [], files: [file], images }
  studio.store.change({ patches: { importOutcome } })
  return importWithScale(studio, images, 'reflectance')
}

const choice = {
  format: 'geotiff',
  scope: 'selected',
  states: [],
  includeProbability: false,
  includeDisagreement: false,
  mosaics: 'scene',
} as const

/** Every long action: what is said to be retried, what the next visit offers, and how it begins. */
const LONG: [Repeatable, OfferedWork | null, (studio: Studio) => unknown][] = [
  ['import', 'import', studio => importFiles(studio, [{ path: 'a.h5', file: new Blob() }])],
  ['import', 'import', readAsNumbers],
  ['import', 'demo', openDemo],
  ['predict', 'prediction', runEnsemble],
  ['predict', 'round-restore', studio => restoreRound(studio, 'r1')],
  ['round', null, startRound],
  ['check', null, studio => checkModel(studio, 'm')],
  ['export', 'model-export', studio => exportModel(studio, 'm', 'folder')],
  ['export', 'export', studio => exportProject(studio, choice)],
  ['archive', 'archive-saving', saveArchive],
  ['archive', 'archive-opening', openArchive(true)],
  ['archive', 'archive-opening', openArchive(false)],
  ['archive', 'project-copy', duplicateProject],
  ['review', 'bulk-accept', studio => bulkAccept(studio, ['t1'])],
]

/** A studio whose workers and disk do `what` with every long call, which it counts. */
async function worksBy(what: () => Promise<never>) {
  const disk = emptyDisk([patchRecord('t1'), patchRecord('s2', { hasLabel: true, domain: 'source' })])
  disk.rounds = [roundFixture({ id: 'r1', index: 1, parentRoundId: null })]
  const asked: string[] = []
  const studio = openStudio(disk, async method => {
    if (method === 'start') return info
    if (method === 'models') return { models: [model], damaged: [] }
    asked.push(method)
    return what()
  })
  await openProject(studio)
  await startEngine(studio)
  const fail = (method: string) => {
    asked.push(method)
    return what()
  }
  Object.assign(studio.files, { call: fail })
  studio.storage.readProbability = (_id, name) => fail(`read ${name}`)
  studio.pixels.probabilities.clear()
  return { disk, studio, asked }
}

test.each(LONG)(
  '%s (%s): a failure that may pass has a button that does it again',
  async (key, _work, begin) => {
    const { studio, asked } = await worksBy(() =>
      Promise.reject(new AppError('storage-failed', 'It stopped.')),
    )
    await begin(studio)
    const said = () => studio.store.getState().shell.notices.at(-1)
    expect(said()).toMatchObject({ tone: 'error', message: 'It stopped.', retry: key })
    const before = asked.length
    expect(before).toBeGreaterThan(0)
    studio.jobs.retry(key)
    await expect.poll(() => asked.length).toBeGreaterThan(before)
    expect(asked.slice(before)).toContain(asked[before - 1])
  },
)

test.each(LONG.filter(([, work]) => work))(
  '%s (%s): cut off by a reload, it is offered again by name, and goes once it is begun',
  async (_key, work, begin) => {
    const { disk, studio, asked } = await worksBy(() => new Promise(() => undefined))
    void begin(studio)
    await expect.poll(() => asked.length).toBeGreaterThan(0)
    const next = openStudio(disk)
    await openProject(next)
    const offered = () => next.store.getState().shell.interrupted.map(each => each.work)
    expect(offered()).toEqual([work])
    const again = next.jobs.run('export', async () => 1, { again: () => undefined, work })
    expect(offered()).toEqual([])
    await again
    expect(disk.preferences.get('scarp.jobs.p')).toBe('[]')
  },
)

test.each([
  ['pictures', (studio: Studio) => studio.store.change({ layers: { baseLayer: 'index' } })],
  ['model-facts', (studio: Studio) => loadFacts(studio, 'm')],
] as const)('%s that could not be read are read again by the button', async (key, begin) => {
  const { studio, asked } = await worksBy(() => Promise.reject(new AppError('worker-stopped', 'It stopped.')))
  await begin(studio)
  const said = () => studio.store.getState().shell.notices.at(-1)
  await expect.poll(said).toMatchObject({ message: 'It stopped.', retry: key })
  const before = asked.length
  studio.jobs.retry(key)
  await expect.poll(() => asked.length).toBeGreaterThan(before)
})
