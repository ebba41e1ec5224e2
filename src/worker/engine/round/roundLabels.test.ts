import { expect, test } from 'vitest'
import type { UnfinishedRound } from '../../../core/review/records'
import {
  patchRecordFixture,
  pixelsFixture,
  sceneFixture,
  scenePieceFixture,
} from '../../../core/review/records.testing'
import { ensembleMean } from '../../../core/rounds/ensemble'
import type { CellScene } from '../../../engine'
import type { ProjectStore } from '../../../storage/projectStore'
import { SceneReader } from '../sceneOfCells'
import { roundPatches } from './finishRound'
import { freezeLabels, stageProbabilities } from './roundLabels'

function memoryStore(content: Record<string, Float32Array>) {
  return {
    content,
    readMask: async () => null,
    readProbability: async (patchId: string, modelId: string) => content[`${patchId}/${modelId}`] ?? null,
    writeProbability: async (patchId: string, modelId: string, probability: Float32Array) => {
      content[`${patchId}/${modelId}`] = probability
    },
  }
}

test('the project keeps its old ensemble until commit, the round reads its own', async () => {
  const [old, swin, mit] = [Float32Array.of(0.1), Float32Array.of(0.8), Float32Array.of(0.6)]
  const store = memoryStore({ 'a/ensemble': old })
  const staged = stageProbabilities(store, ['swin', 'mit'])
  expect(await staged.readProbability('a', 'ensemble')).toBe(old)
  await staged.writeProbability('a', 'swin', swin)
  await staged.writeProbability('a', 'mit', mit)
  const mean = ensembleMean([swin, mit])
  await staged.writeProbability('a', 'ensemble', mean)
  expect(await staged.readProbability('a', 'ensemble')).toEqual(mean)
  expect(store.content['a/ensemble']).toBe(old)
  expect(store.content['a/swin']).toBe(swin)
  const written: string[] = []
  await staged.commit(async id => {
    written.push(id)
  })
  expect(written).toEqual(['a'])
  expect(store.content['a/ensemble']).toEqual(mean)
})

test('a corrected label is learned from and scored by as it was when the round began, any other as its file has it', async () => {
  const frozen: unknown[] = []
  const [file, corrected] = [Uint8Array.of(0), Uint8Array.of(1)]
  const plan = {
    id: 'r1',
    verdicts: [
      { patchId: 's1', kind: 'label-corrected' },
      { patchId: 'h1', kind: 'label-corrected' },
    ],
    sourcePatchIds: ['s1', 's2'],
    targetPatchIds: [],
    heldOutPatchIds: ['h1'],
  } as unknown as UnfinishedRound
  const store = {
    freezeLabels: async (_: string, what: { masks: string[] }) => void frozen.push(what.masks),
    readPixels: async () => ({ data: new Float32Array(14), valid: null, label: file }),
    readFrozen: async (round: string, what: string, id: string) =>
      round === 'r1' && what === 'mask' && id !== 's2' ? corrected : null,
  } as unknown as ProjectStore
  await freezeLabels(store, plan)
  expect(frozen).toEqual([['s1', 'h1']])
  const records = new Map(['s1', 's2', 'h1'].map(id => [id, patchRecordFixture({ id, width: 1, height: 1 })]))
  const patches = roundPatches(store, plan, records, ['s1', 's2', 'h1'])
  const labels = await Promise.all(patches.ids.map(async id => (await patches.load(id)).label))
  expect(labels).toEqual([corrected, file, corrected])
  // Attached once, and undone: it lies with the pixels still.
  records.set('s2', patchRecordFixture({ id: 's2', hasLabel: false }))
  expect((await roundPatches(store, plan, records, ['s2']).load('s2')).label).toBeNull()
})

test('the ensembles of held-out patches are kept too: the round is scored against them', async () => {
  const frozen: unknown[] = []
  const store = { freezeLabels: async (...asked: unknown[]) => void frozen.push(...asked) }
  const plan = {
    id: 'r1',
    verdicts: [{ patchId: 't1' }],
    sourcePatchIds: [],
    targetPatchIds: ['t1', 't2'],
    heldOutPatchIds: ['h1'],
  }
  await freezeLabels(store as unknown as ProjectStore, plan as unknown as UnfinishedRound)
  expect(frozen.slice(0, 2)).toEqual(['r1', { masks: ['t1'], probabilities: ['t1', 't2', 'h1'] }])
})

test('a cell knows what of it lies outside the area of its scene', async () => {
  const store = { readPixels: async () => ({ data: new Float32Array(56), valid: null, label: null }) }
  const window = { column: 7, row: 3, width: 4, height: 1 }
  const inside = (asked: typeof window) =>
    Uint8Array.from({ length: asked.width }, (_, i) => (asked.column + i > 8 ? 1 : 0))
  const scene = {
    name: 's',
    width: 20,
    height: 9,
    cells: new Map([['c1', window]]),
    inside,
  } as unknown as CellScene
  const records = new Map(['c1', 'p1'].map(id => [id, patchRecordFixture({ id, width: 4, height: 1 })]))
  const plan = { id: 'r1', verdicts: [] }
  const patches = roundPatches(store as unknown as ProjectStore, plan, records, ['c1', 'p1'], {
    scenes: [scene],
  })
  expect((await patches.load('c1')).inside).toEqual(Uint8Array.of(0, 0, 1, 1))
  expect((await patches.load('p1')).inside).toBeNull()
  expect(patches.scenes).toEqual([scene])
})

test('a cell is learned from with the round’s means for bands that its product does not have, and a patch as it is', async () => {
  const cell = scenePieceFixture(1)
  const patch = patchRecordFixture({ id: 'p1', width: 3, height: 2 })
  const store = { readPixels: async () => pixelsFixture(), scene: async () => sceneFixture() }
  const means = Array.from({ length: 14 }, (_, band) => 100 + band)
  const patches = roundPatches(
    store as unknown as ProjectStore,
    { id: 'r1', verdicts: [] },
    new Map([cell, patch].map(record => [record.id, record])),
    [cell.id, patch.id],
    { reader: new SceneReader(store as unknown as ProjectStore, means) },
  )
  const stored = pixelsFixture().data
  // B10, but for the pixel without data.
  const filled = stored.slice()
  filled.fill(109, 9 * 6 + 1, 10 * 6)
  expect((await patches.load(cell.id)).data).toEqual(filled)
  expect((await patches.load(patch.id)).data).toEqual(stored)
})
