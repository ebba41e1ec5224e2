import { expect, test } from 'vitest'
import { randomStream } from '../foundation/random'
import { type Augmentation, defaultAugmentation, drawAugmentation, writeAugmented } from './augmentation'
import type { TrainingSample } from './trainingSample'

const BANDS = 14

/** Pixel value = 1 + its index, in every band; one landslide pixel at `landslide`. */
function sampleOf(width: number, height: number, landslide = -1): TrainingSample {
  const pixels = new Float32Array(width * height * BANDS)
  for (let i = 0; i < width * height; i++) pixels.fill(i + 1, i * BANDS, (i + 1) * BANDS)
  const label = new Uint8Array(width * height)
  if (landslide >= 0) label[landslide] = 1
  return { width, height, pixels, label }
}

function write(sample: TrainingSample, side: number, change: Partial<Augmentation>) {
  const pixels = new Float32Array(side * side * BANDS)
  const label = new Int32Array(side * side)
  const plain = { column: 0, row: 0, flip: false, turns: 0 }
  const identity = { gain: new Float32Array(BANDS).fill(1), offset: new Float32Array(BANDS) }
  writeAugmented(sample, { ...plain, ...identity, ...change }, side, 0, pixels, label)
  return { pixels, label, first: Array.from({ length: side * side }, (_, i) => pixels[i * BANDS]) }
}

test('the eight flips and turns are all different, and label and pixels move together', () => {
  const sample = sampleOf(2, 2, 1)
  const seen = new Set<string>()
  for (const flip of [false, true]) {
    for (let turns = 0; turns < 4; turns++) {
      const { first, label } = write(sample, 2, { flip, turns })
      seen.add(String(first))
      expect(label[first.indexOf(2)]).toBe(1)
      expect(Array.from(label).filter(value => value === 1)).toHaveLength(1)
    }
  }
  expect(seen.size).toBe(8)
  expect(write(sample, 2, { turns: 1 }).first).toEqual([2, 4, 1, 3])
  expect(write(sample, 2, { flip: true }).first).toEqual([2, 1, 4, 3])
})

test('a crop larger than the patch is filled with ignored zeros', () => {
  const { first, label } = write(sampleOf(2, 1), 4, { column: -1, row: -1 })
  expect(first).toEqual([0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0])
  expect(Array.from(label).filter(value => value === 255)).toHaveLength(14)
})

test('colour moves the spectral bands only and leaves invalid pixels at 0', () => {
  const sample = sampleOf(4, 4)
  sample.label[5] = 255
  sample.pixels.fill(0, 5 * BANDS, 6 * BANDS)
  const drawn = drawAugmentation(sample, { ...defaultAugmentation, cropSize: 4 }, randomStream(1, 'a'))
  expect(Array.from(drawn.gain.slice(12))).toEqual([1, 1])
  expect(Array.from(drawn.offset.slice(12))).toEqual([0, 0])
  expect(drawn.gain[0]).not.toBe(1)
  const { pixels } = write(sample, 4, { gain: drawn.gain, offset: drawn.offset })
  expect(pixels[0]).toBeCloseTo(drawn.gain[0]! + drawn.offset[0]!, 5)
  expect(pixels[13]).toBe(1)
  expect(Array.from(pixels.slice(5 * BANDS, 6 * BANDS))).toEqual(new Array(BANDS).fill(0))
})

test('crops prefer landslides as often as asked, and lie inside the patch', () => {
  const sample = sampleOf(64, 48, 40 * 64 + 3)
  const settings = { ...defaultAugmentation, cropSize: 8 }
  const share = (landslideShare: number) => {
    let hits = 0
    for (let i = 0; i < 300; i++) {
      const place = drawAugmentation(sample, { ...settings, landslideShare }, randomStream(i, 'crop'))
      expect(place.column).toBeGreaterThanOrEqual(0)
      expect(place.column).toBeLessThanOrEqual(56)
      expect(place.row).toBeGreaterThanOrEqual(0)
      expect(place.row).toBeLessThanOrEqual(40)
      if (Array.from(write(sample, 8, place).label).includes(1)) hits++
    }
    return hits / 300
  }
  expect(share(1)).toBe(1)
  expect(share(0)).toBeLessThan(0.1)
  expect(Math.abs(share(0.5) - 0.5)).toBeLessThan(0.1)
})

test('a draw repeats for a seed; without augmentation only the crop is drawn', () => {
  const sample = sampleOf(16, 16, 9)
  const settings = { ...defaultAugmentation, cropSize: 8 }
  const draw = (seed: number) => drawAugmentation(sample, settings, randomStream(seed, 'x'))
  expect(draw(5)).toEqual(draw(5))
  expect(draw(5)).not.toEqual(draw(6))
  const plain = drawAugmentation(sample, { ...settings, augment: false }, randomStream(5, 'x'))
  expect(plain).toMatchObject({ flip: false, turns: 0, column: draw(5).column, row: draw(5).row })
  expect(Array.from(plain.gain)).toEqual(new Array(BANDS).fill(1))
})
