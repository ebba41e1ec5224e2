import { expect, test } from 'vitest'
import { randomStream } from '../foundation/random'
import type { AffineTransform } from '../raster/rasterSource'
import { pointTransform, projectionOf } from '../scenes/projection'
import { findDuplicates, type PlacedLandslide, type PlacedRaster } from './duplicates'

const WEST: PlacedRaster = {
  name: 'west',
  crs: 'EPSG:32633',
  transform: [700_000, 10, 0, 5_100_000, 0, -10],
  sensed: '2020-07-04',
}

/** A rectangle of pixels. */
function slide(
  raster: number,
  number: number,
  column: number,
  row: number,
  width: number,
  height: number,
): PlacedLandslide {
  const [right, bottom] = [column + width, row + height]
  const ring = [column, row, column, bottom, right, bottom, right, row]
  const window = { column, row, width, height }
  const pixels = width * height
  return { raster, number, window, pixels, area: pixels * 100, polygons: [[ring]] }
}

test('of two rasters on one grid, what overlaps by half is one, and the larger is kept', async () => {
  const east = { ...WEST, name: 'east', transform: [700_500, 10, 0, 5_100_000, 0, -10] as AffineTransform }
  const landslides = [
    slide(0, 1, 60, 10, 10, 10),
    // The same place, one column wider.
    slide(1, 1, 10, 10, 11, 10),
    // Overlaps a corner only.
    slide(1, 2, 19, 19, 10, 10),
    slide(0, 2, 0, 0, 5, 5),
  ]
  expect([...(await findDuplicates([WEST, east], landslides))]).toEqual([1, 1, 2, 3])
})

test('two parts in one raster and the whole in another are one', async () => {
  const other = { ...WEST, name: 'other' }
  const landslides = [slide(0, 1, 0, 0, 10, 4), slide(0, 2, 0, 6, 10, 4), slide(1, 1, 0, 0, 10, 10)]
  expect([...(await findDuplicates([WEST, other], landslides))]).toEqual([2, 2, 2])
})

test('across two UTM zones the same ground is found again', async () => {
  const [from, to] = await Promise.all(
    ['EPSG:32633', 'EPSG:32634'].map(crs => projectionOf({ crs, geoKeys: null }, 'raster')),
  )
  const move = await pointTransform(from!, to!)
  const [x, y] = move(700_600, 5_099_900)
  const zone34: PlacedRaster = {
    ...WEST,
    name: 'zone 34',
    crs: 'EPSG:32634',
    transform: [Math.round(x / 10) * 10 - 500, 10, 0, Math.round(y / 10) * 10 + 500, 0, -10],
    sensed: null,
  }
  // 30 x 30 pixels whose middle lies at that place, turned a little against each other by the zones' convergence.
  const landslides = [slide(0, 1, 45, -5, 30, 30), slide(1, 1, 35, 35, 30, 30), slide(1, 2, 80, 80, 30, 30)]
  expect([...(await findDuplicates([WEST, zone34], landslides))]).toEqual([0, 0, 2])
})

test('neither the order of the rasters nor that of the landslides matters', async () => {
  const random = randomStream(7, 'duplicates')
  const rasters = ['a', 'b', 'c'].map(name => ({ ...WEST, name }))
  const landslides = Array.from({ length: 60 }, (_, i) =>
    slide(
      i % 3,
      Math.floor(i / 3) + 1,
      ...([40, 40, 9, 9].map(most => Math.floor(random.uniform() * most) + 1) as [
        number,
        number,
        number,
        number,
      ]),
    ),
  )
  const nameOf = (all: readonly PlacedLandslide[], names: readonly { name: string }[], index: number) =>
    `${names[all[index]!.raster]!.name}${all[index]!.number}`
  const kept = async (names: readonly PlacedRaster[], all: readonly PlacedLandslide[]) => {
    const found = await findDuplicates(names, all)
    return [...found].map((to, from) => `${nameOf(all, names, from)} ${nameOf(all, names, to)}`).sort()
  }
  const expected = await kept(rasters, landslides)
  expect(new Set(expected.map(line => line.split(' ')[1])).size).toBeLessThan(60)
  const turned = [...rasters].reverse()
  const moved = [...landslides].reverse().map(one => ({ ...one, raster: 2 - one.raster }))
  expect(await kept(turned, moved)).toEqual(expected)
})
