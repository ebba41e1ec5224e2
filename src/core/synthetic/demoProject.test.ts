import { describe, expect, test } from 'vitest'
import { BAND_COUNT, BANDS, DEM_BAND, SLOPE_BAND } from '../patches/bands'
import type { Patch } from '../patches/patch'
import { demoProject, demoTruth } from './demoProject'

const SIZE = 64
const small = { size: SIZE, sourceCount: 3, targetCount: 2 }

/** Whole demo as shipped, once: 20 patches of 128 x 128. */
const SEED = 7
const demo = [...demoProject(SEED)]
const truth = new Map([...demoTruth(SEED)].map(({ id, label }) => [id, label]))
const labelOf = (patch: Patch) => patch.label ?? truth.get(patch.id)!
const source = demo.filter(patch => patch.domain === 'source')
const target = demo.filter(patch => patch.domain === 'target')

function bandMoments(patches: readonly Patch[], band: number): { mean: number; deviation: number } {
  let sum = 0
  let squares = 0
  let count = 0
  for (const { data, width, height } of patches) {
    for (const value of data.subarray(band * width * height, (band + 1) * width * height)) {
      sum += value
      squares += value * value
      count++
    }
  }
  const mean = sum / count
  return { mean, deviation: Math.sqrt(squares / count - mean * mean) }
}

/** Mean of a band where the label has a value. */
function meanUnder(patches: readonly Patch[], band: number, value: 0 | 1): number {
  let sum = 0
  let count = 0
  for (const patch of patches) {
    const pixels = patch.width * patch.height
    labelOf(patch).forEach((label, pixel) => {
      if (label !== value) return
      sum += patch.data[band * pixels + pixel]!
      count++
    })
  }
  return sum / count
}

describe('the seed', () => {
  test('gives the same patches again, however many are asked for', () => {
    const first = [...demoProject(3, small)]
    const again = [...demoProject(3, { ...small, sourceCount: 4 })]
    for (const patch of first) {
      const twin = again.find(other => other.id === patch.id)!
      expect(twin.data).toEqual(patch.data)
      expect(twin.label).toEqual(patch.label)
    }
  })

  test('gives other patches when it changes', () => {
    const [one] = demoProject(3, small)
    const [other] = demoProject(4, small)
    expect(one!.data).not.toEqual(other!.data)
  })
})

describe('the project', () => {
  test('has a labelled source and an unlabelled target, each patch with a name of its own', () => {
    expect([source.length, target.length]).toEqual([12, 8])
    expect(source.every(patch => patch.label?.length === 128 * 128)).toBe(true)
    expect(target.every(patch => patch.label === null)).toBe(true)
    expect(new Set(demo.map(patch => patch.name)).size).toBe(20)
    expect(new Set(demo.map(patch => patch.id)).size).toBe(20)
    expect(demo[0]?.name).toBe('image_1')
    expect([...truth.keys()]).toEqual(target.map(patch => patch.id))
  })

  test('keeps to whole numbers within what the dataset holds', () => {
    for (const { data, width, height, valid } of demo) {
      expect(valid).toBeNull()
      expect(data.length).toBe(BAND_COUNT * width * height)
      for (let band = 0; band < BAND_COUNT; band++) {
        let low = Number.POSITIVE_INFINITY
        let high = Number.NEGATIVE_INFINITY
        let whole = true
        for (const value of data.subarray(band * width * height, (band + 1) * width * height)) {
          low = Math.min(low, value)
          high = Math.max(high, value)
          whole &&= Number.isInteger(value)
        }
        expect(whole).toBe(true)
        const [least, most] = band === SLOPE_BAND ? [0, 89] : band === DEM_BAND ? [0, 4500] : [1, 9000]
        expect(low, BANDS[band]!.name).toBeGreaterThanOrEqual(least!)
        expect(high, BANDS[band]!.name).toBeLessThanOrEqual(most!)
      }
    }
  })
})

describe('landslides', () => {
  test('are rare, near 49 to 1, and some patches have none', () => {
    const shares = demo.map(patch => labelOf(patch).reduce((sum, value) => sum + value, 0) / 128 ** 2)
    const mean = shares.reduce((a, b) => a + b) / shares.length
    expect(mean).toBeGreaterThan(0.01)
    expect(mean).toBeLessThan(0.04)
    expect(shares.some(share => share === 0)).toBe(true)
    expect(shares.filter(share => share > 0.002).length).toBeGreaterThan(shares.length / 2)
  })

  test('lie on steeper ground than the rest', () => {
    expect(meanUnder(demo, SLOPE_BAND, 1)).toBeGreaterThan(meanUnder(demo, SLOPE_BAND, 0) + 1)
  })

  test('are bare: brighter in red, darker in near infrared than the plants around', () => {
    for (const region of [source, target]) {
      expect(meanUnder(region, 3, 1)).toBeGreaterThan(1.5 * meanUnder(region, 3, 0))
      expect(meanUnder(region, 7, 1)).toBeLessThan(meanUnder(region, 7, 0))
    }
  })

  test('cannot be had from brightness alone: much unlabelled ground is as red as a scar', () => {
    const red = 3
    const level = meanUnder(source, red, 1)
    let inside = 0
    let outside = 0
    for (const patch of source) {
      const pixels = patch.width * patch.height
      labelOf(patch).forEach((label, pixel) => {
        if (patch.data[red * pixels + pixel]! < level) return
        if (label === 1) inside++
        else outside++
      })
    }
    expect(outside).toBeGreaterThan(0.3 * inside)
  })
})

test('the shift between the regions is that of the real sets in kind and size', () => {
  // Standardised mean shifts of 9 real target against 15 real train patches (docs/demo.md), B1..B12, slope, DEM.
  const real = [0.34, 0.33, 0.25, 0.28, 0.39, 0.17, 0.09, 0.12, 1.01, 1.56, 0.3, 0.32, -0.53, -0.69]
  real.forEach((expected, band) => {
    const from = bandMoments(source, band)
    const shift = (bandMoments(target, band).mean - from.mean) / from.deviation
    expect(Math.sign(shift), BANDS[band]!.name).toBe(Math.sign(expected))
    expect(Math.abs(shift - expected), BANDS[band]!.name).toBeLessThan(0.6)
  })
})
