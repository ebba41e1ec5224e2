import { type Random, randomStream } from '../foundation/random'
import { BAND_COUNT, DEM_BAND, SLOPE_BAND, SPECTRAL_BAND_COUNT } from '../patches/bands'
import type { Patch } from '../patches/patch'
import { drainage } from './drainage'
import { emptyField, type Field, fractalNoise } from './field'
import { cloudShade, directLight, opticalPath, reflectance, sensed } from './imaging'
import { landCover } from './landCover'
import type { Region } from './region'
import { layOldScars, layScars } from './scars'
import { CELL_METRES, hornGradient, slopeDegrees, terrain } from './terrain'

/** Cells generated around a patch, so that slides, rivers and shadows come in from outside. */
const MARGIN = 16

export interface PatchSpec {
  seed: number
  /** Which patch of the region: each has its own terrain, sun and slides. */
  index: number
  region: Region
  /** Pixels a side, 128 by default as in the competition. */
  size?: number
  name: string
  id: string
  /** False leaves `label` null, as for a new event. */
  labelled: boolean
}

/**
 * A made-up Sentinel-2 scene on the 14-band contract: eroded mountains, land cover, landslides, light, air, sensor.
 * The same spec gives the same patch. Raw units of `BANDS`, whole numbers as in the dataset; no georeference.
 */
export function generatePatch(spec: PatchSpec): Patch {
  const size = spec.size ?? 128
  const full = size + 2 * MARGIN
  const { region } = spec
  const stream = (...name: (string | number)[]) => randomStream(spec.seed, region.name, spec.index, ...name)
  const mood = stream('mood')
  const height = terrain(
    stream('terrain'),
    full,
    spread(spec, 'slope', Math.SQRT2, region.meanSlope),
    spread(spec, 'elevation', Math.SQRT2 * Math.sqrt(3), region.baseElevation),
  )
  const gradient = hornGradient(height, CELL_METRES)
  const slope = slopeDegrees(gradient)
  const last = full - 1
  const flow = drainage(height, (column, row) => column === 0 || row === 0 || column === last || row === last)
  const ground = { height, slope, flow }

  const season = between(mood, region.season)
  const openGround = between(mood, region.openGround)
  const canvas = landCover(stream('cover'), ground, region, { season, openGround })
  layOldScars(stream('old scars'), canvas, ground)
  const label = layScars(stream('scars'), canvas, ground, slideShare(mood), MARGIN)

  const rough = roughened(stream('roughness'), height)
  const light = directLight(rough, hornGradient(rough, CELL_METRES), {
    azimuth: between(mood, region.sunAzimuth),
    elevation: between(mood, region.sunElevation),
  })
  if (mood.chance(0.2)) cloudShade(stream('clouds'), light)
  const surface = reflectance(stream('texture'), canvas, light, season, between(mood, region.geology))

  const atmosphere = { haze: between(mood, region.haze), waterVapour: between(mood, region.waterVapour) }
  const plumes = fractalNoise(stream('haze'), full, { scale: full / 2, octaves: 2 })
  const bands = throughAir(surface, height, plumes, atmosphere)
  const noise = stream('sensor')
  const data = new Float32Array(BAND_COUNT * size * size)
  for (let band = 0; band < SPECTRAL_BAND_COUNT; band++) {
    crop(sensed(noise, bands[band]!, band), size, data, band, 1)
  }
  crop(slope, size, data, SLOPE_BAND, 0)
  crop(height, size, data, DEM_BAND, 0)
  return {
    id: spec.id,
    name: spec.name,
    domain: region.name,
    width: size,
    height: size,
    data,
    valid: null,
    label: spec.labelled ? croppedLabel(label, full, size) : null,
    scale: 'raw',
    georeference: null,
  }
}

function between(random: Random, [low, high]: readonly [number, number]): number {
  return low + (high - low) * random.uniform()
}

/** Even over the region's patches where chance would bunch: a Kronecker sequence from a random start. */
function spread(spec: PatchSpec, name: string, step: number, [low, high]: readonly [number, number]): number {
  const start = randomStream(spec.seed, spec.region.name, name).uniform()
  return low + (high - low) * ((start + spec.index * step) % 1)
}

/** One patch in six has no landslide; the others follow a log-normal around 1.8 %: near 2 % overall, 49 to 1. */
function slideShare(random: Random): number {
  const spread = Math.exp(0.6 * random.normal())
  return random.chance(1 / 6) ? 0 : Math.min(0.09, 0.021 * spread)
}

/** Gullies and crowns that catch the light, too fine for the elevation model to know. */
function roughened(random: Random, height: Field): Field {
  const gullies = fractalNoise(random, height.size, { scale: 10, octaves: 2, gain: 0.6 })
  const crowns = fractalNoise(random, height.size, { scale: 3.5, octaves: 2, gain: 0.7 })
  const rough = emptyField(height.size)
  for (let cell = 0; cell < rough.data.length; cell++) {
    rough.data[cell] = height.data[cell]! - 6 * Math.abs(gullies.data[cell]!) + 1.3 * crowns.data[cell]!
  }
  return rough
}

function throughAir(
  surface: readonly Field[],
  height: Field,
  plumes: Field,
  atmosphere: { haze: number; waterVapour: number },
): Field[] {
  const bands = surface.map(field => emptyField(field.size))
  // Air changes slowly: a table of 20 m steps stands for the exponentials of every pixel.
  const table = new Map<number, ReturnType<typeof opticalPath>>()
  for (let cell = 0; cell < height.data.length; cell++) {
    const step = Math.round((height.data[cell]! - 60 * plumes.data[cell]!) / 20)
    let air = table.get(step)
    if (!air) {
      air = opticalPath(step * 20, atmosphere)
      table.set(step, air)
    }
    for (let band = 0; band < bands.length; band++) {
      bands[band]!.data[cell] = air.path[band]! + air.transmittance[band]! * surface[band]!.data[cell]!
    }
  }
  return bands
}

/** The inner square as whole numbers. */
function crop(field: Field, size: number, into: Float32Array, band: number, least: number): void {
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const value = Math.round(field.data[(row + MARGIN) * field.size + column + MARGIN]!)
      into[(band * size + row) * size + column] = Math.max(least, value)
    }
  }
}

function croppedLabel(label: Uint8Array, full: number, size: number): Uint8Array {
  const result = new Uint8Array(size * size)
  for (let row = 0; row < size; row++) {
    const from = (row + MARGIN) * full + MARGIN
    result.set(label.subarray(from, from + size), row * size)
  }
  return result
}
