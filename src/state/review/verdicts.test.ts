import { expect, test } from 'vitest'
import { beginStroke } from '../edit/tools'
import { openProject } from '../session/openProject'
import type { Studio } from '../studio'
import { emptyDisk, openStudio, patchRecord, SIDE } from '../studio.testing'
import { selectPatch } from '../view/actions'
import { landslideShare } from './masks'
import { setThreshold } from './threshold'
import { redo, undo } from './undoRedo'
import { giveVerdict } from './verdicts'

async function opened(disk = emptyDisk([patchRecord('t1'), patchRecord('t2')])) {
  const studio = openStudio(disk)
  await openProject(studio)
  return { studio, disk }
}

function paint(studio: Studio, column: number, row: number, tool: 'brush' | 'erase' = 'brush') {
  studio.store.change({ edit: { tool, brushRadius: 0.5 } })
  const stroke = beginStroke(studio)
  stroke?.moveTo({ column: column + 0.5, row: row + 0.5 })
  stroke?.finish()
}

const shown = (studio: Studio, id = 't1') => [...(studio.pixels.masks.get(id) ?? [])]
const state = (studio: Studio) => studio.store.getState()

test('the mask is the ensemble at the threshold, and follows it', async () => {
  const { studio, disk } = await opened()
  expect(landslideShare(studio.pixels.masks.get('t1')!)).toBe(4 / SIDE)
  setThreshold(studio, 0.75)
  expect(landslideShare(studio.pixels.masks.get('t1')!)).toBe(2 / SIDE)
  await new Promise(resolve => setTimeout(resolve, 200))
  await studio.writes.settled()
  expect(disk.threshold).toBe(0.75)
})

test('a painted mask no longer follows the threshold, an undone one does again', async () => {
  const { studio } = await opened()
  paint(studio, 0, 0)
  const painted = shown(studio)
  setThreshold(studio, 0.9)
  expect(shown(studio)).toEqual(painted)
  await undo(studio)
  expect(shown(studio).reduce((sum, value) => sum + value, 0)).toBe(0)
  await redo(studio)
  expect(shown(studio)[0]).toBe(1)
})

test('painting after a verdict takes the verdict back, and one undo brings both back', async () => {
  const { studio } = await opened()
  await giveVerdict(studio, 'accepted')
  await selectPatch(studio, 't1')
  expect(state(studio).review.verdicts.t1?.kind).toBe('accepted')
  const accepted = shown(studio)
  paint(studio, 0, 0)
  expect(state(studio).review.verdicts.t1).toBeUndefined()
  await undo(studio)
  expect(state(studio).review.verdicts.t1?.kind).toBe('accepted')
  expect(shown(studio)).toEqual(accepted)
})

test('accepting after a stroke says corrected, goes on to the next patch, and freezes what was shown', async () => {
  const { studio, disk } = await opened()
  paint(studio, 0, 0)
  const mask = shown(studio)
  await giveVerdict(studio, 'accepted')
  await studio.writes.settled()
  expect(state(studio).view.selectedId).toBe('t2')
  expect(disk.history.get(2)).toMatchObject({
    kind: 'verdict',
    verdictAfter: { patchId: 't1', kind: 'corrected', threshold: 0.5 },
  })
  expect([...disk.masks.get('t1')!]).toEqual(mask)
})

test('a verdict redone at another threshold brings back the mask that was judged', async () => {
  const { studio } = await opened()
  const accepted = shown(studio)
  await giveVerdict(studio, 'accepted')
  await undo(studio)
  expect(state(studio).review.verdicts.t1).toBeUndefined()
  setThreshold(studio, 0.9)
  expect(shown(studio)).not.toEqual(accepted)
  await redo(studio)
  expect(state(studio).review.verdicts.t1?.kind).toBe('accepted')
  expect(shown(studio)).toEqual(accepted)
})

test('a reload finds masks, verdicts, undo stack, threshold, selection and view again', async () => {
  const { studio, disk } = await opened()
  paint(studio, 0, 0)
  paint(studio, 1, 0)
  await undo(studio)
  await selectPatch(studio, 't2')
  await giveVerdict(studio, 'rejected')
  await selectPatch(studio, 't1')
  studio.store.change({ layers: { baseLayer: 'swir', maskOpacity: 0.6 } })
  await studio.writes.settled()

  const again = openStudio(disk)
  await openProject(again)
  expect(state(again)).toMatchObject({
    view: { selectedId: 't1' },
    layers: { baseLayer: 'swir', maskOpacity: 0.6 },
  })
  expect(state(again).review.verdicts.t2?.kind).toBe('rejected')
  expect(shown(again)).toEqual(shown(studio))
  await undo(again)
  expect(state(again).review.verdicts.t2).toBeUndefined()
  await undo(again)
  expect(shown(again)[0]).toBe(0)
})

test('a new step after an undo drops what could have been redone, on disk too', async () => {
  const { studio, disk } = await opened()
  paint(studio, 0, 0)
  await undo(studio)
  paint(studio, 2, 2)
  await studio.writes.settled()
  expect([...disk.history.keys()]).toEqual([2])
  await redo(studio)
  expect(shown(studio)[0]).toBe(0)
})

test('a labelled patch is neither painted nor judged', async () => {
  const { studio, disk } = await opened(emptyDisk([patchRecord('s1', { hasLabel: true, domain: 'source' })]))
  paint(studio, 0, 0)
  await giveVerdict(studio, 'accepted')
  await studio.writes.settled()
  expect(disk.history.size).toBe(0)
})

test('a stroke that is taken back by the system leaves nothing behind', async () => {
  const { studio } = await opened()
  const before = shown(studio)
  studio.store.change({ edit: { tool: 'brush' } })
  const stroke = beginStroke(studio)
  stroke?.moveTo({ column: 1, row: 1 })
  expect(shown(studio)).not.toEqual(before)
  stroke?.abandon()
  expect(shown(studio)).toEqual(before)
  expect(state(studio).review.history).toHaveLength(0)
})
