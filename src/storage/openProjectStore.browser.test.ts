import { openDB } from 'idb'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { cdp } from 'vitest/browser'
import type { HistoryRecord } from '../core/review/records'
import {
  patchRecordFixture,
  pixelsFixture,
  roundFixture,
  strokeFixture,
  verdictFixture,
} from '../core/review/records.testing'
import type { Verdict } from '../core/review/verdict'
import { openProjectStore } from './openProjectStore'
import type { ProjectStore } from './projectStore'

const NAME = 'scarp-store-test'
const ID = patchRecordFixture().id
let store: ProjectStore

beforeEach(async () => {
  store = await openProjectStore({ name: NAME })
  await store.clear()
})

afterEach(async () => {
  await store.clear()
})

const verdictStep = (sequence: number, verdictAfter: Verdict | null): HistoryRecord => ({
  sequence,
  kind: 'verdict',
  patchId: ID,
  verdictBefore: null,
  verdictAfter,
  undone: false,
})

test('a second opening finds everything as it was written', async () => {
  const pixels = pixelsFixture()
  const mask = Uint8Array.of(0, 1, 255, 0, 1, 1)
  const probability = Float32Array.of(0, 0.25, 0.5, 0.75, 1, 0.125)
  const model = { 'manifest.json': Uint8Array.of(1, 2), 'weights.safetensors': Uint8Array.of(3, 4, 5) }
  await store.updateProject({ name: 'Wenchuan', threshold: 0.6 })
  await store.putPatch(patchRecordFixture(), pixels)
  await store.writeMask(ID, mask, 1)
  await store.writeProbability(ID, 'ensemble', probability)
  await store.putHistory([strokeFixture(), verdictStep(2, verdictFixture())])
  await store.writeModel('round-1-segformer', model)
  await store.putRound(roundFixture())

  const again = await openProjectStore({ name: NAME })
  expect(await again.project()).toMatchObject({ name: 'Wenchuan', threshold: 0.6 })
  expect(await again.patches()).toEqual([patchRecordFixture()])
  expect(await again.readPixels(ID)).toEqual(pixels)
  expect(await again.readMask(ID)).toEqual(mask)
  expect(await again.readProbability(ID, 'ensemble')).toEqual(probability)
  expect(await again.readProbability(ID, 'other')).toBeNull()
  expect(await again.history()).toEqual([strokeFixture(), verdictStep(2, verdictFixture())])
  expect(await again.rounds()).toEqual([roundFixture()])
  expect(await again.readModel('round-1-segformer')).toEqual(model)
  expect(await again.readModel('round-2-segformer')).toBeNull()
  expect((await again.estimate()).quota).toBeGreaterThan(0)
})

test('patches come in project order, and keep pixels without label or validity', async () => {
  const { data } = pixelsFixture()
  const bare = { data, valid: null, label: null }
  await store.putPatch(patchRecordFixture({ id: 'b~ü', order: 2 }), bare)
  await store.putPatch(patchRecordFixture({ id: '.hidden', order: 1 }), pixelsFixture())
  expect((await store.patches()).map(patch => patch.id)).toEqual(['.hidden', 'b~ü'])
  expect(await store.readPixels('b~ü')).toEqual(bare)
  expect(await store.readPixels('.hidden')).toEqual(pixelsFixture())
})

test('many patches change together or not at all', async () => {
  await store.putPatch(patchRecordFixture({ id: 'a', order: 1 }), pixelsFixture())
  await store.putPatch(patchRecordFixture({ id: 'b', order: 2 }), pixelsFixture())
  await store.updatePatches(
    new Map([
      ['a', { heldOut: true }],
      ['b', { problems: [{ reason: 'position', message: 'odd' }] }],
    ]),
  )
  expect((await store.patches()).map(({ heldOut, problems }) => [heldOut, problems])).toEqual([
    [true, []],
    [false, [{ reason: 'position', message: 'odd' }]],
  ])
  const changes = new Map([
    ['a', { heldOut: false }],
    ['gone', { heldOut: false }],
  ])
  await expect(store.updatePatches(changes)).rejects.toMatchObject({ code: 'bad-argument' })
  expect((await store.patch('a')).heldOut).toBe(true)
})

test('a patch goes with its rasters and its steps, and leaves the others', async () => {
  await store.putPatch(patchRecordFixture(), pixelsFixture())
  await store.putPatch(patchRecordFixture({ id: 'other', order: 1 }), pixelsFixture())
  await store.writeMask(ID, new Uint8Array(6))
  await store.writeProbability(ID, 'ensemble', new Float32Array(6))
  await store.putHistory([strokeFixture()])
  await store.putHistory([strokeFixture({ sequence: 2, patchId: 'other' })])
  await store.removePatch(ID)
  expect((await store.patches()).map(patch => patch.id)).toEqual(['other'])
  expect((await store.history()).map(step => step.sequence)).toEqual([2])
  await expect(store.readPixels(ID)).rejects.toMatchObject({ code: 'bad-argument' })
  await store.putPatch(patchRecordFixture(), pixelsFixture())
  expect(await store.readMask(ID)).toBeNull()
  expect(await store.readProbability(ID, 'ensemble')).toBeNull()
})

test('rasters of another size are refused', async () => {
  await store.putPatch(patchRecordFixture(), pixelsFixture())
  await expect(store.writeMask(ID, new Uint8Array(5))).rejects.toMatchObject({ code: 'shape-mismatch' })
  await expect(
    store.putPatch(patchRecordFixture({ id: 'wrong' }), { ...pixelsFixture(), label: new Uint8Array(1) }),
  ).rejects.toMatchObject({ code: 'shape-mismatch' })
  expect(await store.patches()).toHaveLength(1)
})

test('rounds are written once; a step only changes in being undone, its verdict never', async () => {
  await store.putRound(roundFixture())
  await expect(store.putRound(roundFixture({ seconds: 9 }))).rejects.toMatchObject({ code: 'bad-argument' })
  expect((await store.rounds())[0]!.seconds).toBe(1.5)
  await store.putHistory([strokeFixture()])
  await store.putHistory([strokeFixture({ undone: true })])
  const oneOther = [strokeFixture({ sequence: 2 }), strokeFixture({ patchId: 'other' })]
  await expect(store.putHistory(oneOther)).rejects.toMatchObject({ code: 'bad-argument' })
  expect((await store.history()).map(step => step.undone)).toEqual([true])
  const given = verdictFixture()
  await store.putHistory([verdictStep(2, given)])
  for (const other of [{ ...given, id: 'other' }, { ...given, kind: 'rejected' as const }, null]) {
    await expect(store.putHistory([verdictStep(2, other)])).rejects.toMatchObject({ code: 'bad-argument' })
  }
  await store.putHistory([{ ...verdictStep(2, given), undone: true }])
  expect((await store.history())[1]).toEqual({ ...verdictStep(2, given), undone: true })
  await store.removeHistory([1, 2])
  expect(await store.history()).toEqual([])
})

test('strokes written without waiting end in the last mask, and readers see whole masks only', async () => {
  const size = 64
  await store.putPatch(patchRecordFixture({ width: size, height: size }), {
    data: new Float32Array(size * size * 14),
    valid: null,
    label: null,
  })
  await store.writeMask(ID, new Uint8Array(size * size))
  const other = await openProjectStore({ name: NAME })
  const writes = Array.from({ length: 12 }, (_, index) =>
    (index % 2 ? store : other).writeMask(ID, new Uint8Array(size * size).fill(index + 1)),
  )
  const reads = Array.from({ length: 12 }, () => other.readMask(ID))
  for (const mask of await Promise.all(reads)) expect(new Set(mask).size).toBe(1)
  await Promise.all(writes)
  expect(new Set(await store.readMask(ID))).toEqual(new Set([12]))
})

test('a model folder without its manifest was never finished', async () => {
  await store.writeModel('m', { 'manifest.json': Uint8Array.of(1), 'weights.safetensors': Uint8Array.of(2) })
  const root = await navigator.storage.getDirectory()
  const models = await (await root.getDirectoryHandle(NAME)).getDirectoryHandle('models')
  await (await models.getDirectoryHandle('m')).removeEntry('manifest.json')
  expect(await store.readModel('m')).toBeNull()
})

test('a damaged record is named, not returned', async () => {
  await store.putPatch(patchRecordFixture(), pixelsFixture())
  const raw = await openDB(NAME)
  await raw.put('patches', { ...patchRecordFixture(), width: 'three' })
  raw.close()
  await expect(store.patches()).rejects.toMatchObject({
    code: 'storage-failed',
    message: expect.stringContaining('width'),
  })
})

test('a full disk is storage-full, and what was there stays', async () => {
  await store.putPatch(patchRecordFixture(), pixelsFixture())
  const { usage } = await store.estimate()
  const session = cdp() as unknown as { send(method: string, parameters: object): Promise<unknown> }
  const origin = location.origin
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: usage + 10_000 })
  try {
    const size = 128
    const big = { data: new Float32Array(size * size * 14), valid: null, label: null }
    await expect(
      store.putPatch(patchRecordFixture({ id: 'big', width: size, height: size }), big),
    ).rejects.toMatchObject({ code: 'storage-full', message: expect.stringContaining('full') })
  } finally {
    await session.send('Storage.overrideQuotaForOrigin', { origin })
  }
  expect((await store.patches()).map(patch => patch.id)).toEqual([ID])
  expect(await store.readPixels(ID)).toEqual(pixelsFixture())
})

test('clear leaves an empty project and no bytes', async () => {
  await store.putPatch(patchRecordFixture(), pixelsFixture())
  await store.putHistory([verdictStep(1, verdictFixture())])
  await store.clear()
  expect(await store.patches()).toEqual([])
  expect(await store.history()).toEqual([])
  const root = await navigator.storage.getDirectory()
  const names: string[] = []
  for await (const name of root.keys()) names.push(name)
  expect(names).not.toContain(NAME)
  expect((await store.project()).name).toBe('Untitled project')
})
