import { expect, test } from 'vitest'
import { beginStroke } from '../edit/tools'
import { redo, undo } from '../review/undoRedo'
import { giveVerdict } from '../review/verdicts'
import { openProject } from '../session/openProject'
import type { Studio } from '../studio'
import { type Disk, emptyDisk, openStudio, patchRecord } from '../studio.testing'
import { selectPatch } from '../view/actions'
import { deleteRemoved } from './removal'
import { offerReplacement, settleReplacement } from './replaceFile'

const disk = () => emptyDisk([patchRecord('t1'), patchRecord('t2', { name: 'slope', note: 'cloudy' })])

const file = { path: 'better.tif', file: new Blob() }

async function opened(on: Disk): Promise<Studio> {
  const studio = openStudio(on)
  await openProject(studio)
  // The worker that reads the file has tests of its own.
  const call = studio.files.call as (...asked: unknown[]) => Promise<unknown>
  studio.files.call = (async (method: string, request: { patchId: string; path: string }) => {
    if (method !== 'readReplacement') return call(method, request)
    const former = on.patches.find(({ id }) => id === request.patchId)!
    const { prediction: _, predictedBy: __, ...kept } = former
    const patch = { ...kept, id: `${former.id}-new`, path: request.path, removed: true }
    on.patches.push(patch)
    return { patch }
  }) as never
  await selectPatch(studio, 't2')
  return studio
}

const state = (studio: Studio) => studio.store.getState()
const listed = (studio: Studio) => state(studio).patches.list.map(({ id }) => id)
const notice = (studio: Studio) => state(studio).shell.notices.at(-1)?.message

async function paintAndAccept(studio: Studio): Promise<Uint8Array> {
  studio.store.change({ edit: { tool: 'brush', brushRadius: 0.5 } })
  const stroke = beginStroke(studio)
  stroke?.moveTo({ column: 0.5, row: 5.5 })
  stroke?.finish()
  await giveVerdict(studio, 'accepted')
  await selectPatch(studio, 't2')
  return studio.pixels.masks.get('t2')!.slice()
}

test('an untouched patch is replaced at once, in its place; undo and redo swap the two, also after a reload', async () => {
  const on = disk()
  const studio = await opened(on)
  await offerReplacement(studio, file)
  expect(listed(studio)).toEqual(['t1', 't2-new'])
  expect(state(studio).view.selectedId).toBe('t2-new')
  expect(state(studio).patches.list[1]).toMatchObject({ name: 'slope', note: 'cloudy', path: 'better.tif' })
  expect(notice(studio)).toContain('slope is read from better.tif now. Run the ensemble')
  await studio.writes.settled()
  expect(on.audit?.at(-1)).toMatchObject({
    kind: 'patch-replaced',
    patchId: 't2-new',
    detail: 'slope: t2.h5 replaced by better.tif',
  })
  const again = await opened(on)
  expect(listed(again)).toEqual(['t1', 't2-new'])
  await undo(again)
  expect([listed(again), state(again).view.selectedId]).toEqual([['t1', 't2'], 't2'])
  await redo(again)
  expect(listed(again)).toEqual(['t1', 't2-new'])
  await again.writes.settled()
  expect(on.patches.filter(({ removed }) => removed).map(({ id }) => id)).toEqual(['t2'])
})

test('a judged patch asks first: kept, mask and verdict are on the new file, with what they were made by', async () => {
  const on = disk()
  const studio = await opened(on)
  const painted = await paintAndAccept(studio)
  const given = state(studio).review.verdicts.t2!
  await offerReplacement(studio, file)
  expect(state(studio).shell.dialog).toBe('replace-file')
  expect(listed(studio)).toEqual(['t1', 't2'])
  await settleReplacement(studio, true)
  expect(studio.pixels.masks.get('t2-new')).toEqual(painted)
  const { id: _, ...kept } = { ...given, patchId: 't2-new' }
  expect(state(studio).review.verdicts).toEqual({ 't2-new': { ...kept, id: expect.any(String) } })
  await studio.writes.settled()
  expect([...on.history.values()].at(-1)).toMatchObject({ kind: 'stroke', patchId: 't2-new' })

  const again = await opened(on)
  await selectPatch(again, 't2-new')
  expect(again.pixels.masks.get('t2-new')).toEqual(painted)
  await undo(again)
  expect(state(again).review.verdicts).toEqual({ t2: given })
  expect(again.pixels.masks.get('t2')).toEqual(painted)
  await redo(again)
  expect(Object.keys(state(again).review.verdicts)).toEqual(['t2-new'])
  expect(again.pixels.masks.get('t2-new')).toEqual(painted)
  await again.writes.settled()
  // Written whole a second time, with the pixels of the mask that was kept.
  expect([...on.history.values()].at(-1)?.diff?.start.length).toBeGreaterThan(0)
})

test('where it begins again there is neither mask nor verdict, and undo brings both', async () => {
  const studio = await opened(disk())
  const painted = await paintAndAccept(studio)
  await offerReplacement(studio, file)
  await settleReplacement(studio, false)
  expect(state(studio).review.verdicts).toEqual({})
  expect(studio.pixels.masks.get('t2-new')).toBeUndefined()
  await undo(studio)
  expect(state(studio).review.verdicts.t2?.kind).toBe('corrected')
  expect(studio.pixels.masks.get('t2')).toEqual(painted)
})

test('it is refused for cells, and while an unfinished round needs the patch, in both directions', async () => {
  const on = disk()
  on.unfinished = { id: 'r1' } as Disk['unfinished']
  const studio = await opened(on)
  await offerReplacement(studio, file)
  expect(listed(studio)).toEqual(['t1', 't2'])
  expect(notice(studio)).toContain('unfinished round')
  studio.store.change({ rounds: { unfinished: null } })
  await offerReplacement(studio, file)
  studio.store.change({ rounds: { unfinished: { id: 'r1' } as never } })
  await undo(studio)
  expect(listed(studio)).toEqual(['t1', 't2-new'])
  studio.store.change(({ patches: { list } }) => ({
    rounds: { unfinished: null },
    patches: { list: list.map(patch => ({ ...patch, cell: {} as never })) },
  }))
  await offerReplacement(studio, file)
  expect(notice(studio)).toContain('A cell comes from the files of its scene')
})

test('once the former patch is deleted for good, undo stops before the replacement and the new one stays', async () => {
  const on = disk()
  const studio = await opened(on)
  await paintAndAccept(studio)
  await offerReplacement(studio, file)
  await settleReplacement(studio, true)
  await deleteRemoved(studio)
  await studio.writes.settled()
  const again = await opened(on)
  expect(listed(again)).toEqual(['t1', 't2-new'])
  expect([...on.history.values()].map(({ kind }) => kind)).toEqual(['stroke'])
  await undo(again)
  expect(listed(again)).toEqual(['t1', 't2-new'])
  expect(state(again).review.verdicts).toEqual({})
})

test('once the new patch is deleted for good after undo, there is nothing to redo', async () => {
  const studio = await opened(disk())
  await offerReplacement(studio, file)
  await undo(studio)
  await deleteRemoved(studio)
  await redo(studio)
  expect(listed(studio)).toEqual(['t1', 't2'])
})
