import type { Random } from '../foundation/random'
import { type Drainage, drainage } from './drainage'
import { convolved, emptyField, type Field, fractalNoise, sampleBilinear } from './field'

/** Cell of all synthetic fields, metres: Sentinel-2's finest. */
export const CELL_METRES = 10

/** Erosion runs on cells of this many fine ones: valleys need distance, not detail. */
const COARSE = 4

const COARSE_MARGIN = 8

const STEPS = 40

/** Steps between two drainage walks, which cost more than the erosion itself. */
const REROUTE = 3

const ERODIBILITY = 0.3

const HILLSLOPE = 0.1

/** Soil slides off whatever is steeper than this times the mean: mountainsides come out even, as real ones do. */
const STEEPEST = 1.25

/** Straight valleys are the mark of flow in eight directions: bend them by so many coarse cells. */
const WARP = 0.6

/**
 * Mountains as rivers leave them: stream-power erosion solved implicitly (Braun and Willett, 2013, with m = 0.5 and
 * n = 1), hillslope diffusion, then fractal detail, scaled to the mean slope asked for.
 *
 * @param size cells of 10 m a side
 * @param meanSlope degrees
 * @param base metres above sea of the lowest point
 * @returns heights in metres
 */
export function terrain(random: Random, size: number, meanSlope: number, base: number): Field {
  const coarse = erodedTerrain(random, Math.ceil(size / COARSE) + 2 * COARSE_MARGIN)
  const smooth = convolved(coarse, [0.5, 0.25])
  const height = emptyField(size)
  const detail = fractalNoise(random, size, { scale: 20, octaves: 4, gain: 0.5 })
  const bendX = fractalNoise(random, size, { scale: 24, octaves: 2 })
  const bendY = fractalNoise(random, size, { scale: 24, octaves: 2 })
  const lift = 0.014 * range(coarse)
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const at = row * size + column
      const x = column / COARSE + COARSE_MARGIN + WARP * bendX.data[at]!
      const y = row / COARSE + COARSE_MARGIN + WARP * bendY.data[at]!
      height.data[at] = sampleBilinear(smooth, x, y) + lift * detail.data[at]!
    }
  }
  // Bilinear facets would show in the hillshade.
  const rounded = convolved(height, [0.3, 0.22, 0.1, 0.03])
  return scaled(rounded, meanSlope, base)
}

function erodedTerrain(random: Random, size: number): Field {
  const isOutlet = outlets(random, size)
  const height = fractalNoise(random, size, { scale: size / 2, octaves: 6, gain: 0.6 })
  const uplift = fractalNoise(random, size, { scale: size / 2, octaves: 2 })
  const hardness = fractalNoise(random, size, { scale: size / 4, octaves: 3 })
  for (let i = 0; i < height.data.length; i++) height.data[i]! += 4
  let flow: Drainage | null = null
  for (let step = 0; step < STEPS; step++) {
    if (!flow || step % REROUTE === 0) flow = drainage(height, isOutlet)
    const { order, receiver, distance, accumulation } = flow
    const limit = STEEPEST * meanDrop(height, flow)
    for (const cell of order) {
      const next = receiver[cell]!
      if (next === cell) {
        height.data[cell] = 0
        continue
      }
      const raised = height.data[cell]! + Math.max(0.3, 1 + 0.3 * uplift.data[cell]!)
      const power =
        (ERODIBILITY * Math.exp(0.35 * hardness.data[cell]!) * Math.sqrt(accumulation[cell]!)) /
        distance[cell]!
      const below = Math.min(raised, height.data[next]!)
      height.data[cell] = Math.min((raised + power * below) / (1 + power), below + limit * distance[cell]!)
    }
    height.data.set(convolved(height, [1 - 2 * HILLSLOPE, HILLSLOPE]).data)
  }
  return height
}

/** Mean fall from a cell to its receiver, per cell of distance. */
function meanDrop({ data }: Field, { receiver, distance }: Drainage): number {
  let sum = 0
  for (let cell = 0; cell < data.length; cell++) {
    if (receiver[cell] !== cell) sum += Math.max(0, data[cell]! - data[receiver[cell]!]!) / distance[cell]!
  }
  return sum / data.length
}

/** A stretch of the border through which rivers leave: a gorge, one side, or two sides of a ridge. */
function outlets(random: Random, size: number): (column: number, row: number) => boolean {
  const last = size - 1
  const kind = random.pick(['gorge', 'gorge', 'side', 'ridge', 'corner'] as const)
  const turn = random.integer(0, 3)
  const centre = size * (0.25 + 0.5 * random.uniform())
  return (column, row) => {
    const [x, y] = [
      [column, row],
      [row, last - column],
      [last - column, last - row],
      [last - row, column],
    ][turn] as [number, number]
    switch (kind) {
      case 'gorge':
        return y === last && Math.abs(x - centre) < size * 0.06
      case 'side':
        return y === last
      case 'ridge':
        return y === last || y === 0
      case 'corner':
        return y === last || x === last
    }
  }
}

function scaled(height: Field, meanSlope: number, base: number): Field {
  const lowest = height.data.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const { x, y } = hornGradient(height, CELL_METRES)
  const steepness = x.data.map((east, cell) => Math.hypot(east, y.data[cell]!))
  const wanted = (meanSlope * Math.PI) / 180
  let factor = 1
  // The mean of an arc tangent has no closed inverse: a few proportional steps come within a degree.
  for (let round = 0; round < 5; round++) {
    let sum = 0
    let count = 0
    for (let cell = 0; cell < steepness.length; cell += 7, count++)
      sum += Math.atan(steepness[cell]! * factor)
    factor *= Math.tan(wanted) / Math.tan(sum / count)
  }
  return { size: height.size, data: height.data.map(value => base + (value - lowest) * factor) }
}

function range({ data }: Field): number {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const value of data) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  return high - low
}

/** Gradient of a height field by Horn (1981), metres per metre: `x` eastwards, `y` southwards; edges repeat. */
export function hornGradient(height: Field, cellMetres: number): { x: Field; y: Field } {
  const { size, data } = height
  const x = emptyField(size)
  const y = emptyField(size)
  const scale = 1 / (8 * cellMetres)
  for (let row = 0; row < size; row++) {
    const above = Math.max(0, row - 1) * size
    const here = row * size
    const below = Math.min(size - 1, row + 1) * size
    for (let column = 0; column < size; column++) {
      const left = Math.max(0, column - 1)
      const right = Math.min(size - 1, column + 1)
      const a = data[above + left]!
      const c = data[above + right]!
      const g = data[below + left]!
      const i = data[below + right]!
      x.data[here + column] = (c + 2 * data[here + right]! + i - a - 2 * data[here + left]! - g) * scale
      y.data[here + column] = (g + 2 * data[below + column]! + i - a - 2 * data[above + column]! - c) * scale
    }
  }
  return { x, y }
}

/** Slope in degrees from a gradient. */
export function slopeDegrees({ x, y }: { x: Field; y: Field }): Field {
  const slope = emptyField(x.size)
  for (let i = 0; i < slope.data.length; i++) {
    slope.data[i] = (Math.atan(Math.hypot(x.data[i]!, y.data[i]!)) * 180) / Math.PI
  }
  return slope
}
