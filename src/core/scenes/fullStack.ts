import { stemOf } from '../foundation/fileNames'
import { printable } from '../foundation/text'
import { BAND_COUNT, BANDS, DEM_BAND, SLOPE_BAND, SPECTRAL_BAND_COUNT } from '../patches/bands'
import type { ValueScale } from '../patches/patch'
import { remarkOnSynthetic, syntheticBandsOf } from '../patches/readPatch'
import type { Georeference, RasterSource } from '../raster/rasterSource'
import { readProductName } from './bandNames'
import { inOrder, remarksOnBands } from './bandScene'
import type { BlockCache } from './blockCache'
import { bandsByDescription, isPatch, WITHOUT_PLACE } from './multibandScene'
import type { FoundScene, StackRecipe, TerrainFile } from './scene'
import { putOnGrid } from './sceneGrid'
import { isAbsent, rasterStack, type SceneStack } from './stack'
import { offsetByValues, type Sample, sampleBands, scaleByValues } from './valueEvidence'

/** A scene that brings its own ground; without a place it has none. */
interface FullStack {
  scene: FoundScene
  elevation: TerrainFile | null
  slope: TerrainFile | null
}

/**
 * A raster of the 14 bands that is too large for a patch, as a scene: its bands by their place, slope and elevation from the
 * same file.
 *
 * @param georeference with its world file's.
 * @throws AppError as `putOnGrid` and `read`
 */
export async function readFullStack(
  raster: RasterSource,
  georeference: Georeference | null,
  signal?: AbortSignal,
): Promise<FullStack> {
  const { path, width, height } = raster
  const synthetic = syntheticBandsOf(raster)
  const measured = BANDS.slice(0, SPECTRAL_BAND_COUNT).flatMap(({ name }, band) =>
    synthetic.includes(band) ? [] : [{ name, band }],
  )
  const planes = await sampleBands(
    raster,
    measured.map(({ band }) => band),
    signal,
  )
  const samples = new Map<string, Sample>(measured.map(({ name }, index) => [name, planes[index]!]))
  const scale = scaleByValues(samples)
  const known = offsetByValues(samples, scale.quantification.value)
  const placed = putOnGrid(measured.map(band => ({ ...band, path, raster, georeference })))
  const product = readProductName(path)
  const side = placed.grid?.transform[1] ?? 10
  const isNamed = bandsByDescription(raster.bandNames) !== null
  const order = 'B1 to B12 without B8A, slope, elevation'
  const remarks = [
    `Its 14 bands are ${isNamed ? '' : 'taken as '}${order}${isNamed ? '' : '. Check the order'}.`,
    scale.remark,
    known.remark,
  ]
  const missing = remarkOnSynthetic(raster)
  if (missing) remarks.push(missing.message)
  if (!placed.grid) remarks.push(WITHOUT_PLACE)
  const stem = stemOf(path)
  const ground = (kind: TerrainFile['kind']): TerrainFile | null =>
    placed.grid && {
      ...{ path, kind, evidence: 'name', width, height },
      ...{ crs: placed.grid.crs, transform: placed.grid.transform, remarks: [] },
    }
  return {
    scene: {
      name: printable(product.product ?? stem),
      kind: 'stack',
      level: product.level,
      baseline: product.baseline,
      tile: product.tile,
      sensed: product.sensed,
      quantification: scale.quantification,
      offset: { ...known.offset, byBand: {} },
      bands: inOrder(
        placed.bands.map(({ name, band }) => ({ name, path, band, width, height, resolution: side })),
      ),
      naming: isNamed ? 'metadata' : 'assumed',
      grid: placed.grid,
      remarks: [
        ...remarks,
        ...remarksOnBands(
          BANDS.map(({ name }) => name),
          product.level,
          side,
        ),
      ],
    },
    elevation: ground('elevation'),
    slope: ground('slope'),
  }
}

/** What terrain is read of: a raster of one band as it is, of the 14 bands the one of that kind. */
export function terrainBand(raster: RasterSource, terrain: TerrainFile['kind']): RasterSource {
  if (!isPatch(raster)) return raster
  const band = terrain === 'slope' ? SLOPE_BAND : DEM_BAND
  const { kind, path, width, height, dtype, georeference, notes, levels, blocks } = raster
  return {
    ...{ kind, path, width, height, dtype, georeference, notes, levels },
    ...(blocks && { blocks }),
    bandCount: 1,
    bandNames: null,
    // Of the 14 bands a no-data value speaks of reflectance: 0 m is a height.
    nodata: null,
    read: ({ bands: _, ...request } = {}) => raster.read({ ...request, bands: [band] }),
  }
}

/** By what stored values are multiplied. */
const SCALES = new Map<number, ValueScale>([
  [1, 'raw'],
  [10, 'x1000'],
  [10_000, 'reflectance'],
])

/** The path of the one file that a recipe takes all 14 bands from, slope and elevation too; null: there are several. */
export function fullStackOf({ bands, elevation, slope }: StackRecipe): string | null {
  const [first] = elevation
  const isOwn = bands.every((band, index) => {
    return (
      isAbsent(band) || (band.path === first && band.band === index && band.factor === 1 && band.offset === 0)
    )
  })
  return first !== undefined && slope === first && isOwn ? first : null
}

/**
 * The stack of a recipe that takes all from one raster of the 14 bands: what the raster holds, as the command line reads it.
 *
 * @returns null where the recipe changes what it holds: another scale, a band left out
 */
export function openFullStack(
  recipe: StackRecipe,
  raster: RasterSource,
  cache: BlockCache,
): SceneStack | null {
  const factors = new Set(recipe.bands.flatMap(band => (isAbsent(band) ? [] : [band.scale])))
  const scale = factors.size === 1 ? SCALES.get([...factors][0]!) : undefined
  const synthetic = syntheticBandsOf(raster)
  const isAsStored = recipe.bands.every((band, index) => isAbsent(band) === synthetic.includes(index))
  if (scale === undefined || raster.bandCount !== BAND_COUNT || !isAsStored) return null
  const means = BANDS.map((_, index) => {
    const band = recipe.bands[index]
    return band && isAbsent(band) ? band.value : 0
  })
  return rasterStack(raster, scale, means, cache)
}
