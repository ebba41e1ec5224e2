import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fillPolygon, type Polygon } from '../scenes/polygons'
import { checkPolygons } from './checkPolygons'
import { collect, drawn, EIGHT, FOUR, flooded, rasterOf, smallMasks } from './inventories.testing'
import { EXACT } from './inventory'
import { inventoryOf, traceRegions } from './inventoryOf'
import { ringArea } from './rings'

/** Rings from their corner at the top, of several the left one. */
function fromTop(polygon: Polygon): number[][] {
  return polygon.map(ring => {
    const corners = Array.from(
      { length: ring.length / 2 },
      (_, i) => [ring[2 * i]!, ring[2 * i + 1]!] as const,
    )
    const first = corners.indexOf(corners.toSorted(([ax, ay], [bx, by]) => ay - by || ax - bx)[0]!)
    return [...corners.slice(first), ...corners.slice(0, first)].flat()
  })
}

function areaOf(polygons: readonly Polygon[]): number {
  return polygons.flat().reduce((sum, ring) => sum + ringArea(ring), 0)
}

describe('outlines', () => {
  it('are one valid multipolygon for each landslide, which fills exactly its pixels', async () => {
    await fc.assert(
      fc.asyncProperty(smallMasks, fc.integer({ min: 1, max: 9 }), async ({ mask, width }, strip) => {
        const height = mask.length / width
        const { landslides, summary } = await collect(rasterOf(mask, width), EXACT, strip)
        const { labels, count } = flooded(mask, width, EIGHT)
        expect(landslides).toHaveLength(count)
        expect(summary).toMatchObject({ landslides: count, pixels: mask.filter(value => value === 1).length })
        for (const { number, polygons, window, fields } of landslides) {
          const own = labels.map(label => (label === number ? 1 : 0))
          const burnt = new Uint8Array(mask.length)
          for (const polygon of polygons) {
            const part = new Uint8Array(mask.length)
            fillPolygon(polygon, part, { column: 0, row: 0, width, height })
            for (const [i, value] of part.entries()) burnt[i]! += value
          }
          expect([...burnt]).toEqual([...own])
          expect(areaOf(polygons)).toBe(own.filter(Boolean).length)
          expect(fields.pixels).toBe(own.filter(Boolean).length)
          expect(checkPolygons(polygons)).toEqual([])
          expect(polygons).toHaveLength(flooded(Uint8Array.from(own), width, FOUR).count)
          for (const [first, ...holes] of polygons) {
            expect(ringArea(first!)).toBeGreaterThan(0)
            for (const hole of holes) expect(ringArea(hole)).toBeLessThan(0)
          }
          const columns = [...own.keys()].filter(i => own[i]).map(i => i % width)
          const rows = [...own.keys()].filter(i => own[i]).map(i => Math.floor(i / width))
          expect(window).toEqual({
            column: Math.min(...columns),
            row: Math.min(...rows),
            width: Math.max(...columns) - Math.min(...columns) + 1,
            height: Math.max(...rows) - Math.min(...rows) + 1,
          })
        }
      }),
      { numRuns: 500 },
    )
  })

  it('have corners only, and each but once in its ring', async () => {
    await fc.assert(
      fc.asyncProperty(smallMasks, async ({ mask, width }) => {
        const { landslides } = await collect(rasterOf(mask, width))
        for (const ring of landslides.flatMap(({ polygons }) => polygons.flat())) {
          const corners = new Set<string>()
          for (let i = 0; i < ring.length; i += 2) {
            const [next, after] = [(i + 2) % ring.length, (i + 4) % ring.length]
            corners.add(`${ring[i]} ${ring[i + 1]}`)
            // Level and upright edges take turns.
            expect(ring[i] === ring[next]).toBe(ring[next] !== ring[after])
            expect(ring[i + 1] === ring[next + 1]).toBe(ring[next + 1] !== ring[after + 1])
          }
          expect(corners.size).toBe(ring.length / 2)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('of a hole that touches the outside in a corner are two rings', async () => {
    const { mask, width } = drawn('.##', '#.#', '###')
    const { landslides } = await collect(rasterOf(mask, width))
    expect(landslides[0]!.polygons.map(fromTop)).toEqual([
      [
        [1, 0, 1, 1, 0, 1, 0, 3, 3, 3, 3, 0],
        [1, 1, 2, 1, 2, 2, 1, 2],
      ],
    ])
  })

  it('of pixels that touch by a corner are two polygons of one landslide', async () => {
    const { mask, width } = drawn('#.', '.#')
    const { landslides } = await collect(rasterOf(mask, width))
    expect(landslides.map(({ polygons }) => polygons.map(fromTop))).toEqual([
      [[[0, 0, 0, 1, 1, 1, 1, 0]], [[1, 1, 1, 2, 2, 2, 2, 1]]],
    ])
  })

  it('put islands in a hole in a polygon of their own, and number them as landslides', async () => {
    const { mask, width } = drawn('#######', '#.....#', '#.###.#', '#.#.#.#', '#.###.#', '#.....#', '#######')
    const { landslides } = await collect(rasterOf(mask, width))
    expect(
      landslides.map(({ number, polygons, fields }) => [
        number,
        polygons.length,
        polygons[0]!.length,
        fields.pixels,
      ]),
    ).toEqual([
      [1, 1, 2, 24],
      [2, 1, 2, 8],
    ])
  })
})

describe('inventory', () => {
  it('is the same in one strip and in many, and asks for every row once, from the top down', async () => {
    await fc.assert(
      fc.asyncProperty(smallMasks, fc.integer({ min: 1, max: 5 }), async ({ mask, width }, strip) => {
        const ground = Float32Array.from(mask, (_, i) => ((i * 7919) % 101) / 3)
        const planes = {
          probability: ground.map(value => value / 40),
          disagreement: ground.map(value => 1 - value / 40),
          elevation: ground,
          slope: ground,
        }
        const one = await collect(rasterOf(mask, width, planes), EXACT, 1000)
        const raster = rasterOf(mask, width, planes)
        expect(await collect(raster, EXACT, strip)).toEqual(one)
        const height = mask.length / width
        let top = 0
        for (const [begin, count] of raster.asked) {
          expect(begin).toBe(top)
          top += count
        }
        expect(top).toBe(height)
      }),
      { numRuns: 200 },
    )
  })

  it('gives a landslide as soon as it and all before it have ended', async () => {
    const { mask, width } = drawn(
      '##....',
      '......',
      '#...#.',
      '#.....',
      '#.#...',
      '......',
      '......',
      '......',
    )
    const raster = rasterOf(mask, width)
    const inventory = inventoryOf(raster, EXACT, {}, 1)
    const rowsAsked: number[] = []
    for await (const _ of inventory) rowsAsked.push(raster.asked.length)
    // A row is looked at when the one below it was read; the second waits for nobody, the third and fourth for the second.
    expect(rowsAsked).toEqual([3, 7, 7, 7])
  })

  it('is cancelled between rows of a strip', async () => {
    const { mask, width } = { mask: new Uint8Array(200 * 4).fill(1), width: 4 }
    const stop = new AbortController()
    const seen: number[] = []
    const onProgress = ({ done }: { done: number }) => {
      seen.push(done)
      if (done === 64) stop.abort()
    }
    const inventory = inventoryOf(rasterOf(mask, width), EXACT, { signal: stop.signal, onProgress })
    await expect(inventory.next()).rejects.toMatchObject({ code: 'aborted' })
    expect(seen).toEqual([0, 32, 64])
  })

  it('refuses rows of another width', async () => {
    const raster = { ...rasterOf(new Uint8Array(12), 4), width: 5 }
    await expect(inventoryOf(raster, EXACT).next()).rejects.toMatchObject({ code: 'shape-mismatch' })
  })

  it('traces pixels of other values, for what was not analysed', async () => {
    const { mask, width } = drawn('??.#', '?.#?', '...?')
    const regions = []
    for await (const region of traceRegions(rasterOf(mask, width), value => value === 255)) {
      regions.push({ ...region, polygons: region.polygons.map(fromTop) })
    }
    expect(regions).toEqual([
      {
        window: { column: 0, row: 0, width: 2, height: 2 },
        pixels: 3,
        polygons: [[[0, 0, 0, 2, 1, 2, 1, 1, 2, 1, 2, 0]]],
      },
      {
        window: { column: 3, row: 1, width: 1, height: 2 },
        pixels: 2,
        polygons: [[[3, 1, 3, 3, 4, 3, 4, 1]]],
      },
    ])
  })
})
