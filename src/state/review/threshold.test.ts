import { expect, test } from 'vitest'
import { eventually } from '../../core/foundation/eventually.testing'
import { openProject } from '../session/openProject'
import type { Studio } from '../studio'
import { emptyDisk, openStudio, patchRecord } from '../studio.testing'
import { selectPatch } from '../view/actions'
import { followModels, saveThreshold, setThreshold, useModelThreshold } from './threshold'
import { redo, undo } from './undoRedo'
import { giveVerdict, reacceptMasks } from './verdicts'

async function judged() {
  const disk = emptyDisk([patchRecord('t1'), patchRecord('t2'), patchRecord('t3')])
  const studio = openStudio(disk)
  await openProject(studio)
  await giveVerdict(studio, 'accepted')
  await giveVerdict(studio, 'accepted')
  await giveVerdict(studio, 'rejected')
  return { studio, disk }
}

const state = (studio: Studio) => studio.store.getState()

async function settled(studio: Studio): Promise<void> {
  for (let turn = 0; turn < 200 && state(studio).review.flips.pending > 0; turn++) {
    await new Promise(resolve => setTimeout(resolve, 2))
  }
}

test('a moving threshold counts the accepted masks it would change, and changes none', async () => {
  const { studio } = await judged()
  expect(state(studio).review.flips).toEqual({ pixels: {}, pending: 0 })
  const before = [...studio.pixels.masks.get('t1')!]
  setThreshold(studio, 0.75)
  await settled(studio)
  // Two of eight columns lie between 0.5 and 0.75; the rejected patch is not counted.
  expect(state(studio).review.flips.pixels).toEqual({ t1: 16, t2: 16 })
  setThreshold(studio, 0.51)
  expect(state(studio).review.flips.pixels).toEqual({ t1: 8, t2: 8 })
  setThreshold(studio, 0.5)
  expect(state(studio).review.flips.pixels).toEqual({})
  expect([...studio.pixels.masks.get('t1')!]).toEqual(before)
})

test('re-accepting takes the masks of the threshold, and one undo brings the old ones back', async () => {
  const { studio, disk } = await judged()
  await selectPatch(studio, 't1')
  const before = [...studio.pixels.masks.get('t1')!]
  setThreshold(studio, 0.75)
  await settled(studio)
  await reacceptMasks(studio)
  const changed = [...studio.pixels.masks.get('t1')!]
  expect(changed.filter(value => value === 1)).toHaveLength(16)
  expect(state(studio).review.verdicts.t1).toMatchObject({ kind: 'accepted', threshold: 0.75 })
  expect(state(studio).review.verdicts.t3?.kind).toBe('rejected')
  expect(state(studio).review.flips.pixels).toEqual({})
  setThreshold(studio, 0.3)
  await undo(studio)
  expect([...studio.pixels.masks.get('t1')!]).toEqual(before)
  expect(state(studio).review.verdicts.t2).toMatchObject({ threshold: 0.5 })
  await redo(studio)
  expect([...studio.pixels.masks.get('t1')!]).toEqual(changed)

  await new Promise(resolve => setTimeout(resolve, 5))
  await studio.writes.settled()
  const again = openStudio(disk)
  await openProject(again)
  expect(again.store.getState().review.verdicts.t1).toMatchObject({ threshold: 0.75 })
})

test('the threshold follows the models until the analyst moves it, over a reload too', async () => {
  const disk = emptyDisk([patchRecord('t1')])
  disk.thresholdChosen = false
  const studio = openStudio(disk)
  await openProject(studio)
  followModels(studio, 0.42)
  expect(state(studio).review).toMatchObject({
    threshold: 0.42,
    thresholdChosen: false,
    modelThreshold: 0.42,
  })
  saveThreshold(studio)
  await studio.writes.settled()
  const again = openStudio(disk)
  await openProject(again)
  expect(state(again).review).toMatchObject({ threshold: 0.42, thresholdChosen: false, modelThreshold: 0.42 })

  setThreshold(again, 0.6)
  followModels(again, 0.3)
  expect(state(again).review).toMatchObject({ threshold: 0.6, thresholdChosen: true, modelThreshold: 0.3 })
  useModelThreshold(again)
  expect(state(again).review).toMatchObject({ threshold: 0.3, thresholdChosen: false })
  followModels(again, 0.35)
  expect(state(again).review.threshold).toBe(0.35)
  saveThreshold(again)
  await eventually(() =>
    expect(disk.audit?.map(({ detail }) => detail)).toContain(
      'Threshold set to 0.35, as chosen for the models',
    ),
  )
})

test('a project of an earlier version keeps the threshold that it was worked with', async () => {
  const studio = openStudio(emptyDisk([patchRecord('t1')]))
  await openProject(studio)
  const { threshold } = state(studio).review
  followModels(studio, 0.42)
  expect(state(studio).review).toMatchObject({ threshold, thresholdChosen: true, modelThreshold: 0.42 })
})
