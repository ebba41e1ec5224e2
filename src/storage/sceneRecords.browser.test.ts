import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  patchRecordFixture,
  pixelsFixture,
  sceneFixture,
  scenePieceFixture,
  strokeFixture,
} from '../core/review/records.testing'
import { reduceCell } from '../core/scenes/boxSums'
import { openByteStore } from './byteStore'
import { openProjectStore } from './openProjectStore'
import type { ProjectStore } from './projectStore'

const NAME = 'scarp-scenes-test'
const [MARGIN, CELL, OTHER] = [0, 1, 2].map(column => scenePieceFixture(column)) as [
  ReturnType<typeof scenePieceFixture>,
  ReturnType<typeof scenePieceFixture>,
  ReturnType<typeof scenePieceFixture>,
]
const ids = (records: readonly { id: string }[]) => records.map(({ id }) => id)
let store: ProjectStore

beforeEach(async () => {
  store = await openProjectStore({ name: NAME })
  await store.clear()
  await store.putScene(sceneFixture())
  for (const piece of [OTHER, MARGIN, CELL]) await store.putPatch(piece, pixelsFixture())
})

afterEach(() => store.clear())

test('a scene and its pieces are there after another opening; margins are in no list', async () => {
  const mine = patchRecordFixture()
  await store.putPatch(mine, pixelsFixture())
  await store.updatePatches(new Map([[OTHER.id, { removed: true }]]))
  const again = await openProjectStore({ name: NAME })
  expect(await again.scenes()).toEqual([sceneFixture()])
  expect(await again.scene('scene_1')).toEqual(sceneFixture())
  expect(await again.scenePieces('scene_1')).toEqual([MARGIN, CELL, { ...OTHER, removed: true }])
  expect(await again.scenePieces('scene_2')).toEqual([])
  expect(await again.patches()).toEqual([mine, CELL])
  expect(ids(await again.removedPatches())).toEqual([OTHER.id])
  expect(await again.patch(MARGIN.id)).toEqual(MARGIN)
  await expect(again.scene('scene_2')).rejects.toMatchObject({ code: 'bad-argument' })
})

test('scenes come in the order in which they were added, and one is replaced', async () => {
  await store.putScene(sceneFixture({ id: 'a_later_one', at: '2024-05-02T12:00:00.000Z', complete: false }))
  await store.putScene(sceneFixture({ name: 'Renamed' }))
  expect((await store.scenes()).map(({ name, complete }) => [name, complete])).toEqual([
    ['Renamed', true],
    ['S2A_T33TWM', false],
  ])
  const broken = { ...sceneFixture(), window: { column: 0, row: 0, width: 10, height: 2 } }
  await expect(store.putScene(broken)).rejects.toMatchObject({
    code: 'storage-failed',
    message: expect.stringContaining('scene scene_1 is damaged (window: leaves the scene)'),
  })
})

test('a window of a piece is read from its file', async () => {
  const { data, valid } = await store.readPixelWindow(
    MARGIN.id,
    { column: 1, row: 1, width: 2, height: 1 },
    [13, 0],
  )
  const all = pixelsFixture()
  expect(data).toEqual(Float32Array.of(all.data[82]!, all.data[83]!, all.data[4]!, all.data[5]!))
  expect(valid).toEqual(Uint8Array.of(1, 1))
  const outside = { column: 2, row: 0, width: 2, height: 1 }
  await expect(store.readPixelWindow(MARGIN.id, outside)).rejects.toMatchObject({ code: 'bad-argument' })
})

test('a cell has a small copy as long as it is there; where it is lost or damaged it is made again', async () => {
  const bytes = await openByteStore(NAME)
  const { window } = CELL.cell!
  const { data, valid } = pixelsFixture()
  const expected = reduceCell(data, valid, window)
  expect(await bytes.list(['reduced'])).toEqual([CELL.id, OTHER.id].sort())
  const stored = await store.readReduced(CELL.id, window, [13, 0, 2])
  expect(stored).toEqual([expected[13], expected[0], expected[2]])
  expect(stored[0]!.count.some(count => count > 0)).toBe(true)
  const read = (path: [string, string]) =>
    bytes.read(path, async file => new Uint8Array(await file.arrayBuffer()))
  const before = await read(['reduced', CELL.id])
  await bytes.remove(['reduced', CELL.id])
  expect(await store.readReduced(CELL.id, window, [2])).toEqual([expected[2]])
  expect(await read(['reduced', CELL.id])).toEqual(before)
  const otherBegin = before!.slice()
  otherBegin[8]!++
  for (const damaged of [before!.slice(0, -1), otherBegin, new Uint8Array(3)]) {
    await bytes.write(['reduced', CELL.id], () => [damaged])
    expect(await store.readReduced(CELL.id, window, [0])).toEqual([expected[0]])
    expect(await read(['reduced', CELL.id])).toEqual(before)
  }
  await store.removePatch(CELL.id)
  expect(await bytes.list(['reduced'])).toEqual([OTHER.id])
})

test('margins count as pixels until every cell of their scene is removed', async () => {
  const bytesOf = async () => {
    const use = await store.storageUse()
    return (['pixels', 'removed'] as const).map(kind => use.find(each => each.kind === kind)!.bytes)
  }
  const [all] = await bytesOf()
  expect(await bytesOf()).toEqual([all, 0])
  await store.updatePatches(new Map([[CELL.id, { removed: true }]]))
  const sizes: number[] = []
  await (await openByteStore(NAME)).walk([], (names, size) => {
    if (names.at(-1) === CELL.id) sizes.push(size)
  })
  expect(sizes).toHaveLength(2)
  const ofCell = sizes[0]! + sizes[1]!
  expect(await bytesOf()).toEqual([all! - ofCell, ofCell])
  await store.updatePatches(new Map([[OTHER.id, { removed: true }]]))
  expect(await bytesOf()).toEqual([0, all])
  await store.clear()
  expect([await store.scenes(), await bytesOf()]).toEqual([[], [0, 0]])
})

test('a scene goes with all its pieces, their files and steps, and with nothing else', async () => {
  const mine = patchRecordFixture()
  await store.putPatch(mine, pixelsFixture())
  await store.putHistory([strokeFixture({ patchId: CELL.id }), strokeFixture({ sequence: 2 })])
  await store.writeMask(CELL.id, new Uint8Array(6), 1)
  await store.writeProbability(MARGIN.id, 'ensemble', new Float32Array(6))
  await store.removeScene('scene_1')
  expect([await store.scenes(), await store.scenePieces('scene_1')]).toEqual([[], []])
  expect(await store.patches()).toEqual([mine])
  expect((await store.history()).map(({ sequence }) => sequence)).toEqual([2])
  const left: string[] = []
  await (await openByteStore(NAME)).walk([], names => void left.push(names.join('/')))
  expect(left).toEqual([`pixels/${mine.id}`])
})
