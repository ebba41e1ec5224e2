import { describe, expect, it } from 'vitest'
import { contourInterval, contours, hillshade } from './relief'

describe('contours', () => {
  const SIDE = 41
  const MIDDLE = 20.5

  /** A cone, 10 m lower for each pixel from its top at 300 m in the middle of the raster. */
  const cone = Float32Array.from({ length: SIDE * SIDE }, (_, i) => {
    return 300 - 10 * Math.hypot((i % SIDE) + 0.5 - MIDDLE, Math.floor(i / SIDE) + 0.5 - MIDDLE)
  })

  describe('contours of a cone', () => {
    const { segments, levels, interval } = contours(cone, null, SIDE, SIDE, 50)

    it('are circles at the right distance from its top', () => {
      expect(interval).toBe(50)
      expect([...new Set(levels)].sort((a, b) => a - b)).toEqual([50, 100, 150, 200, 250])
      let farthest = 0
      for (let i = 0; i < levels.length; i++) {
        const radius = (300 - levels[i]!) / 10
        for (const end of [0, 2]) {
          const distance = Math.hypot(segments[4 * i + end]! - MIDDLE, segments[4 * i + end + 1]! - MIDDLE)
          farthest = Math.max(farthest, Math.abs(distance - radius))
        }
      }
      // Along a cell's edge the cone is not quite linear.
      expect(farthest).toBeLessThan(0.03)
    })

    it('have the length of those circles, and no gap', () => {
      const key = (x: number, y: number) => `${x.toFixed(3)},${y.toFixed(3)}`
      let length = 0
      const ends = new Map<string, number>()
      for (let i = 0; i < levels.length; i++) {
        if (levels[i] !== 200) continue
        const [x0, y0, x1, y1] = segments.subarray(4 * i, 4 * i + 4) as unknown as [
          number,
          number,
          number,
          number,
        ]
        length += Math.hypot(x1 - x0, y1 - y0)
        for (const end of [key(x0, y0), key(x1, y1)]) ends.set(end, (ends.get(end) ?? 0) + 1)
      }
      expect(length / (2 * Math.PI * 10)).toBeCloseTo(1, 2)
      expect([...ends.values()].every(count => count % 2 === 0)).toBe(true)
    })
  })

  it('joins a saddle through its middle', () => {
    const saddle = Float32Array.from([10, 0, 0, 10])
    const low = contours(saddle, null, 2, 2, 4)
    expect(low.levels).toEqual(Float32Array.from([4, 4, 8, 8]))
    // At 4, under the mean of 5, the high corners are joined: the low ones are cut off.
    expect([...low.segments.subarray(0, 4)]).toEqual([
      expect.closeTo(1.1, 5),
      0.5,
      1.5,
      expect.closeTo(0.9, 5),
    ])
    // At 8 the high corners are cut off.
    expect([...low.segments.subarray(8, 12)]).toEqual([
      0.5,
      expect.closeTo(0.7, 5),
      expect.closeTo(0.7, 5),
      0.5,
    ])
  })

  it('leaves cells without data empty, and level ground without lines', () => {
    const dem = Float32Array.from([0, 0, 0, 10, 10, Number.NaN])
    expect(contours(dem, null, 3, 2, 5).levels).toHaveLength(1 + 1)
    const valid = Uint8Array.from([0, 1, 1, 1, 1, 1])
    expect(contours(dem, valid, 3, 2, 5).levels).toHaveLength(0)
    expect(contours(new Float32Array(9).fill(700), null, 3, 3).levels).toHaveLength(0)
    expect(contours(new Float32Array(9).fill(Number.NaN), null, 3, 3).levels).toHaveLength(0)
  })

  it('chooses a round interval for about fourteen lines', () => {
    expect([3, 60, 140, 280, 700, 1400, 4000].map(contourInterval)).toEqual([1, 5, 10, 20, 50, 100, 500])
    expect(contourInterval(0)).toBe(1)
  })

  it('widens an interval that would draw without end', () => {
    const steep = Float32Array.from({ length: 60 * 60 }, (_, i) => (i % 2) * 800)
    const { interval, levels } = contours(steep, null, 60, 60, 1)
    expect(interval).toBeGreaterThan(1)
    expect(levels.length).toBeLessThan(600_000)
  })
})

describe('hillshade', () => {
  const SIDE = 5
  const CENTRE = 12

  /** A plane that rises so many metres per metre to the east and to the north, cells of 10 m. */
  function plane(riseEast: number, riseNorth: number): Float32Array {
    return Float32Array.from({ length: SIDE * SIDE }, (_, i) => {
      return 500 + 10 * (riseEast * (i % SIDE) - riseNorth * Math.floor(i / SIDE))
    })
  }

  const shadeOf = (dem: Float32Array, azimuth: number, altitude: number) =>
    hillshade(dem, null, SIDE, SIDE, 10, { azimuth, altitude })[CENTRE]!

  it.each([
    [90, 45],
    [180, 20],
    [315, 60],
  ])('is the sine of the altitude on level ground (%d, %d)', (azimuth, altitude) => {
    expect(shadeOf(plane(0, 0), azimuth, altitude)).toBeCloseTo(Math.sin((altitude * Math.PI) / 180), 5)
  })

  it('is 1 where the surface faces the sun squarely, and 0 where it is turned away', () => {
    // A plane falling towards the east at 45 degrees faces a sun in the east at 45 degrees.
    expect(shadeOf(plane(-1, 0), 90, 45)).toBeCloseTo(1, 5)
    expect(shadeOf(plane(1, 0), 90, 45)).toBe(0)
    expect(shadeOf(plane(0, -1), 0, 45)).toBeCloseTo(1, 5)
    expect(shadeOf(plane(0, 1), 180, 45)).toBeCloseTo(1, 5)
  })

  it('is the cosine between normal and sun on any plane', () => {
    const [riseEast, riseNorth, azimuth, altitude] = [0.3, -0.7, 200, 35]
    const [a, h] = [(azimuth * Math.PI) / 180, (altitude * Math.PI) / 180]
    const sun = [Math.sin(a) * Math.cos(h), Math.cos(a) * Math.cos(h), Math.sin(h)] as const
    const cosine = (-riseEast * sun[0] - riseNorth * sun[1] + sun[2]) / Math.hypot(riseEast, riseNorth, 1)
    expect(shadeOf(plane(riseEast, riseNorth), azimuth, altitude)).toBeCloseTo(cosine, 5)
  })

  it('depends on the size of a cell', () => {
    const dem = plane(0.5, 0)
    const coarse = hillshade(dem, null, SIDE, SIDE, 20, { azimuth: 90, altitude: 45 })[CENTRE]!
    expect(coarse).toBeCloseTo((Math.SQRT1_2 - 0.25 * Math.SQRT1_2) / Math.hypot(1, 0.25), 5)
  })

  it('lets no missing elevation spread, and has no light to give where there is none', () => {
    const dem = plane(0, 0)
    dem[CENTRE] = Number.NaN
    dem[0] = -9999
    const valid = new Uint8Array(SIDE * SIDE).fill(1)
    valid[0] = 0
    const shade = hillshade(dem, valid, SIDE, SIDE)
    expect(shade[CENTRE]).toBeNaN()
    expect(shade[0]).toBeNaN()
    expect(shade[CENTRE + 1]).toBeCloseTo(Math.SQRT1_2, 5)
    expect(shade[1]).toBeCloseTo(Math.SQRT1_2, 5)
  })
})
