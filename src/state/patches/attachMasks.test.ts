import { expect, test } from 'vitest'
import { beginStroke } from '../edit/tools'
import { redo, undo } from '../review/undoRedo'
import { giveVerdict } from '../review/verdicts'
import { hasTruth } from '../rounds/selectors'
import { openProject } from '../session/openProject'
import type { Studio } from '../studio'
import { type Disk, emptyDisk, openStudio, patchRecord, SIDE } from '../studio.testing'
import { selectPatch } from '../view/actions'
import { attachMasks, offerImportedMasks, offerMaskFile } from './attachMasks'
import { patchById } from './selectors'

const disk = () => emptyDisk([patchRecord('t1'), patchRecord('t2')])

/** Landslide in its first two rows. */
const given = () => Uint8Array.from({ length: SIDE * SIDE }, (_, index) => (index < 2 * SIDE ? 1 : 0))

async function opened(on: Disk): Promise<Studio> {
  const studio = openStudio(on)
  await openProject(studio)
  // The worker that decodes files has tests of its own.
  const call = studio.files.call as (...asked: unknown[]) => Promise<unknown>
  studio.files.call = (async (method: string, request: { masks: { path: string; patchId: string }[] }) =>
    method === 'readMasks'
      ? { masks: request.masks.map(one => ({ ...one, mask: given(), notes: [] })), refused: [] }
      : call(method, request)) as never
  await selectPatch(studio, 't1')
  return studio
}

const state = (studio: Studio) => studio.store.getState()
const mask = (studio: Studio, id = 't1') => studio.pixels.masks.get(id)
const file = { path: 'field/mask_1.tif', file: new Blob() }

test('a mask attached as a label makes a source patch of it; undo gives back the painted and judged target', async () => {
  const on = disk()
  const studio = await opened(on)
  studio.store.change({ edit: { tool: 'brush', brushRadius: 0.5 } })
  const stroke = beginStroke(studio)
  stroke?.moveTo({ column: 0.5, row: 5.5 })
  stroke?.finish()
  await giveVerdict(studio, 'accepted')
  await selectPatch(studio, 't1')
  const painted = mask(studio)!.slice()
  await offerMaskFile(studio, file)
  expect(state(studio).shell.dialog).toBe('attach-masks')
  expect(state(studio).patches.waitingMasks).toMatchObject([{ patchId: 't1', share: 0.25 }])
  await attachMasks(studio, 'label')
  expect(patchById(state(studio), 't1')).toMatchObject({ hasLabel: true, domain: 'source' })
  expect(mask(studio)).toEqual(given())
  expect(state(studio).review.verdicts.t1).toBeUndefined()
  await studio.writes.settled()
  expect(on.audit?.at(-1)).toMatchObject({
    kind: 'mask-attached',
    patchId: 't1',
    detail: expect.stringContaining(file.path),
  })

  const again = await opened(on)
  expect(mask(again)).toEqual(given())
  expect(hasTruth(state(again), patchById(state(again), 't1')!)).toBe(true)
  await undo(again)
  expect(patchById(state(again), 't1')).toMatchObject({ hasLabel: false, domain: 'target' })
  expect(state(again).review.verdicts.t1?.kind).toBe('corrected')
  expect(mask(again)).toEqual(painted)
  await redo(again)
  expect(mask(again)).toEqual(given())
  expect(again.pixels.pixels.get('t1')?.label).toEqual(given())
  await again.writes.settled()
  expect(on.patches[0]).toMatchObject({ hasLabel: true, domain: 'source' })
})

test('a mask attached as a correction is judged corrected and is that of no model, through reload, undo and redo', async () => {
  const on = disk()
  const studio = await opened(on)
  const predicted = mask(studio)!.slice()
  await offerMaskFile(studio, file)
  await attachMasks(studio, 'correction')
  expect(state(studio).review.verdicts.t1).toMatchObject({
    kind: 'corrected',
    prediction: null,
    modelIds: [],
  })
  await studio.writes.settled()
  const again = await opened(on)
  expect(mask(again)).toEqual(given())
  expect([...on.history.values()].at(-1)?.base).toMatchObject({ file: file.path, prediction: null })
  await undo(again)
  expect([mask(again), state(again).review.verdicts]).toEqual([predicted, {}])
  await redo(again)
  expect(mask(again)).toEqual(given())
})

test('masks that an import met are attached together, undone as one, and the report asks no more', async () => {
  const studio = await opened(disk())
  const masks = ['t1', 't2'].map(patchId => ({ path: `mask/${patchId}.h5`, patchId }))
  const remarks = masks.map(({ path }) => ({ path, reason: 'mask-to-attach' as const, message: '' }))
  const importOutcome = { added: 0, remarks, refused: [], files: [file], images: [], masks }
  studio.store.change({ patches: { importOutcome } })
  await offerImportedMasks(studio)
  await attachMasks(studio, 'label')
  expect(state(studio).patches.list.map(({ domain }) => domain)).toEqual(['source', 'source'])
  expect(state(studio).patches.importOutcome).toMatchObject({ remarks: [], masks: [] })
  await undo(studio)
  expect(state(studio).patches.list.map(({ domain }) => domain)).toEqual(['target', 'target'])
})

test('no patch becomes a source, nor stops being one, while an unfinished round has it as a target', async () => {
  const on = { ...disk(), unfinished: { id: 'r1' } as Disk['unfinished'] }
  const studio = await opened(on)
  await offerMaskFile(studio, file)
  await attachMasks(studio, 'label')
  expect(patchById(state(studio), 't1')?.hasLabel).toBe(false)
  expect(state(studio).shell.notices.at(-1)?.message).toContain('unfinished round')
  studio.store.change({ rounds: { unfinished: null } })
  await attachMasks(studio, 'label')
  studio.store.change({ rounds: { unfinished: { id: 'r1' } as never } })
  await undo(studio)
  expect(patchById(state(studio), 't1')?.hasLabel).toBe(true)
})
