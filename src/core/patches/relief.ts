/** Where the light comes from, in degrees: azimuth clockwise from north, altitude above the horizon. */
export interface Sun {
  azimuth: number
  altitude: number
}

/** The cartographers' sun: from the upper left, so that valleys do not read as ridges. */
export const DEFAULT_SUN: Sun = { azimuth: 315, altitude: 45 }

/**
 * Shaded relief by Horn's gradient (Horn 1981, Proceedings of the IEEE 69): the cosine between the surface's normal and
 * the sun, 0..1 per pixel, rows from north to south. Edges and pixels without data repeat their neighbour; NaN where a
 * pixel itself has no elevation.
 *
 * @param dem [height, width] metres.
 * @param cellSize metres per pixel, 10 for Landslide4Sense.
 */
export function hillshade(
  dem: ArrayLike<number>,
  valid: Uint8Array | null,
  width: number,
  height: number,
  cellSize = 10,
  sun: Sun = DEFAULT_SUN,
): Float32Array {
  const azimuth = (sun.azimuth * Math.PI) / 180
  const altitude = (sun.altitude * Math.PI) / 180
  const sunEast = Math.sin(azimuth) * Math.cos(altitude)
  const sunNorth = Math.cos(azimuth) * Math.cos(altitude)
  const sunUp = Math.sin(altitude)
  const known = (pixel: number) => valid?.[pixel] !== 0 && Number.isFinite(dem[pixel]!)
  const shade = new Float32Array(width * height)
  for (let row = 0; row < height; row++) {
    const above = Math.max(0, row - 1) * width
    const here = row * width
    const below = Math.min(height - 1, row + 1) * width
    for (let column = 0; column < width; column++) {
      const pixel = here + column
      if (!known(pixel)) {
        shade[pixel] = Number.NaN
        continue
      }
      const centre = dem[pixel]!
      const at = (neighbour: number) => (known(neighbour) ? dem[neighbour]! : centre)
      const left = Math.max(0, column - 1)
      const right = Math.min(width - 1, column + 1)
      const northWest = at(above + left)
      const northEast = at(above + right)
      const southWest = at(below + left)
      const southEast = at(below + right)
      const west = northWest + 2 * at(here + left) + southWest
      const east = northEast + 2 * at(here + right) + southEast
      const north = northWest + 2 * at(above + column) + northEast
      const south = southWest + 2 * at(below + column) + southEast
      const riseEast = (east - west) / (8 * cellSize)
      const riseNorth = (north - south) / (8 * cellSize)
      const light = sunUp - riseEast * sunEast - riseNorth * sunNorth
      shade[pixel] = Math.max(0, light / Math.hypot(1, riseEast, riseNorth))
    }
  }
  return shade
}
/** Lines of equal elevation as separate segments. */
export interface Contours {
  /** [x0, y0, x1, y1] a segment, in pixels from the upper left corner of the raster. */
  segments: Float32Array
  /** Elevation of each segment, metres. */
  levels: Float32Array
  /** Metres from line to line. */
  interval: number
}

/** More would hide the image and take memory without end; the interval is doubled until there are fewer. */
const MAX_SEGMENTS = 300_000

/** About so many lines over the relief of a patch. */
const WANTED_LINES = 14

/** The interval, 1, 2 or 5 times a power of ten, that draws about fourteen lines over a relief in metres. */
export function contourInterval(relief: number): number {
  const ideal = Math.max(relief, 1e-3) / WANTED_LINES
  const power = 10 ** Math.floor(Math.log10(ideal))
  const step = [1, 2, 5, 10].find(factor => factor * power >= ideal * 0.999) ?? 10
  return Math.max(1, step * power)
}

/**
 * Contour lines by marching squares between pixel centres, linear along cell edges; a saddle is split by the mean of its
 * corners. Cells with a corner that is not valid or not finite stay empty.
 *
 * @param dem [height, width] metres.
 * @param interval metres; null: chosen by `contourInterval` from the relief.
 */
export function contours(
  dem: ArrayLike<number>,
  valid: Uint8Array | null,
  width: number,
  height: number,
  interval: number | null = null,
): Contours {
  const { least, greatest } = extremes(dem, valid)
  let spacing = interval !== null && interval > 0 ? interval : contourInterval(greatest - least)
  // One line crosses each cell a few times at most; the bound is checked before anything is drawn.
  while (countCrossings(dem, valid, width, height, spacing) > MAX_SEGMENTS) spacing *= 2
  const segments: number[] = []
  const levels: number[] = []
  const known = (pixel: number) => valid?.[pixel] !== 0 && Number.isFinite(dem[pixel]!)
  for (let row = 0; row + 1 < height; row++) {
    for (let column = 0; column + 1 < width; column++) {
      const corner = row * width + column
      if (!known(corner) || !known(corner + 1) || !known(corner + width) || !known(corner + width + 1))
        continue
      const cell = [dem[corner]!, dem[corner + 1]!, dem[corner + width + 1]!, dem[corner + width]!] as const
      const low = Math.min(...cell)
      const high = Math.max(...cell)
      for (let line = Math.floor(low / spacing) + 1; line * spacing <= high; line++) {
        const level = line * spacing
        for (const [from, to] of cellLines(cell, level)) {
          const [x0, y0] = crossing(cell, from, level)
          const [x1, y1] = crossing(cell, to, level)
          // A corner at exactly this level is touched, not crossed.
          if (x0 === x1 && y0 === y1) continue
          segments.push(column + 0.5 + x0, row + 0.5 + y0, column + 0.5 + x1, row + 0.5 + y1)
          levels.push(level)
        }
      }
    }
  }
  return { segments: Float32Array.from(segments), levels: Float32Array.from(levels), interval: spacing }
}

type Cell = readonly [number, number, number, number]

/** Edges of a cell clockwise: 0 upper, 1 right, 2 lower, 3 left; corners clockwise from the upper left. */
type Edge = 0 | 1 | 2 | 3

/** Pairs of edges that a level enters and leaves a cell by. */
function cellLines(cell: Cell, level: number): readonly (readonly [Edge, Edge])[] {
  const above = cell.map(value => value >= level)
  const crossed = ([0, 1, 2, 3] as const).filter(edge => above[edge] !== above[(edge + 1) % 4])
  if (crossed.length === 2) return [[crossed[0]!, crossed[1]!]]
  if (crossed.length < 4) return []
  // The corners on the side of the mean are joined through the middle, the other two are cut off.
  const middleAbove = (cell[0] + cell[1] + cell[2] + cell[3]) / 4 >= level
  return middleAbove === above[0]
    ? [
        [0, 1],
        [2, 3],
      ]
    : [
        [3, 0],
        [1, 2],
      ]
}

/** Where a level crosses an edge, in the cell's own 0..1. */
function crossing(cell: Cell, edge: Edge, level: number): [number, number] {
  const from = cell[edge]
  const to = cell[((edge + 1) % 4) as Edge]
  const part = (level - from) / (to - from)
  switch (edge) {
    case 0:
      return [part, 0]
    case 1:
      return [1, part]
    case 2:
      return [1 - part, 1]
    case 3:
      return [0, 1 - part]
  }
}

function extremes(dem: ArrayLike<number>, valid: Uint8Array | null): { least: number; greatest: number } {
  let least = Number.POSITIVE_INFINITY
  let greatest = Number.NEGATIVE_INFINITY
  for (let pixel = 0; pixel < dem.length; pixel++) {
    const value = dem[pixel]!
    if (valid?.[pixel] === 0 || !Number.isFinite(value)) continue
    if (value < least) least = value
    if (value > greatest) greatest = value
  }
  return greatest >= least ? { least, greatest } : { least: 0, greatest: 0 }
}

/** Levels between neighbours to the right and below: within a factor of two of the segments. */
function countCrossings(
  dem: ArrayLike<number>,
  valid: Uint8Array | null,
  width: number,
  height: number,
  spacing: number,
): number {
  let count = 0
  const add = (a: number, b: number) => {
    if (valid?.[a] === 0 || valid?.[b] === 0) return
    const levels = Math.abs(Math.floor(dem[a]! / spacing) - Math.floor(dem[b]! / spacing))
    if (Number.isFinite(levels)) count += levels
  }
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const pixel = row * width + column
      if (column + 1 < width) add(pixel, pixel + 1)
      if (row + 1 < height) add(pixel, pixel + width)
    }
  }
  return count
}
