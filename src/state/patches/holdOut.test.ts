import { expect, test } from 'vitest'
import { verdictFixture } from '../../core/review/records.testing'
import type { Verdict, VerdictKind } from '../../core/review/verdict'
import { commandById } from '../commandList'
import { appendStep } from '../review/history'
import { roundObstacle, trainingSets } from '../rounds/selectors'
import { openProject } from '../session/openProject'
import type { Studio } from '../studio'
import { type Disk, emptyDisk, openStudio, patchRecord } from '../studio.testing'
import { selectPatch } from '../view/actions'
import { clearSelection, toggleSelection } from './actions'

async function opened(disk: Disk) {
  const studio = openStudio(disk)
  await openProject(studio)
  studio.store.change({ models: { engine: { status: 'ready', info: { canTrain: true } as never } } })
  return studio
}

function judged(studio: Studio, verdict: Verdict) {
  appendStep(studio, { kind: 'verdict', patchId: verdict.patchId, verdictAfter: verdict }, null)
}

test('accepted masks are labels enough for a round; held-out ones are what it is scored on', async () => {
  const disk = emptyDisk([patchRecord('t1'), patchRecord('t2'), patchRecord('t3')])
  const studio = await opened(disk)
  const state = studio.store.getState
  expect(roundObstacle(state())).toContain('Nothing to learn from')
  const judge = (patchId: string, kind: VerdictKind) => judged(studio, verdictFixture({ patchId, kind }))
  judge('t1', 'unsure')
  expect(roundObstacle(state())).not.toBeNull()
  judge('t1', 'accepted')
  expect(roundObstacle(state())).toBeNull()
  const holdOut = commandById('hold-out')
  await selectPatch(studio, 't1')
  await holdOut.run(studio)
  expect(state().shell.notices.at(-1)?.message).toContain('Nothing would be left to train on')
  expect(state().patches.list.some(patch => patch.heldOut)).toBe(false)
  judge('t2', 'corrected')
  await holdOut.run(studio)
  await studio.writes.settled()
  expect(disk.patches.map(patch => patch.heldOut)).toEqual([true, false, false])
  expect(trainingSets(state())).toEqual({ labels: 0, accepted: 1, tests: 1, learned: 0 })
  expect(disk.audit?.at(-1)).toMatchObject({ kind: 'held-out', patchId: 't1' })
})

test('the selection is held out together, and taken in again; a test set of the event comes before labels', async () => {
  const disk = emptyDisk([
    patchRecord('s1', { hasLabel: true, domain: 'source', heldOut: true }),
    patchRecord('s2', { hasLabel: true, domain: 'source' }),
    patchRecord('t3'),
  ])
  const studio = await opened(disk)
  const state = studio.store.getState
  expect(trainingSets(state())).toMatchObject({ labels: 1, tests: 1 })
  studio.store.change({
    rounds: { list: [{ sourcePatchIds: ['s1'], targetPatchIds: ['t3'] }] as never },
  })
  judged(studio, verdictFixture({ patchId: 't3' }))
  const holdOut = commandById('hold-out')
  toggleSelection(studio, ['s1', 't3'])
  expect(holdOut.isOn!(state())).toBe(false)
  await holdOut.run(studio)
  expect(holdOut.isOn!(state())).toBe(true)
  // The first was held out before: nothing was done to it.
  await studio.writes.settled()
  expect(disk.audit?.filter(({ kind }) => kind === 'held-out').map(({ patchId }) => patchId)).toEqual(['t3'])
  expect(state().shell.notices.at(-1)?.message).toMatch(/^1 patch held out: .* train on it\.$/)
  expect(trainingSets(state())).toEqual({ labels: 1, accepted: 0, tests: 1, learned: 1 })
  await holdOut.run(studio)
  clearSelection(studio)
  expect(trainingSets(state())).toEqual({ labels: 2, accepted: 1, tests: 0, learned: 0 })
})

test('undo takes holding out back, of all at once, also after a reload; the log says both', async () => {
  const disk = emptyDisk([
    patchRecord('s1', { hasLabel: true, domain: 'source' }),
    patchRecord('s2', { hasLabel: true, domain: 'source', heldOut: true }),
    patchRecord('s3', { hasLabel: true, domain: 'source' }),
    patchRecord('s4', { hasLabel: true, domain: 'source' }),
  ])
  const studio = await opened(disk)
  toggleSelection(studio, ['s1', 's2', 's3'])
  await commandById('hold-out').run(studio)
  await studio.writes.settled()
  const again = await opened(disk)
  const heldOut = () =>
    again.store.getState().patches.list.flatMap(({ id, heldOut: out }) => (out ? [id] : []))
  expect(heldOut()).toEqual(['s1', 's2', 's3'])
  await commandById('undo').run(again)
  expect(heldOut()).toEqual(['s2'])
  await commandById('redo').run(again)
  expect(heldOut()).toEqual(['s1', 's2', 's3'])
  await commandById('undo').run(again)
  await again.writes.settled()
  expect(disk.patches.map(patch => patch.heldOut)).toEqual([false, true, false, false])
  expect(disk.audit?.map(({ kind }) => kind)).toEqual([
    ...['held-out', 'held-out'],
    ...['undo', 'undo', 'redo', 'redo', 'undo', 'undo'],
  ])
  // A later step drops what could be redone, and no mask is made of it.
  await selectPatch(again, 's4')
  await commandById('hold-out').run(again)
  await again.writes.settled()
  expect([disk.history.size, disk.masks.size]).toEqual([1, 0])
})

test('a patch that nothing is known of is held out with the word that it needs an accepted mask', async () => {
  const studio = await opened(
    emptyDisk([patchRecord('s1', { hasLabel: true, domain: 'source' }), patchRecord('t1')]),
  )
  toggleSelection(studio, ['t1'])
  await commandById('hold-out').run(studio)
  expect(studio.store.getState().shell.notices.at(-1)?.message).toContain('need an accepted mask')
})
