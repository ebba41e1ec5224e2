import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { labelComponents } from './components'
import { componentOutline, regionOutline } from './outlines'

describe('component outline', () => {
  test('a landslide is outlined along its pixels’ edges, holes too, and its neighbours are not', () => {
    const ring = labelComponents(Uint8Array.of(1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0), 4, 3)
    expect(componentOutline(ring, 1)).toBe('M0 0H3M1 1H2M1 2H2M0 3H3M0 0V3M1 1V2M2 1V2M3 0V3')
    const two = labelComponents(Uint8Array.of(1, 0, 1, 1), 4, 1)
    expect(componentOutline(two, 1)).toBe('M0 0H1M0 1H1M0 0V1M1 0V1')
    expect(componentOutline(two, 2)).toBe('M2 0H4M2 1H4M2 0V1M4 0V1')
    expect(() => componentOutline(two, 3)).toThrowError(
      expect.objectContaining({ code: 'bad-argument', message: 'There is no landslide 3 on this mask.' }),
    )
  })
})

describe('region outline', () => {
  test('a region of very many segments is cut short, a landslide never', () => {
    const [width, height] = [600, 200]
    const comb = Uint8Array.from({ length: width * height }, (_, at) => {
      const [column, row] = [at % width, Math.floor(at / width)]
      return (column + row) % 3 === 0 || row === 0 || column === width - 1 ? 1 : 0
    })
    const segments = (path: string) => path.split('M').length - 1
    const region = segments(regionOutline(width, height, index => comb[index] === 1))
    expect(region).toBeGreaterThanOrEqual(60_000)
    expect(region).toBeLessThan(60_000 + width)
    const components = labelComponents(comb, width, height)
    expect(components.count).toBe(1)
    expect(segments(componentOutline(components, 1))).toBeGreaterThan(75_000)
  })

  test('the outline runs along exactly the edges between inside and outside', () => {
    const raster = fc
      .tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 }))
      .chain(([width, height]) =>
        fc.tuple(
          fc.constant(width),
          fc.constant(height),
          fc.array(fc.boolean(), { minLength: width * height, maxLength: width * height }),
        ),
      )
    fc.assert(
      fc.property(raster, ([width, height, pixels]) => {
        const path = regionOutline(width, height, index => pixels[index]!)
        let drawn = 0
        for (const [, x, y, command, to] of path.matchAll(/M(\d+) (\d+)([HV])(\d+)/g)) {
          drawn += Number(to) - Number(command === 'H' ? x : y)
        }
        const at = (column: number, row: number) =>
          column >= 0 && row >= 0 && column < width && row < height && pixels[row * width + column]!
        let edges = 0
        for (let row = 0; row <= height; row++) {
          for (let column = 0; column <= width; column++) {
            if (at(column, row) !== at(column, row - 1)) edges++
            if (at(column, row) !== at(column - 1, row)) edges++
          }
        }
        expect(drawn).toBe(edges)
      }),
    )
    const corner = { column: 1, row: 1, width: 1, height: 1 }
    expect(regionOutline(3, 3, () => true, corner)).toBe('')
    expect(regionOutline(3, 3, index => index === 4, corner)).toBe('M1 1H2M1 2H2M1 1V2M2 1V2')
    expect(regionOutline(3, 3, index => index === 4)).toBe('M1 1H2M1 2H2M1 1V2M2 1V2')
  })
})
