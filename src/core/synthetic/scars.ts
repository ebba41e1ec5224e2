import type { Random } from '../foundation/random'
import type { Canvas } from './canvas'
import { smoothStep } from './field'
import { fractalNoise } from './fractalNoise'
import { layTrack, type SlideTexture } from './layTrack'
import { type SlideGround, slideTrack } from './slideTrack'

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

/** Old scars that plants have half taken back: not labelled, and so a trap for whoever goes by brightness. */
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
