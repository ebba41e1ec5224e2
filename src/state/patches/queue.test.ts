import { expect, test } from 'vitest'
import { commandById } from '../commandList'
import { auditProgress, reviewProgress } from '../review/selectors'
import { giveVerdict, skipPatch } from '../review/verdicts'
import { openProject } from '../session/openProject'
import type { Studio } from '../studio'
import { type Disk, emptyDisk, openStudio, patchRecord } from '../studio.testing'
import { selectPatch } from '../view/actions'
import {
  drawAudit,
  orderQueue,
  searchQueue,
  selectUpTo,
  sortAgain,
  toggleSelection,
  writeNote,
} from './actions'
import { chosenOrShown, chosenPatches, neighbour, queueIsStale, reasonFor, visiblePatches } from './selectors'

const scores = (disagreement: number) => ({
  disagreement,
  entropy: disagreement / 2,
  confidence: 1 - disagreement,
})

/** Three to review, the third most in doubt, and a labelled one in front. */
const disk = (): Disk =>
  emptyDisk([
    patchRecord('s0', { hasLabel: true, domain: 'source' }),
    patchRecord('t1', { scores: scores(0.2), predictedBy: ['a', 'b'] }),
    patchRecord('t2', { scores: scores(0.1), predictedBy: ['a', 'b'] }),
    patchRecord('t3', { scores: scores(0.9), predictedBy: ['a', 'b'] }),
  ])

async function opened(on: Disk = disk()): Promise<Studio> {
  const studio = openStudio(on)
  await openProject(studio)
  return studio
}

const state = (studio: Studio) => studio.store.getState()
const listed = (studio: Studio) => visiblePatches(state(studio)).map(patch => patch.id)

test('the list, the keys, a verdict and a skip follow the queue', async () => {
  const studio = await opened()
  expect(listed(studio)).toEqual(['s0', 't1', 't2', 't3'])
  orderQueue(studio, 'disagreement')
  expect(listed(studio)).toEqual(['t3', 't1', 't2', 's0'])
  await selectPatch(studio, 't3')
  expect(neighbour(state(studio), 1)?.id).toBe('t1')
  expect(reasonFor(state(studio), state(studio).patches.list[3]!)).toBe(
    'Networks differ by 0.90 in its worst 1 %',
  )
  await giveVerdict(studio, 'accepted')
  expect(state(studio).view.selectedId).toBe('t1')
  await skipPatch(studio)
  expect(state(studio).view.selectedId).toBe('t2')
  await skipPatch(studio)
  // Round the end, past the one that is judged.
  expect(state(studio).view.selectedId).toBe('t1')
})

test('new scores move nothing until asked, a finished round sorts, and a reload keeps the order', async () => {
  const on = disk()
  const studio = await opened(on)
  orderQueue(studio, 'disagreement')
  on.patches = on.patches.map(patch => (patch.id === 't2' ? { ...patch, scores: scores(1) } : patch))
  studio.store.change({ patches: { list: on.patches } })
  expect(listed(studio)).toEqual(['t3', 't1', 't2', 's0'])
  expect(queueIsStale(state(studio))).toBe(true)
  expect(listed(await opened(on))).toEqual(['t3', 't1', 't2', 's0'])
  sortAgain(studio)
  expect(listed(studio)).toEqual(['t2', 't3', 't1', 's0'])
  expect(queueIsStale(state(studio))).toBe(false)
  studio.store.change({ patches: { list: on.patches.map(patch => ({ ...patch, scores: scores(0) })) } })
  studio.store.change({ rounds: { list: [{ id: 'r', index: 1, networks: [], verdictIds: [] }] as never } })
  expect(listed(studio)).toEqual(['t1', 't2', 't3', 's0'])
})

test('the first scores sort a queue that was to be by scores and had none', async () => {
  const on = emptyDisk([patchRecord('t1'), patchRecord('t2')])
  const studio = await opened(on)
  orderQueue(studio, 'entropy')
  const predict = { kind: 'predict' as const, progress: null, cancelling: false }
  studio.store.change({ shell: { jobs: { predict } } })
  studio.store.change(({ patches: { list: patches } }) => ({
    patches: { list: patches.map(patch => ({ ...patch, scores: scores(patch.id === 't2' ? 0.8 : 0.1) })) },
  }))
  expect(listed(studio)).toEqual(['t1', 't2'])
  studio.store.change({ shell: { jobs: {} } })
  expect(listed(studio)).toEqual(['t2', 't1'])
})

test('search by name, verdict, round and disagreement; a judged patch leaves the list and the next one comes', async () => {
  const studio = await opened()
  searchQueue(studio, { text: 'T2' })
  expect(listed(studio)).toEqual(['t2'])
  searchQueue(studio, { text: '', disagreement: 0.2 })
  expect(listed(studio)).toEqual(['t1', 't3'])
  searchQueue(studio, { disagreement: 0, verdict: 'none' })
  await selectPatch(studio, 't1')
  await giveVerdict(studio, 'unsure')
  expect(listed(studio)).toEqual(['t2', 't3'])
  expect(state(studio).view.selectedId).toBe('t2')
  searchQueue(studio, { verdict: 'unsure' })
  expect(listed(studio)).toEqual(['t1'])
  searchQueue(studio, { round: 'starters' })
  expect(listed(studio)).toEqual(['t1'])
  searchQueue(studio, { round: 'another' })
  expect(listed(studio)).toEqual([])
})

test('a note stays with the patch over a reload, and a verdict keeps it as it was', async () => {
  const on = disk()
  const studio = await opened(on)
  await selectPatch(studio, 't1')
  writeNote(studio, 't1', ' old scar? ')
  await giveVerdict(studio, 'unsure')
  writeNote(studio, 't1', 'a new one')
  await studio.writes.settled()
  const again = await opened(on)
  expect(state(again).patches.list.find(patch => patch.id === 't1')?.note).toBe('a new one')
  expect(state(again).review.verdicts.t1?.note).toBe('old scar?')
})

test('progress counts patches, pixels and kinds; the audit says what its reviewed part says', async () => {
  const studio = await opened()
  drawAudit(studio, 3, 4)
  studio.store.change({ review: { autoAdvance: false } })
  await selectPatch(studio, 't1')
  await giveVerdict(studio, 'accepted')
  await selectPatch(studio, 't2')
  await giveVerdict(studio, 'rejected')
  expect(reviewProgress(state(studio))).toEqual({
    total: 3,
    reviewed: 2,
    byKind: { accepted: 1, corrected: 0, 'label-corrected': 0, rejected: 1, unsure: 0 },
    pixelShare: 2 / 3,
  })
  const audit = auditProgress(state(studio))
  expect(audit).toMatchObject({ size: 3, reviewed: 2, withoutMask: 1 })
  expect(audit.estimate).toMatchObject({ patches: 1, changed: 0, pixels: 64 })
  orderQueue(studio, 'random')
  expect(reasonFor(state(studio), visiblePatches(state(studio))[0]!)).toContain(
    '1 of 3: drawn at random (seed 4)',
  )
})

test('patches are selected one by one, by a range of the list, or all that it shows', async () => {
  const studio = await opened()
  const chosen = () => chosenPatches(state(studio)).map(patch => patch.id)
  await selectPatch(studio, 't3')
  expect(chosenOrShown(state(studio)).map(patch => patch.id)).toEqual(['t3'])
  commandById('select-patch').run(studio)
  expect(commandById('select-patch').isOn!(state(studio))).toBe(true)
  selectUpTo(studio, 't2')
  expect(chosen()).toEqual(['t2', 't3'])
  toggleSelection(studio, ['t2', 't3'])
  expect(chosen()).toEqual([])
  searchQueue(studio, { text: 't' })
  commandById('select-all').run(studio)
  expect(chosen()).toEqual(['t1', 't2', 't3'])
  // One that leaves the project leaves the selection.
  studio.store.change({ patches: { list: state(studio).patches.list.filter(patch => patch.id !== 't2') } })
  expect(chosen()).toEqual(['t1', 't3'])
  commandById('deselect-all').run(studio)
  expect(chosen()).toEqual([])
})
