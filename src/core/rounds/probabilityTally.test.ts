import { expect, test } from 'vitest'
import { confusion, scores } from './metrics'
import {
  addTally,
  calibrationError,
  chooseThreshold,
  countsAt,
  emptyTally,
  f1At,
  tallyOf,
} from './probabilityTally'

const random = (seed: number) => () => {
  seed = (seed * 1103515245 + 12345) % 2 ** 31
  return seed / 2 ** 31
}

test.each([0, 0.13, 0.3, 0.5, 0.7, 0.99, 1])('counts at %d are those of the mask', threshold => {
  const draw = random(7)
  const probability = Float32Array.from({ length: 5000 }, () => Math.round(draw() * 100) / 100)
  const truth = Uint8Array.from(probability, p => (draw() < 0.1 ? 255 : draw() < p ? 1 : 0))
  const mask = probability.map(p => (p >= Math.fround(threshold) ? 1 : 0))
  const counts = countsAt(tallyOf(probability, truth), threshold)
  // 1 counts to the last bin, so that at 1 it is taken with 0.99.
  if (threshold < 1) expect(counts).toEqual(confusion(mask, truth))
  else expect(counts.truePositive + counts.falsePositive).toBe(0)
})

test('pixels without data or truth are left out, and tallies add up', () => {
  const a = tallyOf(Float32Array.of(0.2, Number.NaN, 0.9), Uint8Array.of(0, 1, 255))
  expect(a.pixels.reduce((x, y) => x + y)).toBe(1)
  const b = addTally(a, tallyOf(Float32Array.of(0.2), Uint8Array.of(1)))
  expect([b.pixels[20], b.landslides[20]]).toEqual([2, 1])
  expect(scores(countsAt(b, 0.1)).precision).toBe(0.5)
})

test('the threshold chosen lies on the plateau, not on a lone peak, and nothing known gives 0.5', () => {
  const tally = emptyTally()
  // Landslides from 0.3 on, background below: every threshold from 0.3 to 0.4 is best.
  tally.pixels[10] = 10_000
  tally.pixels[45] = tally.landslides[45] = 900
  expect(f1At(tally, 0.3)).toBe(1)
  const chosen = chooseThreshold(tally, 1e6)
  expect(chosen).toBeGreaterThanOrEqual(0.21)
  expect(chosen).toBeLessThanOrEqual(0.45)
  expect(chooseThreshold(emptyTally(), 9)).toBe(0.5)
  const few = emptyTally()
  few.pixels[20] = few.landslides[20] = 199
  expect(chooseThreshold(few, 9)).toBe(0.5)
})

test('the threshold of few patches stays near 0.5', () => {
  const tally = emptyTally()
  tally.pixels[10] = 10_000
  tally.pixels[25] = tally.landslides[25] = 900
  const own = chooseThreshold(tally, 1e6)
  expect(own).toBeLessThan(0.3)
  expect(chooseThreshold(tally, 15)).toBeCloseTo((own + 0.5) / 2, 1)
  expect(chooseThreshold(tally, 1)).toBeGreaterThanOrEqual(0.48)
  expect(chooseThreshold(tally, 0)).toBe(0.5)
})

test('the calibration error is 0 where probabilities are true, and the distance where they are not', () => {
  const tally = emptyTally()
  for (let bin = 0; bin < 100; bin++) {
    tally.pixels[bin] = 200
    tally.landslides[bin] = 2 * bin + 1
  }
  expect(calibrationError(tally)).toBeCloseTo(0, 12)
  const wrong = emptyTally()
  wrong.pixels[84] = 1000
  wrong.landslides[84] = 345
  expect(calibrationError(wrong)).toBeCloseTo(0.845 - 0.345, 12)
})
