import { BANDS, DISPENSABLE, SPECTRAL_BAND_COUNT } from '../patches/bands'
import type { FoundScene } from './scene'

/** One of B1 to B12 of a scene, in words. */
export interface SceneRow {
  /** "B4" */
  band: string
  /** "Red" */
  title: string
  /** Path of its file; null: the product has none. */
  path: string | null
  /** "x_B04.jp2", "band 4 of x.tif", "none: the models’ own mean", "missing" */
  file: string
  /** "10 m"; empty without a file. */
  resolution: string
  /** "reflectance x 10000", "unknown"; empty without a file. */
  scale: string
  /** "0", "-1000", "unknown"; empty without a file. */
  offset: string
}

/** The twelve spectral bands as a table has them. */
export function describeScene(scene: FoundScene): SceneRow[] {
  return BANDS.slice(0, SPECTRAL_BAND_COUNT).map(({ name, title }) => {
    const band = scene.bands[name]
    if (!band) {
      const file = DISPENSABLE.has(name) ? 'none: the models’ own mean' : 'missing'
      return { band: name, title, path: null, file, resolution: '', scale: '', offset: '' }
    }
    const base = band.path.split('/').at(-1)!
    const { value } = scene.quantification
    const offset = scene.offset.byBand[name] ?? scene.offset.value
    return {
      band: name,
      title,
      path: band.path,
      file: scene.kind === 'stack' ? `band ${band.band + 1} of ${base}` : base,
      resolution: `${Number(band.resolution.toFixed(1))} m`,
      scale: value === null ? 'unknown' : value === 1 ? 'reflectance' : `reflectance x ${value}`,
      offset: offset === null ? 'unknown' : String(offset),
    }
  })
}
