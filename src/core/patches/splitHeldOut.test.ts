import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { splitHeldOut } from './splitHeldOut'

const names = (...ids: number[]) => ids.map(id => `image_${id}`)
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

describe('splitHeldOut', () => {
  it('holds out about the share asked for, in blocks', () => {
    const held = splitHeldOut(names(...range(1, 3799)), 0.2)
    expect(held.size / 3799).toBeGreaterThan(0.17)
    expect(held.size / 3799).toBeLessThan(0.23)
    const borders = range(1, 3798).filter(
      id => held.has(`image_${id}`) !== held.has(`image_${id + 1}`),
    ).length
    expect(borders).toBeLessThan(held.size / 20)
  })

  it('keeps the short runs of the real subset together', () => {
    const ids = [1, 2, 3, 16, 38, 40, 41, 45, 72, 150, 253, 512, 525, 600, 800]
    const held = splitHeldOut(names(...ids), 0.2)
    for (const run of [names(1, 2, 3), names(40, 41)]) {
      expect(new Set(run.map(name => held.has(name))).size).toBe(1)
    }
    expect(held.size).toBeGreaterThanOrEqual(2)
    expect(held.size).toBeLessThanOrEqual(4)
  })

  it('begins where the held-out patches hold their share of the landslides', () => {
    const ids = [1, 2, 3, 16, 38, 40, 41, 45, 72, 150, 253, 512, 525, 600, 800]
    const counts = new Map(names(...ids).map((name, i) => [name, [16, 45, 525].includes(ids[i]!) ? 0 : 500]))
    expect([...splitHeldOut(names(...ids), 0.2)].every(name => counts.get(name) === 0)).toBe(true)
    const held = splitHeldOut(names(...ids), 0.2, counts)
    const found = [...held].reduce((sum, name) => sum + counts.get(name)!, 0)
    expect(found).toBeGreaterThanOrEqual(500)
    expect(found).toBeLessThanOrEqual(2000)
    expect(held.size).toBeLessThanOrEqual(5)
  })

  it('depends on the set of names only, never takes all, and takes some where it can', () => {
    const ids = fc.uniqueArray(fc.integer({ min: 1, max: 200 }), { minLength: 2, maxLength: 60 })
    fc.assert(
      fc.property(ids, fc.double({ min: 0.05, max: 0.95, noNaN: true }), (list, share) => {
        const held = splitHeldOut(names(...list), share)
        expect(held).toEqual(splitHeldOut(names(...list).reverse(), share))
        expect(held.size).toBeGreaterThan(0)
        expect(held.size).toBeLessThan(list.length)
      }),
    )
    expect(splitHeldOut(names(1), 0.2).size).toBe(0)
    expect(splitHeldOut(names(1, 2, 3), 0).size).toBe(0)
  })

  it('leaves patches to train on where all names end in the same number', () => {
    const held = splitHeldOut(['strip_1_2_3_14band', 'strip_27_28_14band', 'strip_40_41_14band'], 0.2)
    expect(held.size).toBe(1)
  })

  it('takes names without a number as scenes of their own', () => {
    const held = splitHeldOut(['alps', 'andes', 'hills', 'coast', 'ridge'], 0.2)
    expect(held.size).toBe(1)
  })
})
