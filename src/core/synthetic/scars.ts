import type { Random } from '../foundation/random'
import { type Canvas, lay } from './canvas'
import type { Drainage } from './drainage'
import { type Field, fractalNoise, sampleBilinear, smoothStep } from './field'

/** Cells: the longest track. */
const LONGEST = 55

/** Tries before a patch without steep ground is left with fewer slides than it was to have. */
const ATTEMPTS = 1500

/**
 * Lays landslides on the canvas until they cover `share` of the inner patch. Each starts on steep ground, in clusters
 * where rain or shaking was worst; half are small, some a pixel or two wide, and neighbours often run together.
 *
 * @param margin cells around the patch that do not count
 * @returns 1 where slides cover at least half of a cell
 */
export function layScars(
  random: Random,
  canvas: Canvas,
  ground: SlideGround,
  share: number,
  margin: number,
): Uint8Array {
  const { size } = canvas
  const label = new Uint8Array(size * size)
  const texture = slideTexture(random, size)
  const trigger = fractalNoise(random, size, { scale: size / 3, octaves: 2 })
  const { start, rest } = thresholds(ground)
  const wanted = share * (size - 2 * margin) ** 2
  const heads: { column: number; row: number }[] = []
  let covered = 0
  for (let attempt = 0; attempt < ATTEMPTS && covered < wanted; attempt++) {
    const near = heads.length > 0 && random.chance(0.35) ? random.pick(heads) : null
    const head = {
      column: near ? near.column + random.integer(-9, 9) : random.integer(margin, size - margin - 1),
      row: near ? near.row + random.integer(-9, 9) : random.integer(margin, size - margin - 1),
    }
    if (head.column < 0 || head.row < 0 || head.column >= size || head.row >= size) continue
    const cell = head.row * size + head.column
    const prone =
      smoothStep(start - 16, start, ground.slope.data[cell]!) *
      smoothStep(-1.2, 1.4, trigger.data[cell]!) *
      smoothStep(600, 150, ground.flow.accumulation[cell]!)
    if (!random.chance(prone)) continue
    const length = Math.min((wanted - covered) / 2 + 4, LONGEST, 6 + 9 * Math.exp(0.8 * random.normal()))
    const track = slideTrack(random, ground, head, length, rest)
    if (track.length < 4) continue
    heads.push(head)
    for (const hit of layTrack(random, canvas, track, texture, 1)) {
      if (label[hit] === 0 && isInner(hit, size, margin)) covered++
      label[hit] = 1
    }
  }
  return label
}

/** Old scars that plants have half taken back: not labelled, and so a trap for a network that goes by brightness. */
export function layOldScars(random: Random, canvas: Canvas, ground: SlideGround): void {
  const { size } = canvas
  const texture = slideTexture(random, size)
  const { start, rest } = thresholds(ground)
  for (let scar = random.integer(0, 3); scar > 0; scar--) {
    const head = { column: random.integer(0, size - 1), row: random.integer(0, size - 1) }
    if (ground.slope.data[head.row * size + head.column]! < start - 12) continue
    const track = slideTrack(random, ground, head, 6 + 12 * random.uniform(), rest)
    layTrack(random, canvas, track, texture, 0.15 + 0.25 * random.uniform())
  }
}

function slideTexture(random: Random, size: number): SlideTexture {
  return {
    rough: fractalNoise(random, size, { scale: 6, octaves: 3, gain: 0.6 }),
    streaks: fractalNoise(random, size, { scale: 5, octaves: 3, gain: 0.7 }),
  }
}

/** Degrees from which ground fails for certain, and at which slides come to rest: weaker rock stands less steeply. */
function thresholds({ slope }: SlideGround): { start: number; rest: number } {
  const mean = slope.data.reduce((a, b) => a + b, 0) / slope.data.length
  return { start: Math.min(44, Math.max(26, mean + 13)), rest: Math.min(20, 0.7 * mean) }
}

function isInner(cell: number, size: number, margin: number): boolean {
  const column = cell % size
  const row = (cell - column) / size
  return column >= margin && row >= margin && column < size - margin && row < size - margin
}

/** What a slide moves over. */
interface SlideGround {
  height: Field
  /** Degrees. */
  slope: Field
  flow: Drainage
}

/** One point of a slide's track, from head to toe; columns and rows in cells. */
interface TrackPoint {
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
function slideTrack(
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

/** Noise that makes one slide unlike a drawn shape. */
interface SlideTexture {
  /** Frays the edge. */
  rough: Field
  /** Streaks of debris, and rafts of trees that travelled along. */
  streaks: Field
}

/**
 * Lays one slide on the canvas: rock at the head, mud and debris below, rafts of trees towards the toe.
 *
 * @param opacity 1 for a fresh slide, less where plants have come back
 * @returns the cells of which it covers at least half
 */
function layTrack(
  random: Random,
  canvas: Canvas,
  track: readonly TrackPoint[],
  { rough, streaks }: SlideTexture,
  opacity: number,
): number[] {
  const { cover, along } = footprint(canvas.size, track, rough)
  const rocky = random.uniform()
  const tone = 0.78 + 0.4 * random.uniform()
  const cells: number[] = []
  for (let cell = 0; cell < cover.length; cell++) {
    const value = cover[cell]!
    if (value <= 0) continue
    const streak = streaks.data[cell]!
    const rock = Math.min(1, Math.max(0, rocky * 1.1 - 0.7 * along[cell]! + 0.2 * streak))
    const rafts = smoothStep(0.9, 2.2, streak + 0.9 * along[cell]!)
    const bare = opacity * value * (1 - 0.55 * rafts)
    const brightness = tone * (1 + 0.1 * streak + 0.15 * smoothStep(0.25, 0, along[cell]!))
    lay(canvas, cell, 'scarSoil', bare, brightness)
    lay(canvas, cell, 'scarRock', bare * rock, brightness)
    if (value >= 0.5) cells.push(cell)
  }
  return cells
}

/** Share of each cell that the slide covers, 0..1, and how far along the track the cell lies. */
function footprint(size: number, track: readonly TrackPoint[], rough: Field) {
  const cover = new Float32Array(size * size)
  const along = new Float32Array(size * size)
  for (const point of track) {
    const reach = Math.ceil(point.radius * 2 + 1)
    const column = Math.floor(point.column)
    const row = Math.floor(point.row)
    for (let y = Math.max(0, row - reach); y <= Math.min(size - 1, row + reach); y++) {
      for (let x = Math.max(0, column - reach); x <= Math.min(size - 1, column + reach); x++) {
        const cell = y * size + x
        const radius = point.radius + 0.38 * Math.min(3, point.radius) * rough.data[cell]!
        const distance = Math.hypot(x + 0.5 - point.column, y + 0.5 - point.row)
        const value = Math.min(1, Math.max(0, radius + 0.5 - distance))
        if (value > cover[cell]!) {
          cover[cell] = value
          along[cell] = point.along
        }
      }
    }
  }
  return { cover, along }
}
