import type { Random } from '../foundation/random'
import type { Drainage } from './drainage'
import { type Field, sampleBilinear, smoothStep } from './field'

/** What a slide moves over. */
export interface SlideGround {
  height: Field
  /** Degrees. */
  slope: Field
  flow: Drainage
}

/** One point of a slide's track, from head to toe; columns and rows in cells. */
export interface TrackPoint {
  column: number
  row: number
  /** Half the width there, cells. */
  radius: number
  /** 0 at the head, 1 at the toe. */
  along: number
}

const STEP = 0.6
/** Cells that drain through a valley floor, where a slide ends on the river. */
const VALLEY_FLOOR = 1200
/** Cells: the widest half of a slide. */
const WIDEST = 6

/**
 * The way of a slide down the fall line, until it has gone `length` cells, the ground levels out below `restSlope`
 * degrees, or it reaches a valley floor: a rounded head, a narrower track, a fan.
 */
export function slideTrack(
  random: Random,
  ground: SlideGround,
  head: { column: number; row: number },
  length: number,
  restSlope: number,
): TrackPoint[] {
  const way = fallLine(random, ground, head, length, restSlope)
  // Flows are long and thin; one in five is a broad slump.
  const shape = random.chance(0.2) ? 0.2 + 0.12 * random.uniform() : 0.05 + 0.12 * random.uniform()
  const width = Math.min(WIDEST, Math.max(0.55, way.length * STEP * shape))
  return way.map((point, index) => {
    const along = index / Math.max(1, way.length - 1)
    const scarp = Math.sqrt(Math.min(1, (along + 0.03) / 0.18))
    const neck = 1 - 0.45 * smoothStep(0.15, 0.45, along)
    const fan = 1 + 0.7 * smoothStep(0.65, 1, along)
    return { ...point, radius: width * scarp * neck * fan, along }
  })
}

function fallLine(
  random: Random,
  { height, slope, flow }: SlideGround,
  head: { column: number; row: number },
  length: number,
  restSlope: number,
): { column: number; row: number }[] {
  const way: { column: number; row: number }[] = []
  let x = head.column + 0.5
  let y = head.row + 0.5
  let east = 0
  let south = 0
  // Slope felt lately, relative to the slope of rest.
  let pace = 2
  for (let gone = 0; gone < length; gone += STEP) {
    way.push({ column: x, row: y })
    const dropEast = sampleBilinear(height, x - 2, y) - sampleBilinear(height, x + 2, y)
    const dropSouth = sampleBilinear(height, x, y - 2) - sampleBilinear(height, x, y + 2)
    const norm = Math.hypot(dropEast, dropSouth) || 1
    // Mass has inertia: it follows the fall line with a delay.
    east = 0.6 * east + 0.4 * (dropEast / norm) + 0.05 * random.normal()
    south = 0.6 * south + 0.4 * (dropSouth / norm) + 0.05 * random.normal()
    const stride = Math.hypot(east, south) || 1
    x += (STEP * east) / stride
    y += (STEP * south) / stride
    if (x < 0 || y < 0 || x >= height.size || y >= height.size) break
    const cell = Math.floor(y) * height.size + Math.floor(x)
    pace = 0.85 * pace + 0.15 * (slope.data[cell]! / restSlope)
    if (pace < 1 || flow.accumulation[cell]! > VALLEY_FLOOR) break
  }
  return way
}
