import { emptyField, type Field, sampleBilinear } from './field'
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
