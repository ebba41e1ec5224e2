import type { Components } from './components'
import type { PixelSize } from './pixelSize'

export interface DownslopePath {
  /** Plan length, in the unit of the pixel size: metres, or pixels where a pixel counts as 1 x 1. */
  length: number
  /** Elevation of its first pixel less that of its last, metres. */
  drop: number
  /** Row-major indices of its pixels from the top down. */
  pixels: number[]
}

const COLUMNS = [1, 1, 0, -1, -1, -1, 0, 1]
const ROWS = [0, 1, 1, 1, 0, -1, -1, -1]

const UNKNOWN = -1
/** Nothing lower beside it. */
const END = -1

/**
 * The longest way down inside each landslide.
 *
 * From a pixel the way goes to that one of the eight neighbours *in the same landslide* to which elevation falls most
 * steeply (drop over plan distance between pixel centres, D8: O'Callaghan and Mark 1984; of equals the first, clockwise
 * from east), until none is lower: pits and flats end it, nothing is filled. A way's length is the sum of the plan
 * distances between the centres of its pixels, not the length along the slope. The longest is given, of equals the one
 * that begins first in reading order. Linear in the pixels: each is walked once.
 *
 * @param elevation [height, width] metres; a pixel that is not finite lies on no way
 * @param pixel ground size; 1 x 1 for lengths in pixels (the ways are the same as long as pixels are square)
 * @returns by landslide number - 1; null where none of its pixels has an elevation; one pixel alone has length 0
 */
export function downslopePaths(
  { labels, width, height, count }: Components,
  elevation: Float32Array,
  pixel: PixelSize,
): (DownslopePath | null)[] {
  const distances = COLUMNS.map((column, side) =>
    Math.hypot(column * pixel.width, ROWS[side]! * pixel.height),
  )
  const offsets = COLUMNS.map((column, side) => ROWS[side]! * width + column)
  const sides = new Int8Array(labels.length)
  const lengths = new Float64Array(labels.length).fill(UNKNOWN)
  const first = new Int32Array(count).fill(UNKNOWN)

  const steepest = (index: number): number => {
    const here = elevation[index]!
    const label = labels[index]
    const column = index % width
    let most = 0
    let found = END
    for (let side = 0; side < 8; side++) {
      const to = index + offsets[side]!
      const beside = column + COLUMNS[side]!
      if (beside < 0 || beside >= width || labels[to] !== label) continue
      // Not a number compares as false: such a neighbour is never lower.
      const fall = (here - elevation[to]!) / distances[side]!
      if (fall > most) {
        most = fall
        found = side
      }
    }
    return found
  }

  const way: number[] = []
  for (let start = 0; start < width * height; start++) {
    const label = labels[start]!
    if (label === 0 || !Number.isFinite(elevation[start]!)) continue
    // Down to the end, or to where a length is known; then back up, adding.
    let at = start
    while (lengths[at] === UNKNOWN) {
      const side = steepest(at)
      sides[at] = side
      if (side === END) lengths[at] = 0
      else {
        way.push(at)
        at += offsets[side]!
      }
    }
    let length = lengths[at]!
    while (way.length > 0) {
      const above = way.pop()!
      length += distances[sides[above]!]!
      lengths[above] = length
    }
    const best = first[label - 1]!
    if (best === UNKNOWN || lengths[start]! > lengths[best]!) first[label - 1] = start
  }

  return Array.from(first, top => {
    if (top === UNKNOWN) return null
    const pixels = [top]
    let at = top
    while (sides[at] !== END) {
      at += offsets[sides[at]!]!
      pixels.push(at)
    }
    return { length: lengths[top]!, drop: elevation[top]! - elevation[pixels.at(-1)!]!, pixels }
  })
}
