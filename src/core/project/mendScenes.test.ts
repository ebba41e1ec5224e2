import { expect, test } from 'vitest'
import { patchRecordFixture, sceneFixture, scenePieceFixture } from '../review/records.testing'
import type { CellPlace } from '../scenes/sceneRecord'
import { mendScenes } from './mendScenes'

const SCENE = sceneFixture()
const [MARGIN, CELL, OTHER] = [scenePieceFixture(0), scenePieceFixture(1), scenePieceFixture(2)]
const MINE = patchRecordFixture()
/** A piece whose place is changed. */
const moved = (column: number, change: Partial<CellPlace>) => {
  const piece = scenePieceFixture(column)
  return { ...piece, cell: { ...piece.cell!, ...change } }
}
const withoutCell = ({ cell: _, ...patch }: typeof CELL) => patch

test('a scene that is whole stays as it is, record by record', () => {
  const patches = [MINE, OTHER, { ...CELL, removed: true }, MARGIN]
  const mended = mendScenes(patches, [SCENE])
  expect(mended).toEqual({ patches, scenes: [SCENE], dropped: [], notes: [] })
  for (const [index, patch] of patches.entries()) expect(mended.patches[index]).toBe(patch)
  expect(mended.scenes[0]).toBe(SCENE)
})

test('cells without their scene become patches by themselves, its margin goes', () => {
  expect(mendScenes([MINE, MARGIN, CELL, OTHER], [])).toEqual({
    patches: [MINE, withoutCell(CELL), withoutCell(OTHER)],
    scenes: [],
    dropped: [MARGIN],
    notes: ['2 cells of a scene that is not there: kept as patches without a scene.'],
  })
  expect(mendScenes([MARGIN], []).notes).toEqual(['1 margin of a scene that is not there: left out.'])
})

test('a scene that lacks pieces counts as incomplete; one that was incomplete already is no news', () => {
  const { scenes, notes } = mendScenes([MARGIN, OTHER], [SCENE])
  expect(scenes).toEqual([{ ...SCENE, complete: false }])
  expect(notes).toEqual(['The scene "S2A_T33TWM" has 2 of its 3 pieces: add its files again to complete it.'])
  expect(mendScenes([MARGIN], [{ ...SCENE, complete: false }]).notes).toEqual([])
})

test.each<[string, Partial<CellPlace>]>([
  ['leaves the scene', { window: { column: 7, row: 0, width: 3, height: 2 } }],
  ['lies on another', { window: { column: 4, row: 0, width: 3, height: 2 } }],
  ['lies on one of another row', { row: 1 }],
  ['has the place of another', { column: 1 }],
  ['has a row of its own where others lie', { window: { column: 6, row: 1, width: 3, height: 1 } }],
])('a cell that %s becomes a patch by itself', (_, change) => {
  const odd = moved(2, change)
  const { patches, scenes, dropped, notes } = mendScenes([MARGIN, CELL, odd], [SCENE])
  expect([patches, dropped]).toEqual([[MARGIN, CELL, withoutCell(odd)], []])
  expect(scenes[0]!.complete).toBe(false)
  expect(notes).toEqual([
    '1 cell off the grid of the scene "S2A_T33TWM": kept as a patch without a scene.',
    'The scene "S2A_T33TWM" has 2 of its 3 pieces: add its files again to complete it.',
  ])
})

test('where a margin lies on a cell, the margin goes', () => {
  const odd = moved(0, { column: 1, window: CELL.cell!.window })
  expect(mendScenes([odd, CELL, OTHER], [SCENE])).toMatchObject({
    patches: [CELL, OTHER],
    dropped: [odd],
  })
})

test('a hundred thousand pieces of a stranger are looked through before the test’s time is up', () => {
  const pieces = Array.from({ length: 100_000 }, (_, index) => {
    const window = { column: index % 7, row: 0, width: 3, height: 2 }
    return { ...CELL, id: `p${index}`, cell: { sceneId: SCENE.id, row: index, column: index, window } }
  })
  const { patches } = mendScenes(pieces, [SCENE])
  expect(patches.filter(({ cell }) => cell).length).toBe(1)
})
