import type { Resampling } from '../core/scenes/scene'
import type { ValuesOf } from './optionSpec'
import { choice, number, text, texts } from './optionSpec'

/** How the 14 bands of a scene are made, for every command that takes scenes. */
export const SCENE_OPTIONS = {
  dem: texts(
    '<files...>',
    'elevation models in metres, in any coordinate system; the first is on top where they overlap',
  )
    .otherwise('those found among the sources')
    .under('Scenes:'),
  slope: text('<file>', 'slope in degrees')
    .otherwise('one found among the sources, else made of the elevation (Horn)')
    .under('Scenes:'),
  aoi: text('<file>', 'area of interest: polygons as GeoJSON, GeoPackage or Shapefile; outside is no data')
    .otherwise('one found among the sources, else the whole scene')
    .under('Scenes:'),
  quantification: number(
    '<n>',
    'reflectance is (stored value + offset) / n; for files that do not say it',
    1e-6,
    1e9,
  )
    .otherwise('as the product says')
    .under('Scenes:'),
  offset: number('<n>', 'added to stored values; -1000 since processing baseline 04.00', -1e6, 1e6)
    .otherwise('as the product says')
    .under('Scenes:'),
  resampling: choice(
    '<name>',
    'how bands of 20 and 60 m come to 10 m; nearest repeats their pixels, as in the data that models learned from',
    ['nearest', 'bilinear'],
  )
    .default('nearest')
    .under('Scenes:'),
}

/** How the bands of scenes are made, as a person chose it. */
export interface SceneChoices {
  terrain: { elevation: readonly string[]; slope: string | null }
  /** Path of the area of interest; null: one among the sources. */
  area: string | null
  /** null: as the product says. */
  quantification: number | null
  offset: number | null
  resampling: Resampling
}

export function sceneChoices(options: ValuesOf<typeof SCENE_OPTIONS>): SceneChoices {
  return {
    terrain: { elevation: options.dem ?? [], slope: options.slope ?? null },
    area: options.aoi ?? null,
    quantification: options.quantification ?? null,
    offset: options.offset ?? null,
    resampling: options.resampling,
  }
}
