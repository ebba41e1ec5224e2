import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { labelComponents } from './components'
import { downslopePaths, type Landslide, landslideAttributes, orderLandslides } from './landslideAttributes'

describe('downslope paths', () => {
  const SQUARE = { width: 1, height: 1 }

  /** A rectangle of landslide on a raster of 12 x 10. */
  function rectangle(column: number, row: number, columns: number, rows: number) {
    const mask = new Uint8Array(120)
    for (let r = row; r < row + rows; r++) mask.fill(1, r * 12 + column, r * 12 + column + columns)
    return labelComponents(mask, 12, 10)
  }
  const plane = (east: number, south: number) =>
    Float32Array.from(
      { length: 120 },
      (_, index) => 500 - east * (index % 12) - south * Math.floor(index / 12),
    )

  test('on a plane that falls south the way is a column, its length the pixels’ heights, its drop the plane’s', () => {
    const [path] = downslopePaths(rectangle(2, 1, 4, 7), plane(0, 3), { width: 10, height: 20 })
    expect(path).toMatchObject({ length: 6 * 20, drop: 6 * 3 })
    expect(path!.pixels).toEqual([14, 26, 38, 50, 62, 74, 86])
  })

  test('on a plane that falls south-east the way is the diagonal', () => {
    const [path] = downslopePaths(rectangle(2, 1, 5, 5), plane(2, 2), SQUARE)
    expect(path!.length).toBeCloseTo(4 * Math.SQRT2, 12)
    expect(path!.drop).toBe(16)
  })

  test('of ways as steep the first clockwise from east is taken, of ways as long the first that begins', () => {
    const peak = Float32Array.from({ length: 120 }, () => 1)
    peak[13] = 2
    const [path] = downslopePaths(rectangle(0, 0, 3, 3), peak, SQUARE)
    expect(path!.pixels).toEqual([13, 14])
    const twins = Float32Array.from({ length: 120 }, () => 1)
    twins[0] = twins[4] = 2
    expect(downslopePaths(rectangle(0, 0, 5, 1), twins, SQUARE)[0]!.pixels).toEqual([0, 1])
  })

  test.each([
    [0, 13, 1],
    [1, 14, 1],
    [12, 13, 13],
    [24, 13, 12],
    [25, 13, 14],
  ])('falls to any side: from %i', low => {
    const elevation = Float32Array.from({ length: 120 }, () => 5)
    elevation[low] = 1
    expect(downslopePaths(rectangle(0, 0, 3, 3), elevation, SQUARE)[0]!.pixels.at(-1)).toBe(low)
  })

  test('the way stays inside: a lower neighbour outside ends it, and rows do not run into each other', () => {
    // Landslide in the last column only; the plane falls east, over the edge.
    const [path] = downslopePaths(rectangle(11, 2, 1, 4), plane(5, 0), SQUARE)
    expect(path).toMatchObject({ length: 0, drop: 0 })
  })

  test('pits and missing elevations end a way; a landslide without any elevation has none', () => {
    const elevation = plane(0, 3)
    elevation[3 * 12 + 2] = Number.NaN
    const [path] = downslopePaths(rectangle(2, 1, 1, 6), elevation, SQUARE)
    expect(path!.pixels).toEqual([4 * 12 + 2, 5 * 12 + 2, 6 * 12 + 2])
    expect(downslopePaths(rectangle(2, 1, 1, 6), elevation.fill(Number.NaN), SQUARE)).toEqual([null])
  })

  test('no way is longer than the longest, and each falls all along', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 120, maxLength: 120 }),
        fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 120, maxLength: 120 }),
        (bytes, heights) => {
          const components = labelComponents(
            bytes.map(byte => (byte < 150 ? 1 : 0)),
            12,
            10,
          )
          const elevation = Float32Array.from(heights)
          const paths = downslopePaths(components, elevation, SQUARE)
          const walked = new Array<number>(components.count).fill(0)
          for (const [index, label] of components.labels.entries()) {
            if (label > 0)
              walked[label - 1] = Math.max(walked[label - 1]!, plainWalk(components, elevation, index))
          }
          for (const [number, path] of paths.entries()) {
            expect(path!.length).toBeCloseTo(walked[number]!, 9)
            const falls = path!.pixels.map(index => elevation[index]!)
            expect(falls).toEqual([...new Set(falls)].sort((a, b) => b - a))
          }
        },
      ),
    )
  })

  /** Length of the way from one pixel, walked step by step. */
  function plainWalk(
    { labels, width, height }: ReturnType<typeof labelComponents>,
    elevation: Float32Array,
    start: number,
  ): number {
    const [row, column] = [Math.floor(start / width), start % width]
    let best = { fall: 0, to: -1, distance: 0 }
    for (const [dx, dy] of [
      [1, 0],
      [1, 1],
      [0, 1],
      [-1, 1],
      [-1, 0],
      [-1, -1],
      [0, -1],
      [1, -1],
    ] as const) {
      const [c, r] = [column + dx, row + dy]
      if (c < 0 || c >= width || r < 0 || r >= height || labels[r * width + c] !== labels[start]) continue
      const distance = Math.hypot(dx, dy)
      const fall = (elevation[start]! - elevation[r * width + c]!) / distance
      if (fall > best.fall) best = { fall, to: r * width + c, distance }
    }
    return best.to < 0 ? 0 : best.distance + plainWalk({ labels, width, height } as never, elevation, best.to)
  }
})

describe('landslide attributes', () => {
  const [WIDTH, HEIGHT] = [12, 10]

  /** Two landslides on a plane that falls 2 m a pixel southwards: 3 x 5 pixels, and one pixel alone. */
  const mask = new Uint8Array(WIDTH * HEIGHT)
  for (let row = 2; row < 7; row++) mask.fill(1, row * WIDTH + 1, row * WIDTH + 4)
  mask[9 * WIDTH + 11] = 1
  mask[0] = 255
  const rows = (value: (row: number) => number) =>
    Float32Array.from({ length: WIDTH * HEIGHT }, (_, index) => value(Math.floor(index / WIDTH)))
  const components = labelComponents(mask, WIDTH, HEIGHT)
  const plane = {
    elevation: rows(row => 1000 - 2 * row),
    slope: rows(row => 10 + row),
    probability: rows(row => (row === 9 ? 0.5 : 1)),
    pixelSize: { width: 10, height: 10 },
  }

  test('on an inclined plane every attribute is known beforehand', () => {
    const [large, small] = landslideAttributes(components, plane)
    expect(large).toEqual({
      number: 1,
      window: { column: 1, row: 2, width: 3, height: 5 },
      pixels: 15,
      area: 1500,
      relief: 8,
      meanSlope: 14,
      meanProbability: 1,
      uncertainty: 0,
      downslope: { length: 40, drop: 8 },
    })
    expect(small).toMatchObject({
      pixels: 1,
      relief: 0,
      uncertainty: 1,
      downslope: { length: 0, drop: 0 },
    })
  })

  test('without a pixel size the area is withheld and the way is in pixels; without a prediction nothing is made up', () => {
    const [large] = landslideAttributes(components, { ...plane, pixelSize: null, probability: null })
    expect(large).toMatchObject({
      area: null,
      downslope: { length: 4 },
      meanProbability: null,
      uncertainty: null,
    })
  })

  test('missing values are left out, and where all are missing there is no number', () => {
    const gap = { ...plane, elevation: plane.elevation.slice(), slope: rows(() => Number.NaN) }
    gap.elevation.fill(Number.NaN, 6 * WIDTH)
    const [large, small] = landslideAttributes(components, gap)
    expect(large).toMatchObject({ relief: 6, meanSlope: null })
    gap.slope[2 * WIDTH + 1] = 20
    gap.slope[3 * WIDTH + 1] = 30
    expect(landslideAttributes(components, gap)[0]).toMatchObject({ meanSlope: 25 })
    expect(small).toMatchObject({ relief: null, downslope: null })
  })

  test('orders put first what is looked at first', () => {
    const list = [
      { number: 1, pixels: 4, uncertainty: 0.1, meanProbability: 0.9 },
      { number: 2, pixels: 9, uncertainty: null, meanProbability: null },
      { number: 3, pixels: 4, uncertainty: 0.7, meanProbability: 0.6 },
    ] as Landslide[]
    const numbers = (order: Parameters<typeof orderLandslides>[1]) =>
      orderLandslides(list, order).map(landslide => landslide.number)
    expect(numbers('area')).toEqual([2, 1, 3])
    expect(numbers('uncertainty')).toEqual([3, 1, 2])
    expect(numbers('probability')).toEqual([3, 1, 2])
    expect(numbers('position')).toEqual([1, 2, 3])
    list[0] = { ...list[0]!, uncertainty: 0, meanProbability: 1 }
    expect(numbers('uncertainty')).toEqual([3, 1, 2])
    expect(numbers('probability')).toEqual([3, 1, 2])
  })
})
