import { expect, test } from 'vitest'
import { randomStream } from '../foundation/random'
import { AUDIT_STRATA, allocatePoints, noStratumPixels } from './auditDesign'
import { auditStrata, countStrata, drawPoints, placePoints } from './auditDraw'

test("a pixel's stratum is what the map says, or the third where the networks disagree", () => {
  const mask = new Uint8Array([0, 1, 255, 1, 0, 0])
  const disagreement = new Float32Array([0.1, 0.2, 0.9, 0.4, 0.9, Number.NaN])
  const valid = new Uint8Array([1, 1, 1, 1, 0, 1])
  const map = { mask, disagreement, valid }
  expect([...auditStrata(map, 0.4)]).toEqual([1, 0, 255, 2, 255, 1])
  expect([...auditStrata(map, null)]).toEqual([1, 0, 255, 0, 255, 1])
  expect([...auditStrata({ mask, disagreement: null, valid: null }, 0.4)]).toEqual([1, 0, 255, 0, 1, 1])
  expect(countStrata(auditStrata(map, 0.4))).toEqual({ landslide: 1, 'not-landslide': 2, disagreement: 1 })
})

/** Patches of different sizes with strata at random. */
function event(seed: number): Map<string, { strata: Uint8Array; width: number }> {
  const random = randomStream(seed, 'event')
  const sizes = [
    [17, 30],
    [64, 64],
    [5, 9],
    [128, 40],
  ]
  return new Map(
    sizes.map(([width, height], i) => {
      const draw = () => (random.chance(0.1) ? 255 : random.chance(0.06) ? 0 : random.chance(0.1) ? 2 : 1)
      return [`patch-${i}`, { strata: Uint8Array.from({ length: width! * height! }, draw), width: width! }]
    }),
  )
}

function draw(patches: ReturnType<typeof event>, size: number, seed: number, ids = [...patches.keys()]) {
  const counts = new Map(ids.map(id => [id, countStrata(patches.get(id)!.strata)]))
  const pixels = noStratumPixels()
  for (const count of counts.values()) for (const stratum of AUDIT_STRATA) pixels[stratum] += count[stratum]
  const drawn = drawPoints(counts, allocatePoints(pixels, size), seed)
  return [...drawn]
    .flatMap(([id, points]) => {
      const { strata, width } = patches.get(id)!
      return placePoints(id, points, strata, width)
    })
    .sort((a, b) => a.number - b.number)
}

test('points lie on pixels of their stratum, none twice, numbered from 1, strata mixed', () => {
  const patches = event(1)
  const points = draw(patches, 300, 7)
  expect(points.map(({ number }) => number)).toEqual(Array.from({ length: 300 }, (_, i) => i + 1))
  expect(new Set(points.map(({ patchId, column, row }) => `${patchId}/${column}/${row}`)).size).toBe(300)
  for (const { patchId, column, row, stratum } of points) {
    const { strata, width } = patches.get(patchId)!
    expect(AUDIT_STRATA[strata[row * width + column]!]).toBe(stratum)
  }
  expect(new Set(points.slice(0, 25).map(({ stratum }) => stratum)).size).toBe(3)
})

test('the draw depends on the seed, not on the order in which patches are read', () => {
  const patches = event(1)
  const points = draw(patches, 200, 7)
  expect(draw(patches, 200, 7, [...patches.keys()].reverse())).toEqual(points)
  expect(draw(patches, 200, 8)).not.toEqual(points)
})

test('every pixel of a stratum has the same chance, in small patches and in large ones', () => {
  const patches = event(2)
  const hits = new Map<string, number>()
  for (let seed = 0; seed < 400; seed++) {
    for (const { patchId, stratum } of draw(patches, 300, seed)) {
      hits.set(`${patchId} ${stratum}`, (hits.get(`${patchId} ${stratum}`) ?? 0) + 1)
    }
  }
  for (const stratum of AUDIT_STRATA) {
    const counts = [...patches.keys()].map(id => countStrata(patches.get(id)!.strata)[stratum])
    const drawn = [...patches.keys()].map(id => hits.get(`${id} ${stratum}`) ?? 0)
    const chance = drawn.reduce((a, b) => a + b) / counts.reduce((a, b) => a + b)
    for (const [i, count] of counts.entries()) {
      // Four standard deviations of a binomial, which the draw without replacement stays below.
      expect(Math.abs(drawn[i]! - chance * count)).toBeLessThan(4 * Math.sqrt(chance * count) + 1)
    }
  }
})

test('all of a stratum can be drawn, more cannot; a map that changed meanwhile is refused', () => {
  const counts = new Map([['a', { landslide: 3, 'not-landslide': 2, disagreement: 0 }]])
  const strata = new Uint8Array([0, 1, 0, 1, 0])
  const all = drawPoints(counts, { landslide: 3, 'not-landslide': 2, disagreement: 0 }, 1)
  const placed = placePoints('a', all.get('a')!, strata, 5)
  expect(placed.map(({ column }) => column).sort()).toEqual([0, 1, 2, 3, 4])
  expect(() => drawPoints(counts, { landslide: 4, 'not-landslide': 0, disagreement: 0 }, 1)).toThrow(
    'ask for fewer',
  )
  expect(() => placePoints('a', all.get('a')!, new Uint8Array(5), 5)).toThrow('Draw them again')
})
