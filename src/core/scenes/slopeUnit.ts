import { AppError } from '../foundation/appError'
import type { PixelWindow } from '../raster/rasterSource'
import type { SceneGrid } from './scene'

type ReadSlope = (window: PixelWindow, signal?: AbortSignal) => Promise<Float32Array>

/** Windows along a side of the scene, and pixels along theirs, that are compared. */
const WINDOWS = 4
const SIDE = 32

/** Degrees of mean slope below which units cannot be told apart, and need not be. */
const LEAST_RELIEF = 2

/** Slopes that are not in degrees look like the ones of the terrain only once they are converted. */
const UNITS = [
  { name: 'percent', from: (degrees: number) => 100 * Math.tan((degrees * Math.PI) / 180) },
  { name: 'radians', from: (degrees: number) => (degrees * Math.PI) / 180 },
]

/**
 * Refuses slopes that are not in degrees: by their range, and by comparing them with the slopes of the elevation model.
 *
 * @param given reads the raster's values, `own` the elevation model's slopes in degrees, both on the scene's pixels
 * @throws AppError `scale-unknown` saying which unit it seems to be and how to make it in degrees
 */
export async function checkSlopeUnit(
  path: string,
  grid: SceneGrid,
  given: ReadSlope,
  own: ReadSlope,
  signal?: AbortSignal,
): Promise<void> {
  const pairs: { given: number; own: number }[] = []
  let least = Number.POSITIVE_INFINITY
  let most = Number.NEGATIVE_INFINITY
  for (let j = 0; j < WINDOWS; j++) {
    for (let i = 0; i < WINDOWS; i++) {
      const [column, width] = along(i, grid.width)
      const [row, height] = along(j, grid.height)
      const window = { column, row, width, height }
      const values = await given(window, signal)
      const expected = await own(window, signal)
      for (let at = 0; at < values.length; at++) {
        const value = values[at]!
        if (Number.isNaN(value)) continue
        least = Math.min(least, value)
        most = Math.max(most, value)
        if (!Number.isNaN(expected[at]!)) pairs.push({ given: value, own: expected[at]! })
      }
    }
  }
  const fix = 'Make it in degrees: gdaldem slope <elevation model> <slope raster>, without -p.'
  const refuse = (what: string) => new AppError('scale-unknown', `"${path}" ${what}. ${fix}`)
  if (least < 0) throw refuse(`has values down to ${short(least)}, which are not slopes`)
  if (most > 90) throw refuse(`has values up to ${short(most)}, which are not degrees; it may be in percent`)
  const mean = (of: (pair: { given: number; own: number }) => number) =>
    pairs.reduce((sum, pair) => sum + of(pair), 0) / pairs.length
  if (pairs.length === 0 || mean(pair => pair.own) < LEAST_RELIEF) return
  const difference = mean(pair => Math.abs(pair.given - pair.own))
  for (const { name, from } of UNITS) {
    // Relative to what the unit measures: radians are small whatever they differ by.
    const other = mean(pair => Math.abs(pair.given - from(pair.own))) / mean(pair => from(pair.own))
    if (other * 2 < difference / mean(pair => pair.own)) {
      throw refuse(
        `has a mean of ${short(mean(pair => pair.given))} where the elevation model has ` +
          `${short(mean(pair => pair.own))} degrees: it seems to be in ${name}`,
      )
    }
  }
}

/** Start and length of a window. */
function along(index: number, size: number): [number, number] {
  const side = Math.min(SIDE, size)
  return [Math.floor(((size - side) * (index + 0.5)) / WINDOWS), side]
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)))
}
