import { AppError, throwIfAborted } from '../foundation/appError'
import { IGNORE, LANDSLIDE } from '../patches/patch'
import { expandInputs } from '../raster/expandInputs'
import type { InputFile } from '../raster/inputFile'
import {
  type PixelGrid,
  type PolygonSet,
  placePolygons,
  polygonSet,
  reachesGrid,
} from '../scenes/placePolygons'
import { namesPolygons, type PolygonLimits, readPolygonLayers } from '../scenes/polygonFile'
import { areaMask, fillPolygon, type Polygon, type PolygonLayer } from '../scenes/polygons'

/** Polygons of landslides from elsewhere, and where they are complete. */
export interface Inventory {
  /** Files that it was read from. */
  paths: string[]
  landslides: PolygonSet[]
  /** What was looked at: outside all of a file's is unknown. Empty: no file says. */
  mapped: PolygonSet[]
  /** What could not be seen: unknown. */
  notMapped: PolygonSet[]
}

/** An inventory on the grid of a patch or a scene. */
export interface BurntInventory {
  /** [height, width]: 1 where a pixel's centre lies in a landslide, 255 where nobody looked, else 0. */
  mask: Uint8Array
  /** Whether any pixel is a landslide. */
  hasLandslide: boolean
  /** Whether the file says of any pixel that it was looked at. */
  isMapped: boolean
}

/** An event of 50,000 polygons traced along pixels has some four million vertices. */
const LIMITS: PolygonLimits = { bytes: 2 ** 29, vertices: 10_000_000 }

const LANDSLIDES = /landslide|observed_?event/i
/** Copernicus EMS puts more around: "EMSR123_AOI01_DEL_PRODUCT_areaOfInterestA_v1". */
const MAPPED = /area_?of_?interest|image_?footprint|(^|_)footprint($|_)/i
const NOT_MAPPED = /not_?analy[sz]ed/i

/**
 * Reads an inventory from GeoJSON, GeoPackage and Shapefiles, also in zips. All polygons of a file with one layer are
 * landslides. Of several layers, as Scarp and Copernicus EMS write them, those named "landslides" or "observedEvent..."
 * are, while "area_of_interest", "footprint" and "not_analysed" say where the inventory is complete.
 *
 * @param files all that were given, a Shapefile's .prj among them
 * @throws AppError `bad-argument` where there is no polygon; `file-malformed`, `file-unsupported`, `file-too-large`,
 * `file-unreadable`, `aborted`
 */
export async function readInventory(files: readonly InputFile[], signal?: AbortSignal): Promise<Inventory> {
  const all: InputFile[] = []
  for await (const file of expandInputs(files, { keepHidden: true, signal })) all.push(file)
  const inventory: Inventory = { paths: [], landslides: [], mapped: [], notMapped: [] }
  for (const file of all) {
    throwIfAborted(signal)
    if (!namesPolygons(file.path) && !/\.json$/i.test(file.path)) continue
    const layers = await readPolygonLayers(file, { beside: all, limits: LIMITS, signal })
    inventory.paths.push(file.path)
    const landslides = landslideLayers(layers, file.path)
    for (const layer of layers) {
      const set = polygonSet(layer, file.path)
      if (set.polygons.length === 0) continue
      if (landslides.includes(layer)) inventory.landslides.push(set)
      else if (MAPPED.test(layer.name)) inventory.mapped.push(set)
      else if (NOT_MAPPED.test(layer.name)) inventory.notMapped.push(set)
    }
  }
  if (inventory.landslides.length === 0) {
    const names = inventory.paths.map(path => `"${path}"`).join(', ')
    throw new AppError(
      'bad-argument',
      names === ''
        ? 'There is no inventory among the files: give polygons as GeoPackage, GeoJSON or Shapefile (.shp with .prj).'
        : `${names} has no polygon of a landslide. Give them as polygons; layers called area_of_interest, footprint and not_analysed only say what was looked at.`,
    )
  }
  return inventory
}

function landslideLayers(layers: readonly PolygonLayer[], path: string): PolygonLayer[] {
  if (layers.length < 2) return [...layers].filter(({ name }) => !MAPPED.test(name) && !NOT_MAPPED.test(name))
  const named = layers.filter(({ name }) => LANDSLIDES.test(name))
  if (named.length > 0) return named
  const names = layers.map(({ name }) => `"${name.slice(0, 60)}"`)
  throw new AppError(
    'file-unsupported',
    `"${path}" has polygons in ${names.slice(0, 6).join(', ')}, and none is called "landslides". ` +
      'Save the landslides to a file of their own: ogr2ogr out.gpkg in.gpkg <layer>.',
  )
}

/**
 * Burns an inventory onto a grid as `gdal_rasterize` does: pixels whose centres lie inside are landslides, also of several
 * polygons that overlap. Where no polygon lies there is no landslide, within what the inventory says it looked at; without
 * such a layer everywhere.
 *
 * @param what the grid is of, for messages: `"patch_3.tif"`
 * @throws AppError `file-unsupported` where one has no coordinate system that is known
 */
export async function burnInventory(
  { landslides, mapped, notMapped }: Inventory,
  grid: PixelGrid,
  what: string,
): Promise<BurntInventory> {
  const window = { column: 0, row: 0, width: grid.width, height: grid.height }
  const placed = async (sets: readonly PolygonSet[]) => {
    const polygons: Polygon[][] = []
    for (const set of sets) polygons.push(await placePolygons(set, grid, what, { whole: true }))
    return polygons
  }
  const mask = new Uint8Array(grid.width * grid.height)
  for (const polygons of await placed(mapped)) {
    const inside = areaMask(polygons)(window)
    for (let i = 0; i < mask.length; i++) if (inside[i] === 0) mask[i] = IGNORE
  }
  for (const polygons of await placed(notMapped)) {
    const inside = areaMask(polygons)(window)
    for (let i = 0; i < mask.length; i++) if (inside[i] === 1) mask[i] = IGNORE
  }
  const isMapped = mapped.length > 0 && mask.includes(0)
  const isLandslide = new Uint8Array(mask.length)
  for (const polygons of await placed(landslides))
    for (const rings of polygons) fillPolygon(rings, isLandslide, window)
  // What was seen was looked at, whatever the layers say.
  for (let i = 0; i < mask.length; i++) if (isLandslide[i] === 1) mask[i] = LANDSLIDE
  return { mask, hasLandslide: isLandslide.includes(1), isMapped }
}

/** Whether a grid lies within the rectangle around an inventory's landslides. @throws AppError as `burnInventory` */
export async function inventoryReaches(
  { landslides }: Inventory,
  grid: PixelGrid,
  what: string,
): Promise<boolean> {
  for (const set of landslides) if (await reachesGrid(set, grid, what)) return true
  return false
}

/** The grid of a raster; null where it does not say where it lies. */
export function gridOf(raster: {
  width: number
  height: number
  georeference: {
    crs: string | null
    transform: PixelGrid['transform'] | null
    geoKeys: PixelGrid['geoKeys']
  } | null
}): PixelGrid | null {
  const { width, height, georeference } = raster
  const transform = georeference?.transform
  if (!georeference || !transform || (georeference.crs === null && georeference.geoKeys === null)) return null
  return { width, height, transform, crs: georeference.crs, geoKeys: georeference.geoKeys }
}
