import { expect, test } from 'vitest'
import type { Augmentation } from './augmentation/augmentation'
import { writeAugmented } from './augmentation/writeAugmented'
import { cropSoftTargets } from './cropSoftTargets'

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
  for (let i = 0; i < AREA; i++) expect(targets[i]).toBe(label[i] === 255 ? 0 : Math.fround(label[i]! / 100))
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
