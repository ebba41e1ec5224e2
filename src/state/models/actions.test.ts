import { expect, test } from 'vitest'
import { AppError } from '../../core/foundation/appError'
import type { ModelSummary } from '../../worker/protocolModels'
import { commandById } from '../commandList'
import { toggleSelection } from '../patches/actions'
import { importFiles } from '../patches/files'
import { chooseFamilies } from '../rounds/settings'
import { openProject } from '../session/openProject'
import type { Studio } from '../studio'
import { type Disk, emptyDisk, openStudio, patchRecord } from '../studio.testing'
import { selectPatch } from '../view/actions'
import {
  acceptCheckpoint,
  checkModel,
  choosePredicting,
  chooseStart,
  dropCheckpoint,
  removeModel,
  returnToLatestModels,
} from './actions'
import { startEngine } from './predict'
import { chosenStarts, emptyEnsemble, predictingModels } from './selectors'

const summary = (id: string, change: Partial<ModelSummary> = {}): ModelSummary => ({
  id,
  title: id,
  family: 'segformer',
  preset: 'tiny',
  bands: 14,
  classes: 2,
  parameters: 1,
  origin: 'starter',
  round: null,
  heldOutF1: null,
  current: false,
  canPredict: true,
  hasGolden: true,
  ...change,
})

type Answers = Record<string, (request: never, options?: { signal?: AbortSignal }) => unknown>

/** A studio whose engine lists these models and answers the calls given. */
async function studioWith(disk: Disk, models: ModelSummary[], answers: Answers = {}): Promise<Studio> {
  const studio = openStudio(disk, async (method, request, options) => {
    if (method === 'start') return { backend: 'wasm', canTrain: true }
    if (method === 'models') return { models: [...models], damaged: [] }
    return answers[method]?.(request as never, options)
  })
  await openProject(studio)
  await startEngine(studio)
  return studio
}

const predicting = (studio: Studio) => predictingModels(studio.store.getState()).map(({ id }) => id)
const STARTERS = [summary('a', { current: true }), summary('b', { current: true })]

test('any set of models predicts, the choice outlives a reload, and what is usual is no choice', async () => {
  const disk = emptyDisk([patchRecord('t1')])
  const models = [...STARTERS, summary('mine', { origin: 'imported' })]
  const studio = await studioWith(disk, models)
  expect(predicting(studio)).toEqual(['a', 'b'])
  choosePredicting(studio, 'mine', true)
  choosePredicting(studio, 'a', false)
  await studio.writes.settled()
  expect(predicting(await studioWith(disk, models))).toEqual(['b', 'mine'])
  choosePredicting(studio, 'mine', false)
  choosePredicting(studio, 'a', true)
  expect(studio.store.getState().models.ensemble).toBeNull()
})

test('an empty ensemble is explained and switches prediction off', async () => {
  const studio = await studioWith(emptyDisk([patchRecord('t1')]), STARTERS)
  const run = commandById('run-ensemble')
  expect(run.isEnabled(studio.store.getState())).toBe(true)
  for (const { id } of STARTERS) choosePredicting(studio, id, false)
  expect(emptyEnsemble(studio.store.getState())).toContain('Select one or more in Models')
  expect(run.isEnabled(studio.store.getState())).toBe(false)
  returnToLatestModels(studio)
  expect(emptyEnsemble(studio.store.getState())).toBeNull()
})

test('a model that has to be trained first starts a round and never predicts', async () => {
  const untrained = summary('fresh', { origin: 'imported', canPredict: false, family: 'resnet-unet' })
  const studio = await studioWith(emptyDisk([patchRecord('t1')]), [untrained])
  choosePredicting(studio, 'fresh', true)
  expect(predicting(studio)).toEqual([])
  expect(emptyEnsemble(studio.store.getState())).toContain('start a round')
  chooseStart(studio, 'resnet-unet', 'fresh')
  expect(chosenStarts(studio.store.getState())).toEqual({})
  chooseFamilies(studio, ['resnet-unet', 'segformer'])
  expect(studio.store.getState().rounds.settings.families).toEqual(['segformer', 'resnet-unet'])
  expect(chosenStarts(studio.store.getState())).toEqual({ 'resnet-unet': 'fresh' })
})

const drop = (path: string) => ({ path, file: new Blob(['x']) })
const model = (kind: 'folder' | 'checkpoint', path: string) => ({ kind, path, files: {} })

/** Has the files worker find these models in a drop. */
function finding(studio: Studio, models: unknown[]): void {
  const call = async (_method: string, _request: unknown, options: { onEvent(event: unknown): void }) => {
    for (const model of models) options.onEvent({ kind: 'model', model })
    return { added: [] }
  }
  studio.files = { call, terminate: () => undefined } as unknown as Studio['files']
}

test('folders go straight in, damaged ones are refused one by one, the list opens', async () => {
  const models = [...STARTERS]
  const studio = await studioWith(emptyDisk([]), models, {
    addModel: ({ model: { path } }: { model: { path: string } }) => {
      if (path === 'bad')
        throw new AppError('model-invalid', 'Its weights are not the ones it was saved with.')
      models.push(summary('mine', { origin: 'imported' }))
      return { id: 'mine', title: 'Mine', added: true }
    },
  })
  finding(studio, [model('folder', 'bad'), model('folder', 'good')])
  await importFiles(studio, [drop('good/manifest.json')])
  const state = studio.store.getState()
  expect(state.patches.importOutcome).toMatchObject({
    added: 0,
    models: ['Mine'],
    refused: [{ path: 'bad', code: 'model-invalid' }],
  })
  expect(state.models.list.map(({ id }) => id)).toEqual(['a', 'b', 'mine'])
  expect(state.models.open).toBe(true)
})

test('bare checkpoints wait for a yes, one after the other; a failure keeps the file to try again', async () => {
  let full = true
  const titles: string[] = []
  const named: unknown[] = []
  const studio = await studioWith(emptyDisk([]), STARTERS, {
    recogniseModel: ({ model: { path } }: { model: { path: string } }) => ({ path, title: path }),
    addModel: ({ title, bandNames }: { title: string; bandNames?: string[] }) => {
      named.push(bandNames)
      if (full) throw new AppError('storage-full', 'Free disk space.')
      titles.push(title)
      return { id: 'x', title, added: true }
    },
  })
  finding(studio, [model('checkpoint', 'one'), model('checkpoint', 'two')])
  await importFiles(studio, [drop('one'), drop('two')])
  expect(studio.store.getState()).toMatchObject({ shell: { dialog: 'checkpoint' } })
  await acceptCheckpoint(studio, 'First')
  expect(studio.store.getState().models.checkpoints).toMatchObject([
    { error: 'Free disk space.' },
    { error: null },
  ])
  full = false
  await acceptCheckpoint(studio, 'First', ['B4', 'B3', 'B2'])
  expect(titles).toEqual(['First'])
  expect(named).toEqual([undefined, ['B4', 'B3', 'B2']])
  expect(studio.store.getState()).toMatchObject({
    shell: { dialog: 'checkpoint' },
    models: { checkpoints: [{ proposal: { path: 'two' } }] },
  })
  dropCheckpoint(studio)
  expect(studio.store.getState()).toMatchObject({ shell: { dialog: null }, models: { checkpoints: [] } })
})

test('removing a model takes it out of every choice', async () => {
  const disk = emptyDisk([])
  const models = [...STARTERS, summary('mine', { origin: 'imported' })]
  const studio = await studioWith(disk, models, { removeModel: () => models.pop() && null })
  choosePredicting(studio, 'mine', true)
  chooseStart(studio, 'segformer', 'mine')
  await removeModel(studio, 'mine')
  await studio.writes.settled()
  expect(disk).toMatchObject({ ensemble: ['a', 'b'], startFrom: {} })
  expect(studio.store.getState().models.list).toHaveLength(2)
})

test('a check can be cancelled, and leaves no result behind', async () => {
  const studio = await studioWith(emptyDisk([]), STARTERS, {
    checkModel: (_request: never, options) =>
      new Promise((_resolve, reject) =>
        options?.signal?.addEventListener('abort', () => reject(new AppError('aborted', 'Cancelled.'))),
      ),
  })
  const check = checkModel(studio, 'a')
  await new Promise(resolve => setTimeout(resolve, 5))
  expect(studio.store.getState()).toMatchObject({
    models: { checkingId: 'a' },
    shell: { jobs: { check: { kind: 'check' } } },
  })
  commandById('cancel').run(studio)
  await check
  expect(studio.store.getState()).toMatchObject({
    models: { checkingId: null, checks: {} },
    shell: { jobs: {} },
  })
})

test('what is not predicted, all, or the selection runs, the patch on screen first', async () => {
  const asked: string[][] = []
  const disk = emptyDisk([
    patchRecord('s0', { hasLabel: true, domain: 'source' }),
    patchRecord('t1', { predictedBy: ['b', 'a'] }),
    patchRecord('t2'),
    patchRecord('t3', { predictedBy: ['round-1-segformer'] }),
  ])
  const studio = await studioWith(disk, STARTERS, {
    predict: ({ patchIds }: { patchIds: string[] }) => {
      asked.push(patchIds)
      return { patchIds: [], maskThreshold: 0.5, normalisation: [] }
    },
  })
  const run = (id: string) => commandById(id).run(studio)
  await run('predict-new')
  expect(asked.pop()).toEqual(['t2', 't3'])
  await selectPatch(studio, 't2')
  await run('run-ensemble')
  expect(asked.pop()).toEqual(['t2', 't1', 't3'])
  expect(commandById('predict-selection').isEnabled(studio.store.getState())).toBe(false)
  toggleSelection(studio, ['t1', 's0'])
  await run('predict-selection')
  expect(asked.pop()).toEqual(['s0', 't1'])
})
