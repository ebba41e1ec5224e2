import { expect, test } from 'vitest'
import { pointTransform, projectionOf } from '../scenes/projection'
import { earlierOnGround, type GroundPlace, markCovered, placesApart } from './sharedGround'

const place = (id: string, x: number, y: number, change: Partial<GroundPlace> = {}): GroundPlace => ({
  id,
  width: 20,
  height: 10,
  group: null,
  georeference: { crs: 'EPSG:32633', transform: [x, 10, 0, y, 0, -10], geoKeys: null },
  ...change,
})

const idsOf = (sharing: ReadonlyMap<string, readonly GroundPlace[]>) =>
  Object.fromEntries([...sharing].map(([id, earlier]) => [id, earlier.map(other => other.id)]))

test('those that may share ground with an earlier one are found, whatever their order from west to east', async () => {
  const places = [
    place('east', 500_100, 5e6),
    place('west', 500_000, 5e6),
    place('far', 600_000, 5e6),
    place('south', 500_000, 5e6 - 90),
    place('nowhere', 500_000, 5e6, { georeference: null }),
  ]
  expect(idsOf(await earlierOnGround(places))).toEqual({ west: ['east'], south: ['east', 'west'] })
  expect(idsOf(await earlierOnGround([...places].reverse()))).toEqual({
    ...{ west: ['south'], east: ['south', 'west'] },
  })
})

test('neighbours that touch share none', async () => {
  const places = [place('a', 500_000, 5e6), place('b', 500_200, 5e6), place('c', 500_000, 5e6 - 100)]
  expect((await earlierOnGround(places)).size).toBe(0)
})

test('cells of one scene share none, those of two scenes do', async () => {
  const cells = [
    place('a1', 500_000, 5e6, { group: 'a' }),
    place('a2', 500_195, 5e6, { group: 'a' }),
    place('b1', 500_100, 5e6, { group: 'b' }),
  ]
  expect(idsOf(await earlierOnGround(cells))).toEqual({ b1: ['a1', 'a2'] })
})

test('a system that cannot be read shares ground with itself alone, and is said to be apart', async () => {
  const odd = (x: number) => ({
    georeference: { crs: 'EPSG:999999', transform: [x, 10, 0, 5e6, 0, -10] as const, geoKeys: null },
  })
  const places = [
    place('a', 500_000, 5e6),
    place('b', 500_000, 5e6, odd(500_000)),
    place('c', 500_000, 5e6, odd(500_100)),
  ]
  expect(idsOf(await earlierOnGround(places))).toEqual({ c: ['b'] })
  const covered = new Uint8Array(200)
  await markCovered(places[2]!, places[1]!, new Uint8Array(200).fill(1), covered)
  expect(covered.reduce((sum, value) => sum + value, 0)).toBe(100)
  await markCovered(places[1]!, places[0]!, new Uint8Array(200).fill(1), covered.fill(0))
  expect(covered).not.toContain(1)
  expect([...(await placesApart(places))]).toEqual(['b', 'c'])
  // Alone, all of them can be compared.
  expect((await placesApart(places.slice(1))).size).toBe(0)
})

test('pixels count as covered by their centres, where the earlier one says something', async () => {
  const [earlier, later] = [place('a', 500_000, 5e6), place('b', 500_104, 5e6 - 50)]
  const known = new Uint8Array(200).fill(1)
  // The last row of the earlier one, its last column.
  known[199] = 0
  const covered = new Uint8Array(200)
  await markCovered(later, earlier, known, covered)
  // Its columns begin at 10.4: nine pixels and a half of the earlier one are left, of which nine have their centres there.
  const expected = Array.from({ length: 200 }, (_, i) => {
    const [column, row] = [i % 20, Math.floor(i / 20)]
    const x = Math.floor(10.4 + column + 0.5)
    const isOn = x < 20 && row < 5
    return Number(isOn && !(x === 19 && row === 4))
  })
  expect([...covered]).toEqual(expected)
})

test('patches of two zones of UTM meet on the ground', async () => {
  const zone33 = await projectionOf({ crs: 'EPSG:32633', geoKeys: null }, 'a')
  const zone34 = await projectionOf({ crs: 'EPSG:32634', geoKeys: null }, 'b')
  // Near 18 degrees east, where the zones meet.
  const corner = [730_000, 5e6] as const
  const [x, y] = (await pointTransform(zone33, zone34))(...corner)
  const earlier = place('a', ...corner)
  const later = place('b', Math.round(x), Math.round(y), {
    georeference: {
      crs: 'EPSG:32634',
      transform: [Math.round(x), 10, 0, Math.round(y), 0, -10],
      geoKeys: null,
    },
  })
  expect(idsOf(await earlierOnGround([earlier, later]))).toEqual({ b: ['a'] })
  const covered = new Uint8Array(200)
  await markCovered(later, earlier, new Uint8Array(200).fill(1), covered)
  // Turned by some degrees about their common corner: the square in the middle is covered, not all of the patch.
  expect(covered[5 * 20 + 10]).toBe(1)
  const share = covered.reduce((sum, value) => sum + value, 0) / 200
  expect(share).toBeGreaterThan(0.8)
  expect(share).toBeLessThan(1)
})
