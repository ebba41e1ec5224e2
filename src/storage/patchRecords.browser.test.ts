import { afterEach, beforeEach, expect, test } from 'vitest'
import { patchRecordFixture, pixelsFixture, strokeFixture } from '../core/review/records.testing'
import { openProjectStore } from './openProjectStore'
import type { ProjectStore } from './projectStore'

const ID = patchRecordFixture().id
let store: ProjectStore

beforeEach(async () => {
  store = await openProjectStore({ name: 'scarp-recovery-test' })
  await store.clear()
  await store.putPatch(patchRecordFixture(), pixelsFixture())
})

afterEach(async () => {
  await store.clear()
})

test('a mask is read with the strokes that were recorded after it was written, in any tab', async () => {
  await store.writeMask(ID, new Uint8Array(6), 0)
  await store.putHistory([strokeFixture()])
  const again = await openProjectStore({ name: 'scarp-recovery-test' })
  expect(await again.readMask(ID)).toEqual(Uint8Array.of(0, 1, 1, 0, 0, 0))
  await again.freezeLabels('round-1', { masks: [ID], probabilities: [] })
  expect(await store.readFrozen('round-1', 'mask', ID)).toEqual(Uint8Array.of(0, 1, 1, 0, 0, 0))
})

test('a mask is read without the strokes that were undone after it was written', async () => {
  await store.putHistory([strokeFixture()])
  await store.writeMask(ID, Uint8Array.of(0, 1, 1, 0, 1, 0))
  await store.putHistory([strokeFixture({ undone: true })])
  expect(await store.readMask(ID)).toEqual(Uint8Array.of(0, 0, 0, 0, 1, 0))
  expect(await store.historyStep(1)).toEqual(strokeFixture({ undone: true }))
  expect(await store.historyStep(2)).toBeNull()
})

test('a removed patch is out of the list until it comes back, and its bytes are counted apart', async () => {
  await store.writeMask(ID, new Uint8Array(6), 0)
  const bytesOf = async (kind: string) => (await store.storageUse()).find(use => use.kind === kind)?.bytes
  const pixels = await bytesOf('pixels')
  const masks = await bytesOf('masks')
  await store.updatePatches(new Map([[ID, { removed: true }]]))
  expect([await store.patches(), (await store.removedPatches()).map(({ id }) => id)]).toEqual([[], [ID]])
  expect([await bytesOf('pixels'), await bytesOf('removed')]).toEqual([0, (pixels ?? 0) + (masks ?? 0)])
  await store.updatePatches(new Map([[ID, { removed: false }]]))
  expect([(await store.patches()).map(({ id }) => id), await bytesOf('pixels')]).toEqual([[ID], pixels])
})
