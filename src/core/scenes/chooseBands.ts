import { AppError } from '../foundation/appError'
import { BANDS, SPECTRAL_BAND_COUNT } from '../patches/bands'
import type { InputFile } from '../raster/inputFile'
import { withWorldFile } from '../raster/openRaster'
import type { FoundScene, SceneBand } from './scene'
import { putOnGrid } from './sceneGrid'
import type { OpenByPath } from './sceneSources'

/** Files that a person chose for bands, by the band's name; null: none. */
export type BandChoices = Readonly<Record<string, { path: string; band: number } | null>>

/**
 * A scene with other files for some of its bands, checked as `findScenes` checks those that it finds.
 *
 * @param sidecars world files by path in lower case
 * @throws AppError `bad-argument` for a band that there is not; `bands-mismatch` for a file that does not nest in the scene's
 *   grid, and as opening throws
 */
export async function chooseBands(
  scene: FoundScene,
  choices: BandChoices,
  open: OpenByPath,
  sidecars: ReadonlyMap<string, InputFile>,
  signal?: AbortSignal,
): Promise<FoundScene> {
  const bands: Record<string, SceneBand> = { ...scene.bands }
  for (const [name, choice] of Object.entries(choices)) {
    if (!BANDS.slice(0, SPECTRAL_BAND_COUNT).some(band => band.name === name)) {
      throw new AppError('bad-argument', `There is no band "${name}" among the models' twelve.`)
    }
    const found = scene.bands[name]
    if (choice === null) delete bands[name]
    else if (choice.path !== found?.path || choice.band !== found.band) {
      bands[name] = await placedBand(scene, name, choice, open, sidecars, signal)
    }
  }
  return { ...scene, bands }
}

async function placedBand(
  scene: FoundScene,
  name: string,
  { path, band }: { path: string; band: number },
  open: OpenByPath,
  sidecars: ReadonlyMap<string, InputFile>,
  signal?: AbortSignal,
): Promise<SceneBand> {
  const opened = async (name: string, path: string, band: number) => {
    const raster = await open(path, signal)
    return { name, path, band, raster, georeference: await withWorldFile(raster, sidecars) }
  }
  const chosen = await opened(name, path, band)
  const { width, height, bandCount } = chosen.raster
  if (!Number.isInteger(band) || band < 0 || band >= bandCount) {
    throw new AppError('bad-argument', `"${path}" has ${bandCount} bands, and no band ${band + 1}.`)
  }
  const known = Object.values(scene.bands)
  const finest = known.reduce((best, next) => (next.width > best.width ? next : best))
  const placed = putOnGrid([await opened(finest.name, finest.path, finest.band), chosen])
  const refused = placed.refused.find(refusal => refusal.band === chosen)
  if (refused) throw new AppError('bands-mismatch', refused.message)
  if (placed.width !== finest.width || placed.height !== finest.height) {
    throw new AppError(
      'bands-mismatch',
      `"${path}" has ${width} x ${height} pixels, more than the ${finest.width} x ${finest.height} of the scene. ` +
        `Average it onto the scene's grid first: gdalwarp -tr and -te, -r average.`,
    )
  }
  const { factor } = placed.bands.find(({ path: other, band: at }) => other === path && at === band)!
  const side = finest.resolution
  return { name, path, band, width, height, resolution: side * factor }
}
