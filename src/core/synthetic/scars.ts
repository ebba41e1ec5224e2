import type { Random } from '../foundation/random'
import { type Canvas, lay } from './canvas'
import type { Drainage } from './drainage'
import { emptyField, type Field, sampleBilinear, smoothStep } from './field'
import { fractalNoise } from './fractalNoise'

/** Degrees of slope from which slides start, and below which they come to rest. */
const START_SLOPE = 30
const REST_SLOPE = 10

/** One point of a slide's track, from head to toe. */
interface TrackPoint {
  column: number
  row: number
  /** Half the width there, cells. */
  radius: number
  /** 0 at the head, 1 at the toe. */
  along: number
}

/**
 * Lays landslides on the canvas until they cover `share` of the inner patch: each starts on a steep slope, runs down
 * the fall line, keeps a rounded head scarp, a narrower track and a fan where the ground levels out. Half are small,
 * some only a pixel or two wide.
 *
 * @param margin cells around the patch that do not count
 * @returns 1 where a slide covers at least half of a cell
 */
export function layScars(
  random: Random,
  canvas: Canvas,
  ground: { height: Field; slope: Field; flow: Drainage },
  share: number,
  margin: number,
): Uint8Array {
  const { size } = canvas
  const label = new Uint8Array(size * size)
  const rough = fractalNoise(random, size, { scale: 6, octaves: 3, gain: 0.6 })
  const streaks = fractalNoise(random, size, { scale: 5, octaves: 3, gain: 0.7 })
  const wanted = share * (size - 2 * margin) ** 2
  // Rainfall and shaking trigger slides in clusters.
  const trigger = fractalNoise(random, size, { scale: size / 3, octaves: 2 })
  let covered = 0
  for (let attempt = 0; attempt < 400 && covered < wanted; attempt++) {
    const column = random.integer(margin, size - margin - 1)
    const row = random.integer(margin, size - margin - 1)
    const cell = row * size + column
    const prone =
      smoothStep(START_SLOPE - 6, START_SLOPE + 12, ground.slope.data[cell]!) *
      smoothStep(-1.2, 1.4, trigger.data[cell]!) *
      smoothStep(600, 150, ground.flow.accumulation[cell]!)
    if (!random.chance(prone)) continue
    const left = wanted - covered
    const length = Math.min(left / 2 + 4, 5 + 9 * Math.exp(0.75 * random.normal()))
    const track = runOut(random, ground, column, row, length)
    if (track.length < 4) continue
    covered += paintTrack(random, canvas, track, rough, streaks, label, margin, 1)
  }
  return label
}

/** Old scars that plants have half taken back: not labelled, and so a trap for whoever goes by brightness. */
export function layOldScars(
  random: Random,
  canvas: Canvas,
  ground: { height: Field; slope: Field; flow: Drainage },
): void {
  const { size } = canvas
  const rough = fractalNoise(random, size, { scale: 6, octaves: 3, gain: 0.6 })
  for (let scar = random.integer(0, 3); scar > 0; scar--) {
    const column = random.integer(0, size - 1)
    const row = random.integer(0, size - 1)
    if (ground.slope.data[row * size + column]! < START_SLOPE) continue
    const track = runOut(random, ground, column, row, 6 + 12 * random.uniform())
    paintTrack(
      random,
      canvas,
      track,
      rough,
      rough,
      new Uint8Array(size * size),
      0,
      0.15 + 0.25 * random.uniform(),
    )
  }
}

function runOut(
  random: Random,
  { height, slope }: { height: Field; slope: Field },
  column: number,
  row: number,
  length: number,
): TrackPoint[] {
  const width = Math.max(0.6, length * (0.06 + 0.14 * random.uniform()))
  const points: TrackPoint[] = []
  let x = column + 0.5
  let y = row + 0.5
  let east = 0
  let south = 0
  let speed = 1
  for (let gone = 0; gone < length; gone += 0.6) {
    const dropEast = sampleBilinear(height, x - 2, y) - sampleBilinear(height, x + 2, y)
    const dropSouth = sampleBilinear(height, x, y - 2) - sampleBilinear(height, x, y + 2)
    const norm = Math.hypot(dropEast, dropSouth) || 1
    // Mass has inertia: it follows the fall line with a delay.
    east = 0.6 * east + 0.4 * (dropEast / norm) + 0.05 * random.normal()
    south = 0.6 * south + 0.4 * (dropSouth / norm) + 0.05 * random.normal()
    const pace = Math.hypot(east, south) || 1
    const along = gone / length
    const head = Math.sqrt(Math.min(1, (along + 0.03) / 0.18))
    const fan = 1 + 0.9 * smoothStep(0.65, 1, along)
    const neck = 1 - 0.45 * smoothStep(0.15, 0.45, along)
    points.push({ column: x, row: y, radius: width * head * neck * fan, along })
    x += (0.6 * east) / pace
    y += (0.6 * south) / pace
    if (x < 0 || y < 0 || x >= height.size || y >= height.size) break
    speed =
      0.85 * speed + 0.15 * (slope.data[Math.floor(y) * height.size + Math.floor(x)]! / REST_SLOPE - 0.6)
    if (speed < 0.35) break
  }
  return points
}

function paintTrack(
  random: Random,
  canvas: Canvas,
  track: readonly TrackPoint[],
  rough: Field,
  streaks: Field,
  label: Uint8Array,
  margin: number,
  opacity: number,
): number {
  const { size } = canvas
  const cover = emptyField(size)
  const along = new Float32Array(size * size)
  for (const point of track) {
    const reach = Math.ceil(point.radius * 1.6 + 1)
    const column = Math.floor(point.column)
    const row = Math.floor(point.row)
    for (let y = Math.max(0, row - reach); y <= Math.min(size - 1, row + reach); y++) {
      for (let x = Math.max(0, column - reach); x <= Math.min(size - 1, column + reach); x++) {
        const cell = y * size + x
        const radius = point.radius * (1 + 0.25 * rough.data[cell]!)
        const distance = Math.hypot(x + 0.5 - point.column, y + 0.5 - point.row)
        const value = Math.min(1, Math.max(0, radius + 0.5 - distance))
        if (value > cover.data[cell]!) {
          cover.data[cell] = value
          along[cell] = point.along
        }
      }
    }
  }
  const rocky = random.uniform()
  const tone = 0.78 + 0.4 * random.uniform()
  let added = 0
  for (let cell = 0; cell < cover.data.length; cell++) {
    const value = cover.data[cell]!
    if (value <= 0) continue
    const streak = streaks.data[cell]!
    // Rock shows at the head, mud and debris below; rafts of trees survive towards the toe.
    const rock = Math.min(1, Math.max(0, rocky * 1.1 - 0.7 * along[cell]! + 0.2 * streak))
    const rafts = smoothStep(0.9, 2.2, streak + 0.9 * along[cell]!)
    const bare = opacity * value * (1 - 0.55 * rafts)
    const brightness = tone * (1 + 0.1 * streak + 0.15 * smoothStep(0.25, 0, along[cell]!))
    lay(canvas, cell, 'scarSoil', bare, brightness)
    lay(canvas, cell, 'scarRock', bare * rock, brightness)
    if (value < 0.5 || label[cell] === 1) continue
    label[cell] = 1
    const column = cell % size
    const row = (cell - column) / size
    if (column >= margin && row >= margin && column < size - margin && row < size - margin) added++
  }
  return added
}
