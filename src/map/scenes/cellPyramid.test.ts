import { expect, test } from 'vitest'
import { IGNORE, LANDSLIDE } from '../../core/patches/patch'
import { emptyLike, makePyramid, putLevel } from './cellPyramid'

/** A scene of 40 x 24 as two cells that meet at an odd column, and the tile that shows it at a step. */
function tileOf<V extends Uint8Array | Float32Array>(scene: V, step: number): V {
  const width = 40 / step
  const tile = { column: 0, row: 0, width, height: 24 / step, values: emptyLike(scene, (width * 24) / step) }
  for (const [column, cellWidth] of [
    [0, 13],
    [13, 27],
  ] as const) {
    const values = emptyLike(scene, cellWidth * 24)
    for (let y = 0; y < 24; y++)
      values.set(scene.subarray(y * 40 + column, y * 40 + column + cellWidth), y * cellWidth)
    const pyramid = makePyramid(values, { column, row: 0, width: cellWidth, height: 24 }, 1)
    putLevel(pyramid.get(step)!, tile)
  }
  return tile.values
}

test.each([1, 2, 4, 8])('one landslide pixel is seen at step %i, and nothing else', step => {
  const scene = new Uint8Array(40 * 24)
  scene[17 * 40 + 12] = LANDSLIDE
  scene[17 * 40 + 13] = IGNORE
  const tile = tileOf(scene, step)
  const at = Math.floor(17 / step) * (40 / step) + Math.floor(12 / step)
  expect([...tile.keys()].filter(index => tile[index] === LANDSLIDE)).toEqual([at])
  if (step === 1) expect(tile[at + 1]).toBe(IGNORE)
})

test('the largest probability of a box, over the border of cells too; none where no pixel has one', () => {
  const scene = new Float32Array(40 * 24).fill(Number.NaN)
  for (let x = 8; x < 32; x++) scene[x] = x / 40
  const tile = tileOf(scene, 8)
  expect([...tile.subarray(0, 5)]).toEqual([
    Number.NaN,
    Math.fround(15 / 40),
    Math.fround(23 / 40),
    Math.fround(31 / 40),
    Number.NaN,
  ])
  expect(tile.subarray(5).every(Number.isNaN)).toBe(true)
})

test('only the levels from a step on are kept', () => {
  const pyramid = makePyramid(new Uint8Array(512 * 512), { column: 499, row: 1, width: 512, height: 512 }, 4)
  expect([...pyramid.keys()]).toEqual([4, 8, 16, 32, 64, 128, 256])
  expect(pyramid.get(4)).toMatchObject({ column: 124, row: 0, width: 129, height: 129 })
})
