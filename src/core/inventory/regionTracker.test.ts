import { afterEach, describe, expect, it, vi } from 'vitest'
import { checkerboard, comb, maskBy, spiral, type TestMask } from './hostileMasks.testing'
import type { Sums } from './regions'
import { type RegionLimits, RegionTracker } from './regionTracker'
import { traceRuns } from './rings'

/** Counts pixels, and how often it was joined. */
class Count implements Sums<Count> {
  static joins = 0
  pixels = 0
  merge(other: Count): void {
    this.pixels += other.pixels
    Count.joins++
  }
}

/** Regions of a mask, given out as rows come: how many, and their pixels by runs and by sums. */
function follow({ mask, width }: TestMask, limits?: RegionLimits) {
  const height = mask.length / width
  const rule = { members: Uint8Array.from({ length: 256 }, (_, value) => (value === 1 ? 1 : 0)) }
  const tracker = new RegionTracker('Mask', width, height, rule, () => new Count(), limits)
  let [regions, pixels, runs, rows] = [0, 0, 0, 0]
  for (let row = 0; row < height; row++, rows++) {
    tracker.addRow(row, mask, row * width, (sums, begin, end) => {
      sums.pixels += end - begin
      runs++
    })
    for (const region of tracker.ended()) {
      regions++
      expect(region.sums.pixels).toBe(region.pixels)
      pixels += region.pixels
    }
  }
  expect(pixels).toBe(mask.filter(value => value === 1).length)
  return { regions, runs, rows }
}

describe('regions', () => {
  afterEach(() => vi.restoreAllMocks())

  it.each([
    ['a comb', comb(512)],
    ['a spiral', spiral(512)],
    ['a checkerboard', checkerboard(512)],
  ])('copy few runs when parts are joined late, and join no more often than parts began: %s', (_, made) => {
    Count.joins = 0
    let copied = 0
    const { set } = Int32Array.prototype
    vi.spyOn(Int32Array.prototype, 'set').mockImplementation(function (this: Int32Array, values, offset) {
      copied += values.length / 3
      set.call(this, values, offset)
    })
    const { regions, runs } = follow(made)
    expect(regions).toBe(1)
    // Each join copies the shorter list: a run at most log2 n times; growing by half copies three times more at most.
    expect(copied).toBeLessThan(runs * (3 + Math.log2(runs)))
    expect(Count.joins).toBeLessThan(runs)
  })

  it('hold what is open, whatever the height of the raster', () => {
    const made = maskBy(100, 2000, (column, row) => column % 4 < 2 && row % 5 < 3)
    expect(follow(made, { runs: 100, regions: 25 })).toMatchObject({ regions: 10_000, runs: 30_000 })
  })

  it('refuse what is too ragged before it fills the memory', () => {
    const hint = expect.objectContaining({
      code: 'file-too-large',
      message: expect.stringContaining('Clean it up'),
    })
    expect(() => follow(comb(100), { runs: 1000, regions: 1000 })).toThrow(hint)
    // Single pixels that wait for the line along the left edge.
    const waiting = maskBy(100, 100, (column, row) => column === 0 || (column % 2 === 0 && row % 2 === 0))
    expect(() => follow(waiting, { runs: 10_000, regions: 1000 })).toThrow(hint)
    expect(follow(waiting, { runs: 10_000, regions: 3000 }).regions).toBe(1 + 49 * 50)
  })

  it('refuse an outline of millions of corners before any ring is made', () => {
    const rows = 1024
    const each = 1000
    const runs = {
      top: 0,
      rows: Int32Array.from({ length: rows + 1 }, (_, row) => row * each),
      begins: Int32Array.from(
        { length: rows * each },
        (_, run) => (run % each) * 2 + (Math.floor(run / each) % 2),
      ),
      ends: Int32Array.from(
        { length: rows * each },
        (_, run) => (run % each) * 2 + (Math.floor(run / each) % 2) + 1,
      ),
    }
    expect(() => traceRuns(runs)).toThrow(expect.objectContaining({ code: 'file-too-large' }))
  })
})
