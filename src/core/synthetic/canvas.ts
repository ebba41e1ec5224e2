/** What the ground may be made of. */
export type Cover =
  | 'broadleaf'
  | 'conifer'
  | 'grass'
  | 'dryGrass'
  | 'crop'
  | 'soil'
  | 'rock'
  | 'gravel'
  | 'water'
  | 'snow'
  | 'built'
  | 'scarSoil'
  | 'scarRock'

/**
 * Surface reflectance x 10000 in B1..B12 (no B8A), as an average summer pixel: after the spectral libraries' shapes
 * (ECOSTRESS, USGS), with the levels met in the dataset's patches once their path radiance is taken off.
 */
const SPECTRA: Readonly<Record<Cover, readonly number[]>> = {
  broadleaf: [130, 180, 370, 235, 680, 2250, 2850, 2900, 2950, 2850, 1620, 690],
  conifer: [90, 130, 245, 170, 440, 1400, 1750, 1800, 1830, 1760, 960, 390],
  grass: [220, 300, 560, 420, 900, 2050, 2450, 2520, 2600, 2500, 1900, 980],
  dryGrass: [380, 520, 800, 980, 1350, 1900, 2150, 2300, 2400, 2450, 2650, 1750],
  crop: [230, 300, 620, 350, 900, 2700, 3350, 3400, 3450, 3300, 1800, 850],
  soil: [520, 720, 1020, 1380, 1650, 1850, 2000, 2150, 2250, 2450, 2850, 2250],
  rock: [560, 730, 870, 980, 1080, 1150, 1230, 1290, 1350, 1420, 1560, 1250],
  gravel: [620, 840, 1080, 1230, 1380, 1480, 1570, 1640, 1680, 1720, 1900, 1560],
  water: [260, 300, 330, 220, 190, 140, 130, 110, 80, 50, 50, 30],
  snow: [4300, 4400, 4400, 4300, 4200, 4150, 4100, 4000, 3700, 2100, 800, 650],
  built: [900, 1150, 1300, 1450, 1600, 1800, 1950, 2050, 2100, 2150, 2300, 1950],
  scarSoil: [480, 760, 1000, 1160, 1360, 1640, 1820, 1880, 1960, 2200, 2550, 2000],
  scarRock: [460, 680, 820, 900, 990, 1090, 1170, 1210, 1260, 1320, 1500, 1180],
}

/** How strongly a cover's brightness varies from pixel to pixel (canopy, stones), relative standard deviation. */
export const TEXTURE: Readonly<Record<Cover, number>> = {
  broadleaf: 0.14,
  conifer: 0.18,
  grass: 0.07,
  dryGrass: 0.07,
  crop: 0.04,
  soil: 0.05,
  rock: 0.14,
  gravel: 0.12,
  water: 0.05,
  snow: 0.03,
  built: 0.3,
  scarSoil: 0.12,
  scarRock: 0.15,
}

export const COVERS = Object.keys(SPECTRA) as readonly Cover[]

const GREEN: readonly Cover[] = ['broadleaf', 'grass', 'crop']

const GROUND: readonly Cover[] = ['soil', 'scarSoil', 'gravel', 'built']

/**
 * Spectra of one scene. Autumn takes chlorophyll from broad leaves and grass (red up, near infrared down); an
 * iron-rich geology darkens blue and lifts red and the short-wave infrared of bare ground.
 *
 * @param season 0 late autumn .. 1 full summer
 * @param geology 0 grey .. 1 ochre
 */
export function sceneSpectra(season: number, geology: number): Record<Cover, readonly number[]> {
  const fading = [1.2, 1.25, 1.15, 1.8, 1.35, 0.86, 0.82, 0.82, 0.83, 0.85, 1.12, 1.3]
  const ochre = [0.78, 0.78, 0.9, 1.12, 1.16, 1.15, 1.14, 1.14, 1.14, 1.14, 1.16, 1.16]
  const spectra = { ...SPECTRA }
  for (const cover of GREEN) spectra[cover] = bent(SPECTRA[cover], fading, 1 - season)
  for (const cover of GROUND) spectra[cover] = bent(SPECTRA[cover], ochre, geology)
  return spectra
}

function bent(spectrum: readonly number[], factors: readonly number[], share: number): number[] {
  return spectrum.map((value, band) => value * (1 + (factors[band]! - 1) * share))
}

/** What each cell of a patch consists of: fractions of the covers, which always sum to 1, and a brightness. */
export interface Canvas {
  size: number
  /** One field a cover, in the order of `COVERS`: this is the innermost loop, so no look-up by name. */
  fractions: readonly Float32Array[]
  /** Relative brightness of the ground, 1 as in the spectra. */
  brightness: Float32Array
}

export function emptyCanvas(size: number, ground: Cover): Canvas {
  const fractions = COVERS.map(cover => new Float32Array(size * size).fill(cover === ground ? 1 : 0))
  return { size, fractions, brightness: new Float32Array(size * size).fill(1) }
}

/** Lays `cover` over a cell with an opacity of 0..1, as a painter would. */
export function lay(canvas: Canvas, cell: number, cover: Cover, opacity: number, brightness = 1): void {
  if (opacity <= 0.002) return
  const { fractions } = canvas
  const share = Math.min(1, opacity)
  for (let other = 0; other < fractions.length; other++) fractions[other]![cell]! *= 1 - share
  fractions[NUMBER[cover]]![cell]! += share
  canvas.brightness[cell]! += (brightness - canvas.brightness[cell]!) * share
}

const NUMBER = Object.fromEntries(COVERS.map((cover, index) => [cover, index])) as Record<Cover, number>
