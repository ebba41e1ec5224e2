import { expect, test } from 'vitest'
import { sceneFixture, scenePieceFixture } from '../../core/review/records.testing'
import { redo, undo } from '../review/undoRedo'
import { giveVerdict } from '../review/verdicts'
import { openProject } from '../session/openProject'
import type { Studio } from '../studio'
import { type Disk, emptyDisk, openStudio, patchRecord } from '../studio.testing'
import { selectPatch } from '../view/actions'
import { renamePatch } from './actions'
import { deleteRemoved, removePatches } from './removal'

const disk = () => emptyDisk([patchRecord('t1'), patchRecord('t2'), patchRecord('t3')])

async function opened(on: Disk): Promise<Studio> {
  const studio = openStudio(on)
  await openProject(studio)
  return studio
}

const listed = (studio: Studio) => studio.store.getState().patches.list.map(({ id }) => id)
const selected = (studio: Studio) => studio.store.getState().view.selectedId

test('a removed patch leaves the project with its verdict, and undo brings both back, also after a reload', async () => {
  const on = disk()
  const studio = await opened(on)
  await selectPatch(studio, 't2')
  await giveVerdict(studio, 'accepted')
  const verdict = studio.store.getState().review.verdicts.t2
  await selectPatch(studio, 't2')
  await removePatches(studio, ['t2'])
  expect([listed(studio), selected(studio)]).toEqual([['t1', 't3'], 't3'])
  expect(studio.store.getState().review.verdicts).toEqual({})
  await studio.writes.settled()

  const again = await opened(on)
  expect(listed(again)).toEqual(['t1', 't3'])
  await undo(again)
  expect([listed(again), selected(again)]).toEqual([['t1', 't2', 't3'], 't2'])
  expect(again.store.getState().review.verdicts.t2).toEqual(verdict)
  await redo(again)
  expect(listed(again)).toEqual(['t1', 't3'])
  await again.writes.settled()
  expect(on.audit?.map(({ kind }) => kind)).toEqual(['verdict', 'patch-removed', 'undo', 'redo'])
  expect(on.patches.filter(patch => patch.removed).map(({ id }) => id)).toEqual(['t2'])
})

test('several removed at once come back as one', async () => {
  const studio = await opened(disk())
  await removePatches(studio, ['t1', 't3'])
  expect(listed(studio)).toEqual(['t2'])
  await undo(studio)
  expect(listed(studio)).toEqual(['t1', 't2', 't3'])
})

test('what undo holds goes when removed patches are deleted for good', async () => {
  const on = disk()
  const studio = await opened(on)
  await selectPatch(studio, 't1')
  await giveVerdict(studio, 'rejected')
  await removePatches(studio, ['t1'])
  await selectPatch(studio, 't2')
  await giveVerdict(studio, 'accepted')
  await deleteRemoved(studio)
  expect(studio.store.getState().review.history.map(({ patchId }) => patchId)).toEqual(['t2'])
  await undo(studio)
  expect(listed(studio)).toEqual(['t2', 't3'])
  expect((await opened(on)).store.getState().patches).toMatchObject({ removed: [] })
})

test('nothing is removed while an unfinished round needs it', async () => {
  const studio = await opened({ ...disk(), unfinished: { id: 'r1' } as Disk['unfinished'] })
  await removePatches(studio, ['t1'])
  expect(listed(studio)).toEqual(['t1', 't2', 't3'])
  expect(studio.store.getState().shell.notices.at(-1)?.message).toContain('unfinished round')
})

test('a patch is renamed on disk and in the log, never to nothing', async () => {
  const on = disk()
  const studio = await opened(on)
  renamePatch(studio, 't1', '  north slope ')
  renamePatch(studio, 't2', '  ')
  await studio.writes.settled()
  expect(on.patches.map(({ name }) => name)).toEqual(['north slope', 't2', 't3'])
  expect(on.audit?.map(({ detail }) => detail)).toEqual(['t1 renamed to north slope'])
})

const scene = () => ({
  ...emptyDisk([patchRecord('t1'), ...[0, 1, 2].map(column => scenePieceFixture(column))]),
  scenes: [sceneFixture()],
})
const [MARGIN, CELL, OTHER] = [0, 1, 2].map(column => scenePieceFixture(column).id)

test('a scene leaves with its cells as one step, and goes for good once the removed ones are deleted', async () => {
  const on = scene()
  const studio = await opened(on)
  await removePatches(studio, [CELL!, OTHER!], 'S2A_T33TWM')
  expect(listed(studio)).toEqual(['t1'])
  expect(studio.store.getState().shell.notices.at(-1)?.message).toBe(
    'Removed S2A_T33TWM. Undo brings it back.',
  )
  await undo(studio)
  expect(listed(studio)).toEqual(['t1', CELL, OTHER])
  await redo(studio)
  await deleteRemoved(studio)
  expect(on.patches.map(({ id }) => id)).toEqual(['t1'])
  expect([on.scenes, studio.store.getState().scenes.list]).toEqual([[], []])
  expect((await opened(on)).store.getState()).toMatchObject({ scenes: { list: [] } })
})

test('a scene of which a cell is left keeps its margins, and is whole without the deleted one', async () => {
  const on = scene()
  const studio = await opened(on)
  await removePatches(studio, [OTHER!])
  await deleteRemoved(studio)
  expect(on.patches.map(({ id }) => id)).toEqual(['t1', MARGIN, CELL])
  expect(on.scenes).toEqual([sceneFixture({ pieces: 2 })])
  expect(studio.store.getState().scenes.list).toEqual(on.scenes)
  await removePatches(studio, [CELL!])
  await deleteRemoved(studio)
  expect([on.patches.map(({ id }) => id), on.scenes]).toEqual([['t1'], []])
})

test('a scene that is being added is not taken for whole', async () => {
  const on = scene()
  on.scenes = [sceneFixture({ complete: false })]
  const studio = await opened(on)
  await removePatches(studio, [OTHER!])
  await deleteRemoved(studio)
  expect(on.scenes).toEqual([sceneFixture({ complete: false })])
})
