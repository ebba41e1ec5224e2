import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { randomStream } from '../../../core/foundation/random'
import { augmented, BANDS, band, invalidate, plainAugmentation, sampleOf } from './augmentation.testing'
import type { Augmentation } from './drawAugmentation'
import { bendColour, cropSoftTargets, writeAugmented } from './writeAugmented'

describe('bend colour', () => {
  const value = fc.double({ min: -60, max: 60, noNaN: true })
  const bend = fc.double({ min: 0.3, max: 3, noNaN: true })

  test('keeps 0, is odd, rises, and changes a value by the factor of the bend at most', () => {
    fc.assert(
      fc.property(value, bend, (z, k) => {
        const bent = bendColour(z, k)
        expect(bendColour(-z, k)).toBe(-bent)
        expect(bendColour(z + 1e-3, k)).toBeGreaterThan(bent)
        expect(Math.abs(bent)).toBeLessThanOrEqual(Math.abs(z) * Math.max(1, k) * (1 + 1e-12))
        expect(Math.abs(bent)).toBeGreaterThanOrEqual(Math.abs(z) * Math.min(1, k) * (1 - 1e-12))
      }),
    )
    expect(bendColour(0, 1.7)).toBe(0)
  })

  test('leaves values alone near the mean, and at a bend of 1 everywhere', () => {
    expect(bendColour(1e-4, 2) / 1e-4).toBeCloseTo(1, 3)
    for (const z of [-3.3, 0.1, 47]) expect(bendColour(z, 1)).toBe(z)
    expect(bendColour(1, 2)).toBe(1.5)
    expect(bendColour(-3, 0.5)).toBe(-1.875)
  })
})

describe('write augmented', () => {
  const bits = (values: Float32Array) => new Uint32Array(values.slice().buffer)

  test('the eight flips and turns are all different, and label and pixels move together', () => {
    const sample = sampleOf(2, 2, 1)
    const seen = new Set<string>()
    for (const flip of [false, true]) {
      for (let turns = 0; turns < 4; turns++) {
        const { first, label } = augmented(sample, 2, { flip, turns })
        seen.add(String(first))
        expect(label[first.indexOf(2)]).toBe(1)
        expect(Array.from(label).filter(value => value === 1)).toHaveLength(1)
      }
    }
    expect(seen.size).toBe(8)
    expect(augmented(sample, 2, { turns: 1 }).first).toEqual([2, 4, 1, 3])
    expect(augmented(sample, 2, { flip: true }).first).toEqual([2, 1, 4, 3])
  })

  test('each flip and turn has an inverse among them, bit by bit', () => {
    const sample = noisySample(5)
    const inverses: [Partial<Augmentation>, Partial<Augmentation>][] = [
      ...[0, 1, 2, 3].map((turns): [object, object] => [{ turns }, { turns: (4 - turns) % 4 }]),
      ...[0, 1, 2, 3].map((turns): [object, object] => [
        { flip: true, turns },
        { flip: true, turns },
      ]),
    ]
    for (const [there, back] of inverses) {
      const away = augmented(sample, 5, there)
      const home = augmented(
        { width: 5, height: 5, pixels: away.pixels, label: Uint8Array.from(away.label) },
        5,
        back,
      )
      expect(bits(home.pixels)).toEqual(bits(sample.pixels))
      expect(Array.from(home.label)).toEqual(Array.from(sample.label))
    }
  })

  test('a crop larger than the patch is filled with ignored zeros', () => {
    const { first, label } = augmented(sampleOf(2, 1), 4, { column: -1, row: -1 })
    expect(first).toEqual([0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    expect(Array.from(label).filter(value => value === 255)).toHaveLength(14)
  })

  test('colours bend, scale and shift the spectral bands; invalid pixels stay 0', () => {
    const sample = sampleOf(4, 4)
    invalidate(sample, 5)
    const gain = new Float32Array(BANDS).fill(1.5, 0, 12).fill(1, 12)
    const offset = new Float32Array(BANDS).fill(0.25, 0, 12)
    gain[3] = 0
    offset[3] = 0
    const { pixels } = augmented(sample, 4, { bend: 0.5, gain, offset })
    expect(pixels[2 * BANDS]).toBeCloseTo(bendColour(3, 0.5) * 1.5 + 0.25, 5)
    expect(band(pixels, 3)).toEqual(new Array(16).fill(0))
    expect(Array.from(pixels.slice(5 * BANDS, 6 * BANDS))).toEqual(new Array(BANDS).fill(0))
  })

  test('slope and elevation keep every bit under colours, turned, and rotated', () => {
    const sample = noisySample(9)
    // A negative zero would not survive "x 1 + 0".
    sample.pixels[12] = -0
    const gain = new Float32Array(BANDS).fill(1.3, 0, 12).fill(1, 12)
    const colours = { bend: 1.2, gain, offset: new Float32Array(BANDS).fill(-0.4, 0, 12) }
    for (const place of [{}, { flip: true, turns: 3 }, { angle: 11, turns: 1 }]) {
      const plain = augmented(sample, 9, place)
      const coloured = augmented(sample, 9, { ...place, ...colours })
      for (const terrain of [12, 13]) {
        expect(bits(Float32Array.from(band(coloured.pixels, terrain)))).toEqual(
          bits(Float32Array.from(band(plain.pixels, terrain))),
        )
      }
      expect(band(coloured.pixels, 0)).not.toEqual(band(plain.pixels, 0))
    }
  })

  test('a rotation by 0 copies; by a hair it interpolates to the same', () => {
    const sample = noisySample(6)
    expect(bits(augmented(sample, 6, {}).pixels)).toEqual(bits(sample.pixels))
    const nearly = augmented(sample, 6, { angle: 1e-7 })
    for (let y = 1; y < 5; y++) {
      for (let x = 1; x < 5; x++) {
        const at = (y * 6 + x) * BANDS
        expect(nearly.pixels[at]).toBeCloseTo(sample.pixels[at]!, 5)
        expect(nearly.label[y * 6 + x]).toBe(sample.label[y * 6 + x])
      }
    }
  })

  test('turns anticlockwise, as quarter turns do: 45 degrees and back by way of a quarter turn', () => {
    const side = 33
    const sample = sampleOf(side, side)
    // A landslide straight above the centre goes to the upper left; nearest neighbours may miss a single pixel.
    const centre = 16
    for (const y of [3, 4, 5]) sample.label.fill(1, y * side + centre - 1, y * side + centre + 2)
    const turned = augmented(sample, side, { angle: 45 })
    const hits = Array.from(turned.label.keys()).filter(i => turned.label[i] === 1)
    const mean = (of: (i: number) => number) => hits.reduce((sum, i) => sum + of(i), 0) / hits.length
    const expected = centre - 12 * Math.SQRT1_2
    expect(Math.abs(mean(i => i % side) - expected)).toBeLessThan(0.5)
    expect(Math.abs(mean(i => Math.floor(i / side)) - expected)).toBeLessThan(0.5)
    const forth = augmented(sample, side, { angle: 45 })
    const back = augmented(sample, side, { angle: -45, turns: 1 })
    for (let y = 12; y < 21; y++) {
      for (let x = 12; x < 21; x++) {
        expect(forth.first[y * side + x]).toBeCloseTo(back.first[y * side + x]!, 2)
      }
    }
  })

  test('rotating and rotating back returns a smooth patch, but for interpolation', () => {
    const side = 32
    const sample = sampleOf(side, side)
    for (let i = 0; i < side * side; i++) {
      const value = Math.sin((i % side) / 6) + Math.cos(Math.floor(i / side) / 7)
      sample.pixels.fill(value, i * BANDS, (i + 1) * BANDS)
    }
    const away = augmented(sample, side, { angle: 14 })
    const home = augmented(
      { width: side, height: side, pixels: away.pixels, label: Uint8Array.from(away.label) },
      side,
      { angle: -14 },
    )
    let compared = 0
    for (let i = 0; i < side * side; i++) {
      if (home.label[i] === 255) continue
      compared++
      expect(Math.abs(home.first[i]! - sample.pixels[i * BANDS]!)).toBeLessThan(0.02)
    }
    expect(compared).toBeGreaterThan(0.6 * side * side)
  })

  test('a rotated constant stays constant inside; the border is ignored zeros; labels are 0, 1 or 255', () => {
    const side = 24
    const sample = noisySample(side)
    sample.pixels.fill(3.3)
    for (let i = 0; i < side * side; i++) sample.label[i] = sample.label[i] === 1 ? 1 : 0
    const { pixels, label } = augmented(sample, side, { angle: -15, flip: true, turns: 2 })
    let ignored = 0
    for (let i = 0; i < side * side; i++) {
      const value = label[i]!
      expect([0, 1, 255]).toContain(value)
      const expected = value === 255 ? 0 : Math.fround(3.3)
      expect(Array.from(pixels.slice(i * BANDS, (i + 1) * BANDS))).toEqual(new Array(BANDS).fill(expected))
      if (value === 255) ignored++
    }
    expect(label[0]).toBe(255)
    expect(label[12 * side + 12]).not.toBe(255)
    expect(ignored).toBeGreaterThan(20)
    expect(ignored).toBeLessThan(0.3 * side * side)
  })

  test('a crop inside a larger patch is rotated with what lies around it: no border', () => {
    const sample = sampleOf(40, 40)
    const { label } = augmented(sample, 20, { column: 10, row: 10, angle: 15 })
    expect(label.includes(255)).toBe(false)
  })

  test('nothing is interpolated from an invalid pixel; pixels that are only ignored keep their values', () => {
    const sample = sampleOf(15, 15)
    sample.pixels.fill(8)
    invalidate(sample, 7 * 15 + 7)
    const hole = augmented(sample, 15, { angle: 10 })
    for (let i = 0; i < 225; i++) expect(hole.first[i]).toBe(hole.label[i] === 255 ? 0 : 8)
    const around = [6, 7, 8].flatMap(y => [6, 7, 8].map(x => hole.label[y * 15 + x]!))
    expect(around.filter(value => value === 255).length).toBeGreaterThanOrEqual(1)

    sample.pixels.fill(8)
    const uncertain = augmented(sample, 15, { angle: 10 })
    expect(uncertain.label[7 * 15 + 7]).toBe(255)
    expect(uncertain.first[7 * 15 + 7]).toBe(8)
  })

  test('a slot of a batch is written whole, and nothing beside it', () => {
    const sample = noisySample(4)
    const pixels = new Float32Array(3 * 16 * BANDS).fill(-7)
    const label = new Int32Array(3 * 16).fill(-7)
    writeAugmented(sample, { ...plainAugmentation(), angle: 12 }, 4, 1, pixels, label)
    const outside = (values: ArrayLike<number>, length: number) =>
      [...Array.from(values).slice(0, length), ...Array.from(values).slice(2 * length)].every(v => v === -7)
    expect(outside(pixels, 16 * BANDS)).toBe(true)
    expect(outside(label, 16)).toBe(true)
    expect(pixels.slice(16 * BANDS, 32 * BANDS).includes(-7)).toBe(false)
    expect(label.slice(16, 32).includes(-7)).toBe(false)
  })

  /** Random values and labels of all three kinds. */
  function noisySample(side: number) {
    const random = randomStream(3, 'noise', side)
    const sample = sampleOf(side, side)
    for (let i = 0; i < sample.pixels.length; i++) sample.pixels[i] = random.normal()
    for (let i = 0; i < sample.label.length; i++) sample.label[i] = random.pick([0, 0, 1, 255])
    return sample
  }
})

describe('crop soft targets', () => {
  const SIDE = 6
  const AREA = SIDE * SIDE

  /** Labels and probabilities that name their pixel: what comes out of a crop says where it came from. */
  function sample() {
    const pixels = new Float32Array(AREA).fill(1)
    const label = Uint8Array.from({ length: AREA }, (_, i) => i)
    const soft = Float32Array.from({ length: AREA }, (_, i) => i / 100)
    return { width: SIDE, height: SIDE, pixels, label, soft }
  }

  const augmentation = (change: Partial<Augmentation>): Augmentation => ({
    column: 0,
    row: 0,
    angle: 0,
    flip: false,
    turns: 0,
    bend: 1,
    gain: Float32Array.of(1),
    offset: Float32Array.of(0),
    ...change,
  })

  test.each<Partial<Augmentation>>([
    {},
    { turns: 1 },
    { flip: true, turns: 3 },
    { column: -2, row: 3 },
    { angle: 13, flip: true },
    { angle: -31, turns: 2, column: 1 },
  ])('%o: a soft target comes from the pixel that its label comes from', change => {
    const given = sample()
    const label = new Int32Array(AREA)
    const targets = new Float32Array(AREA).fill(9)
    writeAugmented(given, augmentation(change), SIDE, 0, new Float32Array(AREA), label)
    cropSoftTargets(given, augmentation(change), SIDE, label, 0.1, targets)
    expect([...label].some(value => value !== 255)).toBe(true)
    for (let i = 0; i < AREA; i++)
      expect(targets[i]).toBe(label[i] === 255 ? 0 : Math.fround(label[i]! / 100))
  })

  test('where there is no probability the label stands, smoothed; ignored pixels have no target', () => {
    const given = {
      width: 4,
      height: 1,
      pixels: new Float32Array(4).fill(1),
      label: Uint8Array.of(0, 1, 1, 255),
      soft: Float32Array.of(Number.NaN, Number.NaN, 0.75, 0.5),
    }
    const label = new Int32Array(16)
    const targets = new Float32Array(16)
    writeAugmented(given, augmentation({}), 4, 0, new Float32Array(16), label)
    cropSoftTargets(given, augmentation({}), 4, label, 0.1, targets)
    expect([...targets.subarray(0, 4)]).toEqual([0.05, 0.95, 0.75, 0].map(Math.fround))
    expect([...targets.subarray(4)]).toEqual(Array(12).fill(0))
  })
})
