import type { Random } from '../foundation/random'
import { type Canvas, emptyCanvas, lay } from './canvas'
import type { Drainage } from './drainage'
import { convolved, type Field, smoothStep } from './field'
import { fractalNoise } from './fractalNoise'
import { layFields } from './layFields'
import { layClearCuts, layRoads, laySettlement } from './layHumanTraces'
import type { Region } from './region'

/** What a scene's ground is decided from. */
export interface Ground {
  height: Field
  /** Degrees. */
  slope: Field
  flow: Drainage
}

/** Chosen once a patch. */
export interface SceneMood {
  openGround: number
  season: number
}

/** Covers the ground before any landslide: plants, rock, snow, water, and what people made of it. */
export function landCover(random: Random, ground: Ground, region: Region, mood: SceneMood): Canvas {
  const { size } = ground.height
  const canvas = emptyCanvas(size, 'broadleaf')
  layVegetation(random, canvas, ground, mood)
  // Slope as a person walking would feel it: single steep pixels do not keep a field from being ploughed.
  const around = [0.16, 0.14, 0.12, 0.09, 0.07]
  const gentle = convolved(convolved(ground.slope, around), around)
  layFields(random, canvas, gentle, mood.season)
  layRockAndSnow(random, canvas, ground, region)
  if (random.chance(0.4)) layClearCuts(random, canvas, gentle)
  layRivers(random, canvas, ground)
  layRoads(random, canvas, ground.height, gentle)
  laySettlement(random, canvas, gentle)
  return canvas
}

function layVegetation(random: Random, canvas: Canvas, { height, slope }: Ground, mood: SceneMood): void {
  const { size } = canvas
  const stands = fractalNoise(random, size, { scale: size / 4, octaves: 5, gain: 0.6 })
  const patches = fractalNoise(random, size, { scale: size / 5, octaves: 6, gain: 0.68 })
  const vigour = fractalNoise(random, size, { scale: size / 3, octaves: 4, gain: 0.6 })
  const threshold = 1.6 - 3.4 * mood.openGround
  for (let cell = 0; cell < height.data.length; cell++) {
    const elevation = height.data[cell]!
    canvas.brightness[cell] = 1 + 0.08 * vigour.data[cell]!
    const needles = smoothStep(-0.4, 1.2, stands.data[cell]! + (elevation - 1900) / 700)
    lay(canvas, cell, 'conifer', 0.15 + 0.75 * needles, canvas.brightness[cell])
    // Above the tree line, and where noise says so.
    const open = smoothStep(threshold - 0.8, threshold + 0.8, patches.data[cell]! + (elevation - 3000) / 350)
    const steep = 1 - 0.6 * smoothStep(35, 55, slope.data[cell]!)
    lay(canvas, cell, 'grass', 0.9 * open * steep, 1 + 0.06 * vigour.data[cell]!)
    lay(canvas, cell, 'dryGrass', 0.5 * open * (1.15 - mood.season) * smoothStep(0, 2, vigour.data[cell]!))
  }
}

function layRockAndSnow(random: Random, canvas: Canvas, { height, slope }: Ground, region: Region): void {
  const outcrops = fractalNoise(random, canvas.size, { scale: 14, octaves: 4, gain: 0.6 })
  const drifts = fractalNoise(random, canvas.size, { scale: 20, octaves: 4, gain: 0.6 })
  for (let cell = 0; cell < slope.data.length; cell++) {
    const elevation = height.data[cell]!
    const bare = slope.data[cell]! + 7 * outcrops.data[cell]! + (elevation - 2200) / 90
    lay(canvas, cell, 'rock', 0.85 * smoothStep(61, 74, bare), 1 + 0.1 * outcrops.data[cell]!)
    const cold = (elevation - region.snowLine) / 150 + 0.7 * drifts.data[cell]! - slope.data[cell]! / 30
    lay(canvas, cell, 'snow', smoothStep(0, 0.8, cold))
  }
}

/** Water where much ground drains together, with gravel banks beside it: as bright as a landslide, but flat. */
function layRivers(random: Random, canvas: Canvas, { height, flow }: Ground): void {
  const { size } = canvas
  // Most streams run hidden under trees; some valleys carry a wide bed of gravel.
  const braided = random.chance(0.35) ? 1 + 2 * random.uniform() : 0.4
  const banks = fractalNoise(random, size, { scale: 16, octaves: 3 })
  // Flow in eight directions is straight where it is flat: rivers wander by a few cells.
  const wanderX = fractalNoise(random, size, { scale: 18, octaves: 2 })
  const wanderY = fractalNoise(random, size, { scale: 18, octaves: 2 })
  const gravel = new Float32Array(size * size)
  const water = new Float32Array(size * size)
  for (let cell = 0; cell < height.data.length; cell++) {
    const catchment = flow.accumulation[cell]!
    if (catchment < 2000) continue
    const width = 0.1 + 0.5 * Math.sqrt(catchment / 2000 - 1)
    const x = (cell % size) + 1.6 * wanderX.data[cell]!
    const y = Math.floor(cell / size) + 1.6 * wanderY.data[cell]!
    stamp(gravel, size, x, y, width * braided * (1 + 0.45 * banks.data[cell]!))
    if (catchment > 3000) stamp(water, size, x, y, Math.min(2.4, width * 0.6))
  }
  for (let cell = 0; cell < gravel.length; cell++) {
    lay(canvas, cell, 'gravel', 0.9 * gravel[cell]!, 0.9 + 0.12 * banks.data[cell]!)
    lay(canvas, cell, 'water', 0.95 * water[cell]!)
  }
}

/** A disc with an edge of one cell, kept where it is stronger than what is there. */
function stamp(opacity: Float32Array, size: number, column: number, row: number, radius: number): void {
  const reach = Math.max(0, radius) + 1
  const right = Math.min(size - 1, Math.floor(column + reach))
  const bottom = Math.min(size - 1, Math.floor(row + reach))
  for (let y = Math.max(0, Math.ceil(row - reach)); y <= bottom; y++) {
    for (let x = Math.max(0, Math.ceil(column - reach)); x <= right; x++) {
      const value = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(x - column, y - row)))
      opacity[y * size + x] = Math.max(opacity[y * size + x]!, value)
    }
  }
}
