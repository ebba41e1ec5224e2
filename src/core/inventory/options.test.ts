import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { randomStream } from '../foundation/random'
import { fillPolygon } from '../scenes/polygons'
import { checkPolygons } from './checkPolygons'
import { HOSTILE_MASKS, maskBy } from './hostileMasks.testing'
import { collect, drawn, EIGHT, FOUR, flooded, rasterOf, smallMasks } from './inventories.testing'
import { EXACT } from './inventory'

const NOWHERE = { georeference: null }

describe('minimum area', () => {
  it('leaves out smaller landslides, says so, and numbers the others', async () => {
    const { mask, width } = drawn('#.##.###', '........', '#.....##')
    const all = await collect(rasterOf(mask, width), { ...EXACT, minimumArea: 200 })
    expect(all.landslides.map(({ number, fields }) => [number, fields.id, fields.area_m2])).toEqual([
      [1, 'Mask-1', 200],
      [2, 'Mask-2', 300],
      [3, 'Mask-3', 200],
    ])
    expect(all.summary).toMatchObject({ landslides: 3, pixels: 7, leftOut: { landslides: 2, pixels: 2 } })
  })

  it('is in pixels where their size is not known', async () => {
    const { mask, width } = drawn('#.##.###')
    const { landslides, summary } = await collect(rasterOf(mask, width, {}, NOWHERE), {
      ...EXACT,
      minimumArea: 3,
    })
    expect(landslides.map(({ fields }) => [fields.pixels, fields.area_m2])).toEqual([[3, null]])
    expect(summary.leftOut).toEqual({ landslides: 2, pixels: 3 })
  })
})

describe('filling holes', () => {
  it('fills what is surrounded by one landslide and is neither larger, ignored, nor at the edge', async () => {
    await fc.assert(
      fc.asyncProperty(
        smallMasks,
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 9 }),
        async (made, most, strip) => {
          const { mask, width } = made
          const height = mask.length / width
          const options = { ...EXACT, fillHoles: most }
          const { landslides, summary } = await collect(rasterOf(mask, width, {}, NOWHERE), options, strip)
          // By flooding: what is no landslide, in 4-connected regions, and what each touches.
          const { labels } = flooded(mask, width, EIGHT)
          const others = mask.map(value => (value === 1 ? 0 : 1))
          const gaps = flooded(others, width, FOUR)
          const expected = labels.slice()
          let [holes, pixels] = [0, 0]
          for (let gap = 1; gap <= gaps.count; gap++) {
            const own = [...gaps.labels.keys()].filter(i => gaps.labels[i] === gap)
            const isAtEdge = own.some(i => {
              const [x, y] = [i % width, Math.floor(i / width)]
              return x === 0 || y === 0 || x === width - 1 || y === height - 1
            })
            const beside = new Set(own.flatMap(i => [i - 1, i + 1, i - width, i + width]).map(i => labels[i]))
            beside.delete(0)
            if (isAtEdge || own.length > most || own.some(i => mask[i] === 255) || beside.size !== 1) continue
            for (const i of own) expected[i] = [...beside][0]!
            holes++
            pixels += own.length
          }
          const burnt = new Int32Array(mask.length)
          for (const { number, polygons } of landslides) {
            expect(checkPolygons(polygons)).toEqual([])
            for (const polygon of polygons) {
              const part = new Uint8Array(mask.length)
              fillPolygon(polygon, part, { column: 0, row: 0, width, height })
              for (const [i, value] of part.entries()) burnt[i]! += value * number
            }
          }
          expect([...burnt]).toEqual([...expected])
          expect(summary.filled).toEqual({ holes, pixels })
          expect(summary.pixels).toBe(expected.filter(Boolean).length)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('counts in square metres, and does not fill around an island', async () => {
    const { mask, width } = drawn('##########', '#.##.....#', '####..#..#', '#..#.....#', '##########')
    const filled = async (fillHoles: number) =>
      (await collect(rasterOf(mask, width), { ...EXACT, fillHoles })).summary.filled
    expect(await filled(99)).toEqual({ holes: 0, pixels: 0 })
    expect(await filled(100)).toEqual({ holes: 1, pixels: 1 })
    expect(await filled(200)).toEqual({ holes: 2, pixels: 3 })
    expect(await filled(100_000)).toEqual({ holes: 2, pixels: 3 })
  })

  it('leaves probability and ground to the mask’s own pixels', async () => {
    const { mask, width } = drawn('###', '#.#', '###')
    const probability = Float32Array.from(mask, value => (value === 1 ? 0.75 : 0))
    const { landslides } = await collect(rasterOf(mask, width, { probability }), {
      ...EXACT,
      fillHoles: 1000,
    })
    expect(landslides[0]!.fields).toMatchObject({
      pixels: 9,
      area_m2: 900,
      p_mean: 0.75,
      p_min: 0.75,
      perimeter_m: 120,
    })
  })
})

describe('simplification', () => {
  it.each(HOSTILE_MASKS)(
    'stays valid, keeps to the tolerance and says what it did: %s',
    async (_, { mask, width }) => {
      const exact = await collect(rasterOf(mask, width))
      for (const simplify of [0.8, 1.5, 6]) {
        const { landslides, summary } = await collect(rasterOf(mask, width), { ...EXACT, simplify })
        expect(landslides.map(({ fields }) => fields)).toEqual(exact.landslides.map(({ fields }) => fields))
        let [changed, foreign, furthest] = [0, 0, 0]
        landslides.forEach(({ polygons }, at) => {
          expect(checkPolygons(polygons)).toEqual([])
          const before = exact.landslides[at]!.polygons.flat()
          for (const [i, ring] of polygons.flat().entries()) {
            const corners = new Set(cornersOf(before[i]!))
            if (!cornersOf(ring).every(corner => corners.has(corner))) foreign++
            if (ring.length < before[i]!.length) changed++
            if (before[i]!.length < 600) furthest = Math.max(furthest, gapBetween(before[i]!, ring))
          }
        })
        expect(foreign).toBe(0)
        expect(furthest).toBeLessThanOrEqual(simplify)
        expect(summary.simplified.rings).toBe(changed)
      }
    },
  )

  it('makes a slanted edge of stairs, within the tolerance', async () => {
    const { mask, width } = maskBy(60, 60, (column, row) => column <= row)
    const { landslides, summary } = await collect(rasterOf(mask, width), { ...EXACT, simplify: 1 })
    expect(summary.simplified).toEqual({ rings: 1, keptExact: 0 })
    expect(landslides[0]!.polygons[0]![0]!.length).toBeLessThan(12)
    expect(landslides[0]!.fields.area_m2).toBe(183_000)
  })

  it('keeps rings exact that would cross', async () => {
    // Noise of many touching parts: at a wide tolerance some rings have to be put back.
    const random = randomStream(18, 'simplify')
    const { mask, width } = maskBy(60, 60, () => random.chance(0.6))
    const { summary } = await collect(rasterOf(mask, width), { ...EXACT, simplify: 3 })
    expect(summary.simplified.keptExact).toBeGreaterThan(0)
    expect(summary.simplified.rings).toBeGreaterThan(0)
  })
})

function cornersOf(ring: readonly number[]): string[] {
  return Array.from({ length: ring.length / 2 }, (_, i) => `${ring[2 * i]} ${ring[2 * i + 1]}`)
}

/** How far the corner of a ring that is furthest from another lies from its nearest edge. */
function gapBetween(ring: readonly number[], other: readonly number[]): number {
  let most = 0
  for (let i = 0; i < ring.length; i += 2) {
    let nearest = Number.POSITIVE_INFINITY
    for (let k = 0; k < other.length; k += 2) {
      const next = (k + 2) % other.length
      const [x0, y0, dx, dy] = [
        other[k]!,
        other[k + 1]!,
        other[next]! - other[k]!,
        other[next + 1]! - other[k + 1]!,
      ]
      const along = ((ring[i]! - x0) * dx + (ring[i + 1]! - y0) * dy) / (dx * dx + dy * dy)
      const share = Math.min(1, Math.max(0, along))
      nearest = Math.min(nearest, Math.hypot(ring[i]! - x0 - share * dx, ring[i + 1]! - y0 - share * dy))
    }
    most = Math.max(most, nearest)
  }
  return most
}
