import { expect, it } from 'vitest'
import { hillshade } from './hillshade'

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
