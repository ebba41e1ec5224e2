import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type CleanedPart, cleanPart, fillHoles, majority, removeSmallLandslides } from './cleanMask'

const mask = fc
  .tuple(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 10 }))
  .chain(([width, height]) =>
    fc.record({
      width: fc.constant(width),
      height: fc.constant(height),
      values: fc
        .array(fc.constantFrom(0, 1, 1, 255), { minLength: width * height, maxLength: width * height })
        .map(values => Uint8Array.from(values)),
    }),
  )

/** The region of equal value round a pixel, and whether it meets the edge or an ignored pixel. */
function regionOf(values: Uint8Array, width: number, height: number, start: number, corners: boolean) {
  const found = new Set([start])
  let open = false
  for (const index of found) {
    const [column, row] = [index % width, Math.floor(index / width)]
    for (const [x, y] of [-1, 0, 1].flatMap(dx => [-1, 0, 1].map(dy => [dx, dy] as const))) {
      if ((x === 0 && y === 0) || (!corners && x !== 0 && y !== 0)) continue
      const [c, r] = [column + x, row + y]
      if (c < 0 || r < 0 || c >= width || r >= height) {
        open = true
        continue
      }
      const next = r * width + c
      if (values[next] === 255) open = true
      if (values[next] === values[start]) found.add(next)
    }
  }
  return { size: found.size, open }
}

test('exactly the landslides below the area go', () => {
  fc.assert(
    fc.property(mask, fc.integer({ min: 0, max: 12 }), ({ width, height, values }, minimum) => {
      const wanted = values.map((value, index) =>
        value === 1 && regionOf(values, width, height, index, true).size < minimum ? 0 : value,
      )
      expect(removeSmallLandslides(values, width, height, minimum)).toEqual(wanted)
    }),
  )
})

test('exactly the background that landslide encloses and that is below the area is filled', () => {
  fc.assert(
    fc.property(mask, fc.integer({ min: 0, max: 12 }), ({ width, height, values }, limit) => {
      const wanted = values.map((value, index) => {
        if (value !== 0) return value
        const { size, open } = regionOf(values, width, height, index, false)
        return !open && size < limit ? 1 : 0
      })
      expect(fillHoles(values, width, height, limit)).toEqual(wanted)
    }),
  )
})

test('every pixel becomes what most pixels of its window are', () => {
  fc.assert(
    fc.property(mask, fc.integer({ min: 1, max: 3 }), ({ width, height, values }, radius) => {
      const wanted = values.map((value, index) => {
        if (value === 255) return value
        let balance = 0
        values.forEach((other, at) => {
          const across = Math.abs((at % width) - (index % width))
          const down = Math.abs(Math.floor(at / width) - Math.floor(index / width))
          if (other !== 255 && Math.max(across, down) <= radius) balance += other === 1 ? 1 : -1
        })
        return balance === 0 ? value : balance > 0 ? 1 : 0
      })
      expect(majority(values, width, height, radius)).toEqual(wanted)
    }),
  )
})

test('a part is cleaned with what lies round it, and what goes on beyond the raster stays', () => {
  const drawn = ['##....#.', '......#.', '#....##.', '...#....'].join('')
  const mask = Uint8Array.from(drawn, letter => Number(letter === '#'))
  const clean = (part: Partial<CleanedPart>) => {
    const whole: CleanedPart = {
      window: { column: 0, row: 0, width: 4, height: 4 },
      reach: 'touching',
      beyond: [],
    }
    const cleaned = cleanPart(mask, 8, 4, { ...whole, ...part }, (all, width, height) =>
      removeSmallLandslides(all, width, height, 5),
    )
    return [0, 1, 2, 3].map(row => [...cleaned.subarray(row * 8, row * 8 + 8)].join(''))
  }
  // The landslide of the other half has 4 pixels: too small, and none of the part's.
  expect(clean({})).toEqual(['00000010', '00000010', '00000110', '00000000'])
  const west = { column: -4, row: 0, width: 4, height: 2 }
  expect(clean({ beyond: [west] })).toEqual(['11000010', '00000010', '10000110', '00000000'])
  const inside = { reach: 'inside' as const, window: { column: 0, row: 0, width: 6, height: 4 } }
  expect(clean(inside)).toEqual(['00000010', '00000010', '00000010', '00000000'])
})
