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
export const DIFFUSE = [0.42, 0.34, 0.24, 0.17, 0.15, 0.13, 0.12, 0.1, 0.09, 0.06, 0.05, 0.04]
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
