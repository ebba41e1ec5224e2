import { expect, test } from 'vitest'
import { AppError } from '../../core/foundation/appError'
import { beginStroke } from '../edit/tools'
import { openProject } from '../session/openProject'
import type { Studio } from '../studio'
import { emptyDisk, openStudio, patchRecord, SIDE } from '../studio.testing'
import { selectPatch } from '../view/actions'
import { appendStep } from './history'
import { landslideShare } from './masks'
import { setThreshold } from './threshold'
import { redo, undo } from './undoRedo'
import { bulkAccept, clearVerdict, confidentPatches, giveVerdict, judgeSelected } from './verdicts'

const scores = (disagreement: number) => ({
  disagreement,
  entropy: disagreement / 2,
  confidence: 1 - disagreement,
})

/** Three to review, the third most in doubt, and a labelled one in front. */
const threeTargets = () =>
  emptyDisk([
    patchRecord('s0', { hasLabel: true, domain: 'source' }),
    patchRecord('t1', { scores: scores(0.2), predictedBy: ['a', 'b'] }),
    patchRecord('t2', { scores: scores(0.1), predictedBy: ['a', 'b'] }),
    patchRecord('t3', { scores: scores(0.9), predictedBy: ['a', 'b'] }),
  ])

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

test('accepting after a stroke says corrected, shows the next patch, and freezes what was shown', async () => {
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

test('a labelled patch is not judged', async () => {
  const { studio, disk } = await opened(emptyDisk([patchRecord('s1', { hasLabel: true, domain: 'source' })]))
  for (const asked of ['accepted', 'rejected', 'unsure'] as const) await giveVerdict(studio, asked)
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

test('auto-advance can be switched off', async () => {
  const { studio } = await opened(threeTargets())
  await selectPatch(studio, 't1')
  studio.store.change({ review: { autoAdvance: false } })
  await giveVerdict(studio, 'accepted')
  expect(state(studio).view.selectedId).toBe('t1')
})

test('a cleared verdict lets the mask follow the threshold, and one undo brings back mask and verdict', async () => {
  const { studio } = await opened(threeTargets())
  await selectPatch(studio, 't1')
  studio.store.change({ review: { autoAdvance: false } })
  await giveVerdict(studio, 'accepted')
  const judged = [...studio.pixels.masks.get('t1')!]
  setThreshold(studio, 0.9)
  expect([...studio.pixels.masks.get('t1')!]).toEqual(judged)
  await clearVerdict(studio)
  expect(state(studio).review.verdicts.t1).toBeUndefined()
  expect([...studio.pixels.masks.get('t1')!]).not.toEqual(judged)
  setThreshold(studio, 0.2)
  await undo(studio)
  expect(state(studio).review.verdicts.t1).toMatchObject({ kind: 'accepted', threshold: 0.5 })
  expect([...studio.pixels.masks.get('t1')!]).toEqual(judged)
})

test('bulk accept takes the sure and unreviewed ones, freezes their masks, and is one step', async () => {
  const { studio, disk } = await opened(threeTargets())
  await selectPatch(studio, 't3')
  const sure = confidentPatches(state(studio), 0.5).map(patch => patch.id)
  expect(sure).toEqual(['t2', 't1'])
  expect(await bulkAccept(studio, sure)).toBe(2)
  expect(state(studio).view.selectedId).toBe('t3')
  await studio.writes.settled()
  const given = [...disk.history.values()].map(step => step.verdictAfter)
  expect(given.map(verdict => verdict?.patchId)).toEqual(['t2', 't1'])
  expect(given[0]?.agreement).toEqual({ kept: 32, added: 0, removed: 0, pixels: 64 })
  expect([...disk.masks.get('t2')!].filter(value => value === 1)).toHaveLength(32)
  await undo(studio)
  expect(state(studio).review.verdicts).toEqual({})
  await redo(studio)
  expect(Object.keys(state(studio).review.verdicts).sort()).toEqual(['t1', 't2'])
  expect(state(studio).review.history.some(step => step.undone)).toBe(false)
})

test('bulk accept of many writes masks before their steps, and many steps at once', async () => {
  const many = Array.from({ length: 150 }, (_, index) =>
    patchRecord(`t${index + 1}`, { scores: scores(0.1), predictedBy: ['a', 'b'] }),
  )
  const { studio, disk } = await opened(emptyDisk(many))
  let writes = 0
  let early = 0
  const { putHistory } = studio.storage
  studio.storage.putHistory = async steps => {
    writes++
    early += steps.filter(({ patchId }) => !disk.masks.has(patchId)).length
    await putHistory(steps)
  }
  expect(
    await bulkAccept(
      studio,
      many.map(({ id }) => id),
    ),
  ).toBe(150)
  await studio.writes.settled()
  expect([disk.masks.size, disk.history.size]).toEqual([150, 150])
  expect(early).toBe(0)
  expect(writes).toBe(3)
  await undo(studio)
  await studio.writes.settled()
  expect([...disk.history.values()].every(({ undone }) => undone)).toBe(true)
  expect(writes).toBe(6)
})

test('a disk that takes one mask and not the next holds back the steps of both, until it is tried again', async () => {
  const { studio, disk } = await opened(threeTargets())
  await selectPatch(studio, 't3')
  const { writeMask } = studio.storage
  let full = true
  studio.storage.writeMask = async (patchId, ...rest) => {
    if (full && patchId === 't2') throw new AppError('storage-full', 'No room.')
    await writeMask(patchId, ...rest)
  }
  expect(await bulkAccept(studio, ['t1', 't2'])).toBe(2)
  await expect(studio.writes.settled()).rejects.toMatchObject({ code: 'storage-full' })
  expect([...disk.masks.keys()]).toEqual(['t1'])
  expect(disk.history.size).toBe(0)
  expect(state(studio).session.unsaved?.full).toBe(true)
  full = false
  expect(await studio.writes.retry()).toBe(true)
  expect([...disk.masks.keys()]).toEqual(['t1', 't2'])
  expect(disk.history.size).toBe(2)
})

test('bulk accept that is cancelled accepts none, and its cancelled undo takes none back', async () => {
  const { studio } = await opened(threeTargets())
  const cancelAtOnce = async (work: Promise<unknown>) => {
    studio.jobs.cancel('review')
    await work
  }
  await cancelAtOnce(bulkAccept(studio, ['t1', 't2']))
  expect(state(studio).review.verdicts).toEqual({})
  expect(state(studio).review.history).toEqual([])

  expect(await bulkAccept(studio, ['t1', 't2'])).toBe(2)
  const undoing = undo(studio)
  // The undo begins behind what was asked for before it.
  await Promise.resolve()
  await cancelAtOnce(undoing)
  expect(Object.keys(state(studio).review.verdicts)).toHaveLength(2)
  expect(state(studio).review.history.some(step => step.undone)).toBe(false)
  await undo(studio)
  expect(state(studio).review.verdicts).toEqual({})
})

test('a group that is no longer the last step stays as it is', async () => {
  const { studio } = await opened(threeTargets())
  await selectPatch(studio, 't3')
  await bulkAccept(studio, ['t1', 't2'])
  const verdictAfter = { ...state(studio).review.verdicts.t1!, patchId: 't3' }
  const undoing = undo(studio)
  await Promise.resolve()
  appendStep(studio, { kind: 'verdict', patchId: 't3', verdictBefore: null, verdictAfter }, null)
  await undoing
  expect(Object.keys(state(studio).review.verdicts).sort()).toEqual(['t1', 't2', 't3'])
})

test('selected patches are judged in one step, whatever was said of them before; labels are left out', async () => {
  const disk = emptyDisk([
    patchRecord('t1'),
    patchRecord('t2'),
    patchRecord('t3'),
    patchRecord('t4'),
    patchRecord('s5', { hasLabel: true, domain: 'source' }),
  ])
  disk.probabilities.delete('t4/ensemble')
  const studio = openStudio(disk)
  await openProject(studio)
  await giveVerdict(studio, 'accepted')
  const verdicts = () =>
    Object.fromEntries(
      Object.values(studio.store.getState().review.verdicts).map(({ patchId, kind }) => [patchId, kind]),
    )
  expect(verdicts()).toEqual({ t1: 'accepted' })
  studio.store.change({ patches: { selection: ['t1', 't2', 't4', 's5'] } })
  await judgeSelected(studio, 'rejected')
  expect(verdicts()).toEqual({ t1: 'rejected', t2: 'rejected' })
  const said = studio.store.getState().shell.notices.at(-1)?.message
  expect(said).toBe('Rejected 2 patches. 1 had no mask. One undo reverts it all.')
  await undo(studio)
  expect(verdicts()).toEqual({ t1: 'accepted' })
  await redo(studio)
  expect(verdicts()).toEqual({ t1: 'rejected', t2: 'rejected' })
  await judgeSelected(studio, 'unsure')
  await judgeSelected(studio, 'accepted')
  expect(verdicts()).toEqual({ t1: 'accepted', t2: 'accepted' })
  await undo(studio)
  expect(verdicts()).toEqual({ t1: 'unsure', t2: 'unsure' })
  await studio.writes.settled()
  expect(disk.audit?.map(({ kind, patchId }) => `${kind} ${patchId}`).slice(1, 3)).toEqual([
    'verdict t1',
    'verdict t2',
  ])
})
