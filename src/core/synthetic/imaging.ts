import type { Random } from '../foundation/random'
import { SPECTRAL_BAND_COUNT } from '../patches/bands'
import { type Canvas, COVERS, sceneSpectra, TEXTURE } from './canvas'
import {
  convolved,
  emptyField,
  type Field,
  fractalNoise,
  sampleBilinear,
  smoothStep,
  whiteNoise,
} from './field'
import { CELL_METRES } from './terrain'

/** Where the sun stands, degrees: azimuth clockwise from north, elevation above the horizon. */
export interface Sun {
  azimuth: number
  elevation: number
}

/** Cells a shadow may reach. */
const SHADOW_REACH = 60

/**
 * Direct sunlight on the slope relative to level ground: cosine of incidence over cosine of the zenith angle (Teillet
 * et al., 1982), 0 where it faces away or where a ridge towards the sun casts its shadow.
 *
 * @param gradient metres per metre, eastwards and southwards
 */
export function directLight(height: Field, gradient: { x: Field; y: Field }, sun: Sun): Field {
  const { size } = height
  const azimuth = (sun.azimuth * Math.PI) / 180
  const elevation = (sun.elevation * Math.PI) / 180
  const east = Math.sin(azimuth) * Math.cos(elevation)
  const south = -Math.cos(azimuth) * Math.cos(elevation)
  const up = Math.sin(elevation)
  const light = emptyField(size)
  for (let cell = 0; cell < light.data.length; cell++) {
    const gx = gradient.x.data[cell]!
    const gy = gradient.y.data[cell]!
    const incidence = (up - gx * east - gy * south) / Math.sqrt(1 + gx * gx + gy * gy)
    light.data[cell] = Math.max(0, incidence) / up
  }
  castShadows(light, height, Math.sin(azimuth), -Math.cos(azimuth), Math.tan(elevation) * CELL_METRES)
  return light
}

/** Walks from each cell towards the sun; `rise` is what a ray gains a cell, metres. Edges are a little soft. */
function castShadows(light: Field, height: Field, dx: number, dy: number, rise: number): void {
  const { size, data } = height
  const highest = data.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const cell = row * size + column
      if (light.data[cell] === 0) continue
      let over = -Number.MAX_VALUE
      for (let step = 2; step < SHADOW_REACH; step += step < 12 ? 1 : 2) {
        const ray = data[cell]! + step * rise
        if (ray > highest) break
        const x = column + dx * step
        const y = row + dy * step
        if (x < 0 || y < 0 || x > size - 1 || y > size - 1) break
        over = Math.max(over, sampleBilinear(height, x, y) - ray)
      }
      if (over > -6) light.data[cell]! *= Math.min(1, Math.max(0, -over / 6))
    }
  }
}

/** Dims direct light under clouds that stand outside the picture: soft-edged shadows. */
export function cloudShade(random: Random, light: Field): void {
  const clouds = fractalNoise(random, light.size, { scale: light.size / 3, octaves: 4, gain: 0.5 })
  const depth = 0.5 + 0.3 * random.uniform()
  for (let cell = 0; cell < light.data.length; cell++) {
    light.data[cell]! *= 1 - depth * smoothStep(0.9, 1.3, clouds.data[cell]!)
  }
}

/**
 * What the lit ground sends up, reflectance x 10000 in B1..B12: covers mixed by area, brightness and texture, sunlight
 * by slope and skylight from everywhere.
 *
 * @param light direct light, 1 on level ground
 */
export function reflectance(
  random: Random,
  canvas: Canvas,
  light: Field,
  season: number,
  geology: number,
): Field[] {
  const spectra = sceneSpectra(season, geology)
  // Crowns and stones are as small as a pixel: white noise, spread a little, of deviation 1.
  const white = { size: canvas.size, data: whiteNoise(random, canvas.size ** 2) }
  const grain = convolved(white, [1.05, 0.45])
  const tint = fractalNoise(random, canvas.size, { scale: 10, octaves: 4, gain: 0.7 })
  const bands = Array.from({ length: SPECTRAL_BAND_COUNT }, () => emptyField(canvas.size))
  const textures = COVERS.map(cover => TEXTURE[cover])
  const spectrumOf = COVERS.map(cover => spectra[cover])
  const sum = new Float64Array(SPECTRAL_BAND_COUNT)
  for (let cell = 0; cell < light.data.length; cell++) {
    sum.fill(0)
    for (let cover = 0; cover < textures.length; cover++) {
      const share = canvas.fractions[cover]![cell]!
      if (share < 0.002) continue
      const factor = share * (1 + textures[cover]! * grain.data[cell]!)
      const spectrum = spectrumOf[cover]!
      for (let band = 0; band < SPECTRAL_BAND_COUNT; band++) sum[band]! += factor * spectrum[band]!
    }
    const bright = Math.max(0.3, canvas.brightness[cell]!)
    for (let band = 0; band < SPECTRAL_BAND_COUNT; band++) {
      const sky = DIFFUSE[band]!
      // Leaves and soils differ in chlorophyll and moisture as well as in brightness.
      const hue = 1 + 0.035 * tint.data[cell]! * (band < 5 || band > 9 ? 1 : -1)
      bands[band]!.data[cell] = sum[band]! * bright * hue * ((1 - sky) * light.data[cell]! + sky)
    }
  }
  return bands
}
/** What lies between ground and satellite; all relative to the values in this file. */
export interface Atmosphere {
  /** Aerosol at sea level, 1 a clear day. */
  haze: number
  /** Water vapour at sea level, 1 a humid summer. */
  waterVapour: number
}

/** Path reflectance x 10000 in B1..B12 from air alone at sea level, and from the aerosol of a clear day. */
const RAYLEIGH = [980, 590, 345, 172, 132, 104, 86, 64, 40, 4, 5, 2]

const AEROSOL = [540, 440, 340, 250, 215, 185, 160, 140, 50, 0, 40, 16]

/** Share of sunlight that comes from the sky rather than the sun. */
const DIFFUSE = [0.42, 0.34, 0.24, 0.17, 0.15, 0.13, 0.12, 0.1, 0.09, 0.06, 0.05, 0.04]

/** Two-way transmittance outside the water bands. */
const CLEAR = [0.72, 0.78, 0.84, 0.88, 0.9, 0.91, 0.92, 0.93, 0.93, 0.93, 0.94, 0.94]

const B9 = 8

const B10 = 9

/** Scale heights of air, aerosol and water vapour, metres. */
const AIR_HEIGHT = 8400

const AEROSOL_HEIGHT = 1300

const VAPOUR_HEIGHT = 2300

/** Optical depth of B9 under a humid summer's vapour at sea level; B10 goes with its square root (fitted to patches). */
const B9_DEPTH = 1.62

const B10_DEPTH = 6.5

/**
 * Path reflectance (x 10000) and two-way transmittance of the twelve bands over ground at `elevation` metres. Air and
 * haze thin out upwards; the vapour bands B9 and B10 clear up, as they do between the dataset's low and high patches.
 */
export function opticalPath(elevation: number, { haze, waterVapour }: Atmosphere) {
  const air = Math.exp(-elevation / AIR_HEIGHT)
  const aerosol = haze * Math.exp(-elevation / AEROSOL_HEIGHT)
  const depth = B9_DEPTH * waterVapour * Math.exp(-elevation / VAPOUR_HEIGHT)
  const path = RAYLEIGH.map((value, band) => value * air + AEROSOL[band]! * aerosol)
  const transmittance = CLEAR.map((value, band) => value * (1 - 0.00015 * AEROSOL[band]! * aerosol))
  transmittance[B9]! *= Math.exp(-depth)
  transmittance[B10]! *= Math.exp(-B10_DEPTH * Math.sqrt(depth))
  return { path, transmittance }
}

/** Pixel side of B1..B12 (no B8A) in cells of 10 m. */
const RESOLUTION = [6, 1, 1, 1, 2, 2, 2, 1, 6, 6, 2, 2]

/** Noise of a pixel, reflectance x 10000: a floor, and a part that grows with the signal. */
const FLOOR = [4, 6, 6, 6, 6, 7, 7, 9, 5, 0.8, 5, 4]

const RELATIVE = 0.008

/**
 * One band as Sentinel-2 delivers it on the 10 m grid: light spills over pixel edges, 20 m and 60 m bands are averaged
 * over their pixels and interpolated back, and the detector adds noise.
 *
 * @param band 0..11, B1..B12
 */
export function sensed(random: Random, scene: Field, band: number): Field {
  const spilled = convolved(scene, [0.78, 0.1, 0.01])
  const step = RESOLUTION[band]!
  const coarse =
    step === 1 ? spilled : resampled(noisy(random, averaged(spilled, step), band), step, scene.size)
  return step === 1 ? noisy(random, coarse, band) : coarse
}

function averaged({ size, data }: Field, step: number): Field {
  const coarse = emptyField(Math.ceil(size / step))
  for (let row = 0; row < coarse.size; row++) {
    for (let column = 0; column < coarse.size; column++) {
      let sum = 0
      let count = 0
      for (let y = row * step; y < Math.min(size, (row + 1) * step); y++) {
        for (let x = column * step; x < Math.min(size, (column + 1) * step); x++) {
          sum += data[y * size + x]!
          count++
        }
      }
      coarse.data[row * coarse.size + column] = sum / count
    }
  }
  return coarse
}

function resampled(coarse: Field, step: number, size: number): Field {
  const fine = emptyField(size)
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const x = (column + 0.5) / step - 0.5
      fine.data[row * size + column] = sampleBilinear(coarse, x, (row + 0.5) / step - 0.5)
    }
  }
  return fine
}

function noisy(random: Random, { size, data }: Field, band: number): Field {
  const result = emptyField(size)
  const first = whiteNoise(random, data.length)
  const second = whiteNoise(random, data.length)
  for (let cell = 0; cell < data.length; cell++) {
    // The sum of two uniforms is near enough to a normal here; this scales it to a deviation of 1.
    const deviate = (first[cell]! + second[cell]!) * 1.22
    result.data[cell] = data[cell]! + deviate * (FLOOR[band]! + RELATIVE * data[cell]!)
  }
  return result
}
