import { expect, test } from 'vitest'
import { openProject } from '../session/openProject'
import type { Studio } from '../studio'
import { emptyDisk, openStudio, patchRecord, SIDE } from '../studio.testing'
import { beginAudit, bulkCandidates, readShares } from './bulkCandidates'
import { confidentPatches, giveVerdict } from './verdicts'

const scores = (confidence: number) => ({ disagreement: 0, entropy: 0, confidence })

/** Three to review: the surest of them, t2, holds no landslide. */
async function opened(): Promise<Studio> {
  const disk = emptyDisk([
    patchRecord('s0', { hasLabel: true, domain: 'source' }),
    patchRecord('t1', { scores: scores(0.9) }),
    patchRecord('t2', { scores: scores(1) }),
    patchRecord('t3', { scores: scores(0.4) }),
  ])
  disk.probabilities.set('t2/ensemble', new Float32Array(SIDE * SIDE))
  const studio = openStudio(disk)
  await openProject(studio)
  return studio
}

const idsOf = (studio: Studio, least: number) => {
  const { landslide, none, unread } = bulkCandidates(studio.store.getState(), least)
  return [landslide, none, unread].map(list => list.map(({ id }) => id))
}

test('masks without landslide are offered apart, once all are read', async () => {
  const studio = await opened()
  studio.store.change({ review: { shares: {} } })
  expect(idsOf(studio, 0)).toEqual([[], [], ['t2', 't1', 't3']])
  await readShares(studio, confidentPatches(studio.store.getState(), 0), new AbortController().signal)
  expect(idsOf(studio, 0)).toEqual([['t1', 't3'], ['t2'], []])
  expect(idsOf(studio, 0.5)).toEqual([['t1'], ['t2'], []])
  // What is read is what is shown: pictures drawn before are drawn again.
  expect(studio.store.getState().review.maskRevision.t3).toBeGreaterThan(0)
})

test('reading that is cancelled shows nothing more', async () => {
  const studio = await opened()
  studio.store.change({ review: { shares: {} } })
  const closed = new AbortController()
  closed.abort()
  await readShares(studio, confidentPatches(studio.store.getState(), 0), closed.signal)
  expect(studio.store.getState().review.shares).toEqual({})
})

test('the audit goes to the first of its sample that has no verdict', async () => {
  const studio = await opened()
  studio.store.change({ shell: { dialog: 'bulk-accept' } })
  await beginAudit(studio)
  const { patches, shell, view } = studio.store.getState()
  expect(patches.order).toBe('random')
  expect(shell.dialog).toBeNull()
  const first = view.selectedId
  await giveVerdict(studio, 'accepted')
  await beginAudit(studio)
  expect(studio.store.getState().view.selectedId).not.toBe(first)
})
