import type { Random } from '../foundation/random'
import { SPECTRAL_BAND_COUNT } from '../patches/bands'
import { DIFFUSE } from './atmosphere'
import type { Canvas } from './canvas'
import { emptyField, type Field } from './field'
import { fractalNoise } from './fractalNoise'
import { COVERS, sceneSpectra, TEXTURE } from './spectra'

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
  const grain = fractalNoise(random, canvas.size, { scale: 3, octaves: 2, gain: 0.9 })
  const tint = fractalNoise(random, canvas.size, { scale: 10, octaves: 4, gain: 0.7 })
  const bands = Array.from({ length: SPECTRAL_BAND_COUNT }, () => emptyField(canvas.size))
  const sum = new Float32Array(SPECTRAL_BAND_COUNT)
  for (let cell = 0; cell < light.data.length; cell++) {
    sum.fill(0)
    for (const cover of COVERS) {
      const share = canvas.fractions[cover][cell]!
      if (share < 0.002) continue
      const factor = share * (1 + TEXTURE[cover] * grain.data[cell]!)
      const spectrum = spectra[cover]
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
