import type { Random } from '../foundation/random'
import { type Canvas, lay } from './canvas'
import { type Field, smoothStep } from './field'
import type { TrackPoint } from './slideTrack'

/** Noise that makes one slide unlike a drawn shape. */
export interface SlideTexture {
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
export function layTrack(
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
