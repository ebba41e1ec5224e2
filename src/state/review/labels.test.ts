import { expect, test } from 'vitest'
import { isAvailable, whyOff } from '../command'
import { commandById } from '../commandList'
import { beginStroke } from '../edit/tools'
import { DEFAULT_EXPORT_STATES, exportPatchIds, patchesByMaskState } from '../patches/exportMasks'
import { openProject } from '../session/openProject'
import type { Studio } from '../studio'
import { type Disk, emptyDisk, openStudio, patchRecord, SIDE } from '../studio.testing'
import { selectPatch } from '../view/actions'
import { redo, undo } from './undoRedo'

/** A source patch whose label is landslide in its first row, and one to map. */
function disk(): Disk {
  const label = Uint8Array.from({ length: SIDE * SIDE }, (_, index) => (index < SIDE ? 1 : 0))
  return {
    ...emptyDisk([patchRecord('s1', { hasLabel: true, domain: 'source' }), patchRecord('t2')]),
    labels: new Map([['s1', label]]),
  }
}

async function opened(on: Disk): Promise<Studio> {
  const studio = openStudio(on)
  await openProject(studio)
  await selectPatch(studio, 's1')
  studio.store.change({ edit: { tool: 'brush', brushRadius: 0.5 } })
  return studio
}

function dab(studio: Studio, column: number, row: number, value: 0 | 1 = 1) {
  studio.store.change({ edit: { tool: value === 1 ? 'brush' : 'erase' } })
  const stroke = beginStroke(studio)
  stroke?.moveTo({ column: column + 0.5, row: row + 0.5 })
  stroke?.finish()
}

const landslides = (studio: Studio) =>
  studio.pixels.masks.get('s1')!.reduce((count, value) => count + value, 0)
const verdict = (studio: Studio) => studio.store.getState().review.verdicts.s1
const can = (studio: Studio, id: string) => isAvailable(studio.store.getState(), commandById(id))
const run = (studio: Studio, id: string) => commandById(id).run(studio)

test('a painted label is the analyst’s once it is accepted, also after a reload; the file keeps its own', async () => {
  const on = disk()
  const studio = await opened(on)
  expect(['accept', 'reject', 'restore-label'].filter(id => can(studio, id))).toEqual([])
  expect(whyOff(studio.store.getState(), commandById('accept'))).toContain('Paint to correct')
  dab(studio, 4, 4)
  expect(landslides(studio)).toBe(SIDE + 1)
  expect(verdict(studio)).toBeUndefined()
  await run(studio, 'accept')
  expect(verdict(studio)).toMatchObject({
    kind: 'label-corrected',
    agreement: { kept: SIDE, added: 1, removed: 0, pixels: SIDE * SIDE },
    modelIds: [],
    prediction: null,
  })
  // It stays on the label: the queue is of the target.
  expect(studio.store.getState().view.selectedId).toBe('s1')
  await studio.writes.settled()
  expect(on.labels?.get('s1')?.reduce((count, value) => count + value, 0)).toBe(SIDE)
  expect(on.audit?.at(-1)).toMatchObject({ verdict: 'label-corrected', detail: 'Label corrected' })

  const again = await opened(on)
  expect([landslides(again), verdict(again)?.kind]).toEqual([SIDE + 1, 'label-corrected'])
  await undo(again)
  expect(verdict(again)).toBeUndefined()
  await undo(again)
  expect(landslides(again)).toBe(SIDE)
})

test('the label of the file comes back with one command, which can be undone and painted on', async () => {
  const on = disk()
  const studio = await opened(on)
  dab(studio, 4, 4)
  dab(studio, 0, 0, 0)
  await run(studio, 'accept')
  await run(studio, 'restore-label')
  expect([landslides(studio), verdict(studio)]).toEqual([SIDE, undefined])
  expect(can(studio, 'restore-label')).toBe(false)
  expect(can(studio, 'accept')).toBe(false)
  await studio.writes.settled()
  expect(landslides(await opened(on))).toBe(SIDE)

  await undo(studio)
  expect(verdict(studio)?.kind).toBe('label-corrected')
  expect(studio.pixels.masks.get('s1')?.[0]).toBe(0)
  await redo(studio)
  dab(studio, 5, 5)
  await studio.writes.settled()
  const again = await opened(on)
  expect(landslides(again)).toBe(SIDE + 1)
  await undo(again)
  await undo(again)
  expect(again.pixels.masks.get('s1')?.[0]).toBe(0)
  expect(verdict(again)?.kind).toBe('label-corrected')
})

test('a label that was painted back to what it was is not accepted, and one that is as in its file leaves no export', async () => {
  const studio = await opened(disk())
  expect(patchesByMaskState(studio.store.getState())).toMatchObject({ predicted: [], none: ['t2'] })
  dab(studio, 4, 4)
  expect(patchesByMaskState(studio.store.getState()).painted).toEqual(['s1'])
  dab(studio, 4, 4, 0)
  await run(studio, 'accept')
  expect(verdict(studio)).toBeUndefined()
  expect(studio.store.getState().shell.notices.at(-1)?.message).toContain('nothing to accept')
  dab(studio, 4, 4)
  await run(studio, 'accept')
  const state = studio.store.getState()
  expect(patchesByMaskState(state)['label-corrected']).toEqual(['s1'])
  const all = (states = DEFAULT_EXPORT_STATES) => exportPatchIds(state, { scope: 'all', states })
  expect([all(), all(['label-corrected'])]).toEqual([[], ['s1']])
  // It is no work of the queue.
  expect(state.review.verdicts).toHaveProperty('s1')
  await run(studio, 'clear-verdict')
  expect([verdict(studio), landslides(studio)]).toEqual([undefined, SIDE + 1])
})
