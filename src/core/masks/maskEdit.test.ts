import fc from 'fast-check'
import { expect, test } from 'vitest'
import { diffMasks } from './maskDiff'
import { MaskEdit, pixelGate } from './maskEdit'
import { brushSpans } from './pixelSpans'

const size = fc.integer({ min: 1, max: 150 })
const place = fc.record({
  column: fc.double({ min: -10, max: 160, noNaN: true }),
  row: fc.double({ min: -10, max: 160, noNaN: true }),
})
const stroke = fc.tuple(place, place, fc.double({ min: 0, max: 30, noNaN: true }), fc.constantFrom(0, 1, 255))

test('the difference of the touched tiles is that of the whole masks, and the edit can be taken back', () => {
  fc.assert(
    fc.property(size, size, fc.array(stroke, { maxLength: 4 }), fc.nat(), (width, height, strokes, seed) => {
      const mask = Uint8Array.from({ length: width * height }, (_, index) => [0, 1, 255][(index * seed) % 3]!)
      const before = mask.slice()
      const edit = new MaskEdit(mask, width, height)
      for (const [from, to, radius, value] of strokes) {
        edit.paint(brushSpans(width, height, from, to, radius), value, () => true)
      }
      expect(edit.diff()).toEqual(diffMasks(before, mask))
      edit.restore()
      expect(mask).toEqual(before)
    }),
    { numRuns: 20 },
  )
})

test('a gate lets through only what has data, is not protected and lies in every range', () => {
  const pixel = fc.record({
    value: fc.constantFrom(0, 1, 255),
    valid: fc.constantFrom(0, 1),
    slope: fc.oneof(fc.double({ min: 0, max: 90 }), fc.constant(Number.NaN)),
    ndvi: fc.double({ min: -1, max: 1, noNaN: true }),
  })
  const bounds = fc.tuple(fc.integer({ min: 0, max: 90 }), fc.integer({ min: 0, max: 90 }))
  fc.assert(
    fc.property(
      fc.array(pixel, { minLength: 1, maxLength: 40 }),
      fc.subarray([0, 1, 255]),
      bounds,
      fc.constantFrom(0, 1, 255),
      (pixels, protectedClasses, [minimum, maximum], painted) => {
        const mask = Uint8Array.from(pixels, ({ value }) => value)
        const gate = pixelGate(
          mask,
          Uint8Array.from(pixels, ({ valid }) => valid),
          protectedClasses,
          [
            { valueAt: index => pixels[index]!.slope, minimum, maximum },
            { valueAt: index => pixels[index]!.ndvi, minimum: -1, maximum: 0.5 },
          ],
        )
        new MaskEdit(mask, pixels.length, 1).paint({ starts: [0], lengths: [pixels.length] }, painted, gate)
        pixels.forEach(({ value, valid, slope, ndvi }, index) => {
          const may =
            valid === 1 &&
            !protectedClasses.includes(value) &&
            slope >= minimum &&
            slope <= maximum &&
            ndvi <= 0.5
          expect(mask[index]).toBe(may ? painted : value)
        })
      },
    ),
  )
})
