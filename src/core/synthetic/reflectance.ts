import type { Random } from '../foundation/random'
import { SPECTRAL_BAND_COUNT } from '../patches/bands'
import { DIFFUSE } from './atmosphere'
import type { Canvas } from './canvas'
import { convolved, emptyField, type Field } from './field'
import { fractalNoise } from './fractalNoise'
import { COVERS, sceneSpectra, TEXTURE } from './spectra'
import { whiteNoise } from './whiteNoise'

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
