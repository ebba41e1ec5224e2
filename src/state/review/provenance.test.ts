import { expect, test } from 'vitest'
import type { PredictionOrigin } from '../../core/review/predictionOrigin'
import { MASK_STATES, maskProvenance } from '../../core/review/provenance'
import type { SceneRecord } from '../../core/scenes/sceneRecord'
import { beginStroke } from '../edit/tools'
import {
  DEFAULT_EXPORT_STATES,
  exportedScenes,
  exportPatchIds,
  exportProject,
  patchesByMaskState,
} from '../patches/exportMasks'
import { openProject } from '../session/openProject'
import type { Studio } from '../studio'
import { type Disk, emptyDisk, openStudio, patchRecord } from '../studio.testing'
import { selectPatch } from '../view/actions'
import { setReviewer } from './actions'
import { setThreshold } from './threshold'
import { redo, undo } from './undoRedo'
import { giveVerdict } from './verdicts'

const origin = (id: string, roundId: string | null): PredictionOrigin => ({
  at: '2026-01-01T08:00:00.000Z',
  roundId,
  models: [{ id, weightsHash: `${id}-hash` }],
  rule: 'auto',
  normalisation: ['Their own.'],
})

const [starters, trained] = [origin('starter', null), origin('trained', 'round-1')]

async function opened() {
  const predicted = { predictedBy: ['starter'], prediction: starters }
  const disk = emptyDisk(['t1', 't2', 't3', 't4', 't5', 't6'].map(id => patchRecord(id, predicted)))
  const studio = openStudio(disk)
  await openProject(studio)
  return { disk, studio }
}

async function judge(studio: Studio, id: string, verdict: 'accepted' | 'rejected' | 'unsure') {
  await selectPatch(studio, id)
  await giveVerdict(studio, verdict)
}

async function paint(studio: Studio, id: string) {
  await selectPatch(studio, id)
  studio.store.change({ edit: { tool: 'brush', brushRadius: 0.5 } })
  const stroke = beginStroke(studio)
  stroke?.moveTo({ column: 0.5, row: 0.5 })
  stroke?.finish()
}

/** A round that maps every patch again. */
function mapAgain(studio: Studio) {
  const ids = studio.store.getState().patches.list.map(({ id }) => id)
  studio.predictions.show(new Map(ids.map(id => [id, { prediction: trained }])), ['trained'])
}

/** As an export of now would find it on disk. */
async function provenanceOf(studio: Studio, disk: Disk, id: string) {
  await studio.writes.settled()
  const steps = [...disk.history.values()].filter(({ patchId }) => patchId === id)
  const patch = studio.store.getState().patches.list.find(other => other.id === id)!
  return maskProvenance(patch, steps, studio.store.getState().review.threshold)
}

test('an accepted mask stays that of the models, threshold and reviewer it was accepted with', async () => {
  const { disk, studio } = await opened()
  setReviewer(studio, ' A. Analyst ')
  await judge(studio, 't1', 'accepted')
  mapAgain(studio)
  setThreshold(studio, 0.8)
  const accepted = { threshold: 0.5, prediction: starters, verdict: { reviewer: 'A. Analyst' } }
  expect(await provenanceOf(studio, disk, 't1')).toMatchObject({ state: 'accepted', ...accepted })
  // Judged again, it is still the same mask.
  setReviewer(studio, '')
  await judge(studio, 't1', 'unsure')
  expect(await provenanceOf(studio, disk, 't1')).toMatchObject({
    state: 'unsure',
    threshold: 0.5,
    prediction: starters,
    verdict: { modelIds: ['starter'], roundId: null },
  })
  expect(studio.store.getState().review.verdicts.t1?.reviewer).toBeUndefined()
})

test('a painted mask is that of the models and the threshold that it was begun on', async () => {
  const { disk, studio } = await opened()
  await paint(studio, 't1')
  mapAgain(studio)
  setThreshold(studio, 0.8)
  const begun = { threshold: 0.5, prediction: starters }
  expect(await provenanceOf(studio, disk, 't1')).toMatchObject({ state: 'painted', ...begun, verdict: null })
  await judge(studio, 't1', 'accepted')
  expect(await provenanceOf(studio, disk, 't1')).toMatchObject({
    state: 'corrected',
    ...begun,
    verdict: { threshold: 0.5, modelIds: ['starter'] },
  })
})

test('a mask whose stroke was undone is nobody’s, and one laid again begins from what is there then', async () => {
  const { disk, studio } = await opened()
  await paint(studio, 't1')
  await undo(studio)
  mapAgain(studio)
  setThreshold(studio, 0.8)
  const now = { threshold: 0.8, prediction: trained }
  expect(await provenanceOf(studio, disk, 't1')).toMatchObject({ state: 'predicted', ...now })
  await redo(studio)
  expect(await provenanceOf(studio, disk, 't1')).toMatchObject({ state: 'painted', ...now })
})

test('an export takes what was accepted or corrected, and counts what else there is', async () => {
  const { studio } = await opened()
  await judge(studio, 't1', 'accepted')
  await judge(studio, 't2', 'rejected')
  await judge(studio, 't3', 'unsure')
  await paint(studio, 't4')
  await paint(studio, 't5')
  await judge(studio, 't5', 'accepted')
  const state = studio.store.getState()
  expect(patchesByMaskState(state)).toEqual({
    accepted: ['t1'],
    corrected: ['t5'],
    'label-corrected': [],
    painted: ['t4'],
    predicted: ['t6'],
    rejected: ['t2'],
    unsure: ['t3'],
    none: [],
  })
  const some = (selection: string[]) =>
    exportPatchIds({ ...state, patches: { ...state.patches, selection } }, { scope: 'selected', states: [] })
  expect(some(['t4', 't1'])).toEqual(['t1', 't4'])
  expect(some([])).toEqual([state.view.selectedId])
  const all = (states = DEFAULT_EXPORT_STATES) => exportPatchIds(state, { scope: 'all', states })
  expect(all()).toEqual(['t1', 't5'])
  expect(all(['unsure', 'predicted'])).toEqual(['t3', 't6'])
})

test('once exported, a mask is new again only when it is painted, judged or made with another threshold', async () => {
  const { disk, studio } = await opened()
  studio.files.call = (async () => ({ fileName: 'masks.zip', blob: new Blob(), notes: [] })) as never
  const fresh = () => exportPatchIds(studio.store.getState(), { scope: 'new', states: MASK_STATES })
  const every = ['t1', 't2', 't3', 't4', 't5', 't6']
  expect(fresh()).toEqual(every)
  await judge(studio, 't1', 'accepted')
  await exportProject(studio, {
    format: 'geotiff',
    scope: 'new',
    states: DEFAULT_EXPORT_STATES,
    includeProbability: false,
    includeDisagreement: false,
    mosaics: 'scene',
  })
  expect(fresh()).toEqual(every.slice(1))
  await exportProject(studio, {
    format: 'geotiff',
    scope: 'all',
    states: MASK_STATES,
    includeProbability: false,
    includeDisagreement: false,
    mosaics: 'scene',
  })
  expect(fresh()).toEqual([])

  await paint(studio, 't2')
  await judge(studio, 't3', 'rejected')
  expect(fresh()).toEqual(['t2', 't3'])
  await undo(studio)
  expect(fresh()).toEqual(['t2'])
  setThreshold(studio, 0.8)
  expect(fresh()).toEqual(every.slice(1))
  // It is on the patch's record, for the next visit.
  await studio.writes.settled()
  expect(disk.patches.every(({ exported }) => exported)).toBe(true)
})

test('a scene leaves whole again as soon as one of its cells is new, with what share of it leaves', async () => {
  const predicted = { predictedBy: ['starter'], prediction: starters }
  const cell = (id: string, sceneId: string, column: number) =>
    patchRecord(id, {
      ...predicted,
      cell: { sceneId, row: 0, column, window: { column: 8 * column, row: 0, width: 8, height: 8 } },
    })
  const disk = emptyDisk([
    cell('c1', 's', 0),
    cell('c2', 's', 1),
    cell('c3', 'r', 0),
    patchRecord('t4', predicted),
  ])
  const window = { column: 0, row: 0, width: 16, height: 8 }
  disk.scenes = ['s', 'r'].map(id => ({ id, name: id, window, area: null }) as unknown as SceneRecord)
  const studio = openStudio(disk)
  await openProject(studio)
  studio.files.call = (async () => ({ fileName: 'masks.zip', blob: new Blob(), notes: [] })) as never
  const choice = { format: 'geotiff', states: MASK_STATES, includeProbability: false } as const
  await exportProject(studio, { ...choice, scope: 'all', includeDisagreement: false, mosaics: 'scene' })
  const fresh = () => exportPatchIds(studio.store.getState(), { scope: 'new', states: MASK_STATES })
  expect(fresh()).toEqual([])
  await judge(studio, 'c2', 'accepted')
  await judge(studio, 't4', 'accepted')
  expect(fresh()).toEqual(['c1', 'c2', 't4'])
  expect(exportedScenes(studio.store.getState(), ['c2', 'c3', 't4'])).toMatchObject([
    { scene: { id: 's' }, included: 1, cells: 2, share: 0.5 },
    { scene: { id: 'r' }, included: 1, cells: 1, share: 0.5 },
  ])
})
