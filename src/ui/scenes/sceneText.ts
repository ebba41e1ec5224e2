import type { AffineTransform } from '../../core/raster/rasterSource'
import type { Evidence, SceneGrid, TerrainFile } from '../../core/scenes/scene'

/** "x.tif" of "a/b/x.tif". */
export const baseName = (path: string) => path.split('/').at(-1)!

const rounded = (value: number, digits: number) => Number(value.toFixed(digits)).toLocaleString('en')

/** "10,980 x 10,980 pixels of 10 m, EPSG:32633" */
export function gridText({ width, height, transform, crs }: SceneGrid): string {
  const [x, y] = [width, height].map(side => side.toLocaleString('en'))
  return `${x} x ${y} pixels of ${rounded(transform[1], 2)} m, ${crs}`
}

/** Larger steps are metres: no elevation model in degrees is so coarse. */
const LARGEST_STEP = 0.5

/** Distance between the heights of an elevation model: "30 m", "1 arcsec". */
export function postingText({ crs, transform }: Pick<TerrainFile, 'crs' | 'transform'>): string {
  const step = stepOf(transform)
  const isDegrees = step < LARGEST_STEP && (crs === null || /^EPSG:4\d{3}$/.test(crs))
  if (!isDegrees) return `${rounded(step, 2)} m`
  return `${Number((step * 3600).toFixed(2))} arcsec`
}

function stepOf([, column, row]: AffineTransform): number {
  return Math.hypot(column, row)
}

/** How a number was learned, after it: "10000, from the metadata". */
export const EVIDENCE_WORDS: Readonly<Record<Evidence, string>> = {
  metadata: 'from the metadata',
  name: 'by its name',
  values: 'by its values',
  assumed: 'assumed',
  asked: 'not known',
}

/** "reflectance x 10000", "reflectance", "unknown" */
export function scaleText(quantification: number | null): string {
  if (quantification === null) return 'unknown'
  return quantification === 1 ? 'reflectance' : `reflectance x ${quantification}`
}

/** "2020-07-04 09:50 UTC": scenes of one event are told apart by it, wherever they are looked at. */
export function sensedText(sensed: string | null): string {
  return sensed === null ? 'not known' : `${sensed.slice(0, 16).replace('T', ' ')} UTC`
}
