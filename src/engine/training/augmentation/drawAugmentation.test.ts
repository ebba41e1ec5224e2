import { expect, test } from 'vitest'
import { randomStream } from '../../../core/foundation/random'
import { type AugmentationSettings, defaultAugmentation } from '../../../core/rounds/roundConfig'
import { augmented, BANDS, sampleOf } from './augmentation.testing'
import { drawAugmentation } from './drawAugmentation'

const sample = sampleOf(16, 16, 9)
const draw = (seed: number, change: Partial<AugmentationSettings> = {}) =>
  drawAugmentation(sample, { ...defaultAugmentation, cropSize: 8, ...change }, randomStream(seed, 'x'))

test('a draw repeats for a seed; without augmentation only the crop is drawn', () => {
  expect(draw(5)).toEqual(draw(5))
  expect(draw(5)).not.toEqual(draw(6))
  const { column, row } = draw(5)
  const gain = new Float32Array(BANDS).fill(1)
  const plain = {
    column,
    row,
    angle: 0,
    flip: false,
    turns: 0,
    bend: 1,
    gain,
    offset: new Float32Array(BANDS),
  }
  expect(draw(5, { augment: false })).toEqual(plain)
})

test('switching one kind off leaves the others as they were, and so does what the patch holds', () => {
  const drawn = draw(5, { bandDropout: 0.5, rotationShare: 1 })
  expect(draw(5, { bandDropout: 0.5, rotationShare: 0 })).toEqual({ ...drawn, angle: 0 })
  expect(draw(5, { bandDropout: 0.5, rotationShare: 1, gamma: 0 })).toEqual({ ...drawn, bend: 1 })
  const bare = drawAugmentation(
    sampleOf(16, 16),
    { ...defaultAugmentation, cropSize: 8, bandDropout: 0.5, rotationShare: 1, landslideShare: 1 },
    randomStream(5, 'x'),
  )
  expect({ ...bare, column: 0, row: 0 }).toEqual({ ...drawn, column: 0, row: 0 })
})

test('draws stay within their ranges and use them; the asked share is rotated', () => {
  const settings = { rotationDegrees: 20, rotationShare: 0.3, gamma: 0.4, contrast: 0.1, bandJitter: 0 }
  const draws = Array.from({ length: 400 }, (_, seed) => draw(seed, settings))
  const angles = draws.map(({ angle }) => angle).filter(angle => angle !== 0)
  expect(Math.abs(angles.length / 400 - 0.3)).toBeLessThan(0.08)
  const within = (values: number[], low: number, high: number) => {
    const span = high - low
    expect(Math.min(...values)).toBeGreaterThanOrEqual(low)
    expect(Math.min(...values)).toBeLessThan(low + 0.1 * span)
    expect(Math.max(...values)).toBeLessThanOrEqual(high)
    expect(Math.max(...values)).toBeGreaterThan(high - 0.1 * span)
  }
  within(angles, -20, 20)
  within(
    draws.map(({ bend }) => Math.log(bend)),
    -0.4,
    0.4,
  )
  within(
    draws.map(({ gain }) => gain[3]!),
    0.9,
    1.1,
  )
})

test('slope and elevation keep their colours in every draw', () => {
  for (let seed = 0; seed < 50; seed++) {
    const { gain, offset } = draw(seed, { bandDropout: 1 })
    expect([...gain.slice(12), ...offset.slice(12)]).toEqual([1, 1, 0, 0])
  }
  const { gain, offset } = draw(1)
  expect(gain[0]).not.toBe(1)
  expect(offset[11]).not.toBe(0)
})

test('as many spectral bands are dropped as asked: all of a band, to its mean', () => {
  const dropped = Array.from({ length: 200 }, (_, seed) => draw(seed, { bandDropout: 0.25 })).map(
    ({ gain, offset }) => gain.slice(0, 12).filter((value, band) => value === 0 && offset[band] === 0).length,
  )
  const mean = dropped.reduce((a, b) => a + b) / 200 / 12
  expect(Math.abs(mean - 0.25)).toBeLessThan(0.04)
  expect(draw(3).gain.includes(0)).toBe(false)
})

test('crops prefer landslides as often as asked, and lie inside the patch', () => {
  const wide = sampleOf(64, 48, 40 * 64 + 3)
  const settings = { ...defaultAugmentation, cropSize: 8, rotationShare: 0 }
  const share = (landslideShare: number) => {
    let hits = 0
    for (let i = 0; i < 300; i++) {
      const place = drawAugmentation(wide, { ...settings, landslideShare }, randomStream(i, 'crop'))
      expect(place.column).toBeGreaterThanOrEqual(0)
      expect(place.column).toBeLessThanOrEqual(56)
      expect(place.row).toBeGreaterThanOrEqual(0)
      expect(place.row).toBeLessThanOrEqual(40)
      if (Array.from(augmented(wide, 8, place).label).includes(1)) hits++
    }
    return hits / 300
  }
  expect(share(1)).toBe(1)
  expect(share(0)).toBeLessThan(0.1)
  expect(Math.abs(share(0.5) - 0.5)).toBeLessThan(0.1)
})
