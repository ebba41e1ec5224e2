import type { Random } from '../foundation/random'
import { type Canvas, type Cover, emptyCanvas, lay } from './canvas'
import type { Drainage } from './drainage'
import { convolved, type Field, fractalNoise, sampleBilinear, smoothStep } from './field'
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

/** Degrees up to which ground is ploughed. */
const ARABLE = 13

/** Parcels on gentle ground, each with a crop, stubble or bare soil of its own: bare ones look like scars. */
function layFields(random: Random, canvas: Canvas, gentle: Field, season: number): void {
  const { size } = canvas
  const angle = random.uniform() * Math.PI
  const cos = Math.cos(angle)
  const sin = Math.sin(angle)
  const long = 8 + 8 * random.uniform()
  const short = 4 + 4 * random.uniform()
  const count = Math.ceil((size * 2) / short)
  const parcels = Array.from({ length: count * count }, () => parcel(random, season))
  const farmed = fractalNoise(random, size, { scale: size / 3, octaves: 3 })
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const cell = row * size + column
      const flat = smoothStep(ARABLE + 3, ARABLE - 3, gentle.data[cell]! + 3 * farmed.data[cell]!)
      if (flat <= 0.02) continue
      const along = (column * cos + row * sin) / long + count / 4
      const band = Math.floor(along)
      const across = (row * cos - column * sin) / short + count / 2 + 0.37 * band
      const { cover, brightness } =
        parcels[(((band + count) % count) * count + ((Math.floor(across) + count) % count)) % parcels.length]!
      lay(canvas, cell, cover, 0.92 * flat, brightness)
      const edge = Math.min(along - band, 1 - along + band) * long
      if (edge < 0.6) lay(canvas, cell, 'dryGrass', 0.4 * flat)
    }
  }
}

function parcel(random: Random, season: number): { cover: Cover; brightness: number } {
  const draw = random.uniform()
  const brightness = 0.85 + 0.3 * random.uniform()
  if (draw < 0.25 + 0.35 * season) return { cover: 'crop', brightness }
  if (draw < 0.6 + 0.2 * season) return { cover: 'grass', brightness }
  return { cover: draw < 0.88 ? 'soil' : 'dryGrass', brightness }
}

/** Felled stands: slanting blocks of slash, soil and young grass on moderate slopes. */
function layClearCuts(random: Random, canvas: Canvas, gentle: Field): void {
  const { size } = canvas
  const ragged = fractalNoise(random, size, { scale: 8, octaves: 3 })
  for (let cut = random.integer(1, 3); cut > 0; cut--) {
    const column = size * random.uniform()
    const row = size * random.uniform()
    const angle = random.uniform() * Math.PI
    const halfLong = 4 + 7 * random.uniform()
    const halfShort = 3 + 4 * random.uniform()
    const age = random.uniform()
    const reach = Math.ceil(halfLong + halfShort)
    for (let y = Math.floor(row - reach); y <= row + reach; y++) {
      for (let x = Math.floor(column - reach); x <= column + reach; x++) {
        if (x < 0 || y < 0 || x >= size || y >= size) continue
        const cell = y * size + x
        const along = Math.abs((x - column) * Math.cos(angle) + (y - row) * Math.sin(angle)) / halfLong
        const across = Math.abs((y - row) * Math.cos(angle) - (x - column) * Math.sin(angle)) / halfShort
        const inside = smoothStep(1.12, 0.9, Math.max(along, across) + 0.06 * ragged.data[cell]!)
        const feasible = smoothStep(38, 28, gentle.data[cell]!)
        lay(canvas, cell, 'dryGrass', 0.7 * inside * feasible)
        lay(canvas, cell, 'soil', (1 - age) * 0.6 * inside * feasible, 0.85)
      }
    }
  }
}

/** Roads and tracks that keep to the contour: thin, bright, and cut into slopes as scars are. */
function layRoads(random: Random, canvas: Canvas, height: Field, gentle: Field): void {
  for (let road = random.integer(0, 2); road > 0; road--) {
    const paved = random.chance(0.4)
    let x = canvas.size * random.uniform()
    let y = canvas.size * random.uniform()
    let angle = random.uniform() * 2 * Math.PI
    for (let step = 0; step < canvas.size * 5; step++) {
      if (x < 0 || y < 0 || x >= canvas.size || y >= canvas.size) break
      const cell = Math.floor(y) * canvas.size + Math.floor(x)
      lay(canvas, cell, paved ? 'built' : 'gravel', 0.22, 0.85)
      const east = sampleBilinear(height, x + 2, y) - sampleBilinear(height, x - 2, y)
      const south = sampleBilinear(height, x, y + 2) - sampleBilinear(height, x, y - 2)
      // Along the contour, on the side the road came from; straight on where it is flat.
      const contour = Math.atan2(-east, south)
      const turned = Math.cos(contour - angle) >= 0 ? contour : contour + Math.PI
      const pull = 0.3 * smoothStep(4, 20, gentle.data[cell]!)
      angle += pull * Math.atan2(Math.sin(turned - angle), Math.cos(turned - angle)) + 0.08 * random.normal()
      x += 0.35 * Math.cos(angle)
      y += 0.35 * Math.sin(angle)
    }
  }
}

/** A hamlet of bright roofs, if there is level ground for one. */
function laySettlement(random: Random, canvas: Canvas, gentle: Field): void {
  const { size } = canvas
  for (let attempt = 0; attempt < 6; attempt++) {
    const column = random.integer(4, size - 5)
    const row = random.integer(4, size - 5)
    if (gentle.data[row * size + column]! > 14) continue
    for (let house = random.integer(10, 40); house > 0; house--) {
      const x = Math.round(column + 5 * random.normal())
      const y = Math.round(row + 4 * random.normal())
      if (x < 0 || y < 0 || x >= size || y >= size || gentle.data[y * size + x]! > 18) continue
      lay(canvas, y * size + x, 'built', 0.4 + 0.6 * random.uniform(), 0.7 + 0.8 * random.uniform())
    }
    return
  }
}
