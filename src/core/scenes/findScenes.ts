import { AppError, throwIfAborted, toAppError } from '../foundation/appError'
import { stemOf } from '../foundation/fileNames'
import { type JobContext, yieldToEventLoop } from '../foundation/job'
import { uniqueNames } from '../foundation/uniqueNames'
import { BAND_COUNT } from '../patches/bands'
import { namesMask, type RefusedFile } from '../patches/importPatches'
import { type InputFile, isSidecar } from '../raster/inputFile'
import { withWorldFile } from '../raster/openRaster'
import type { RasterSource } from '../raster/rasterSource'
import type { OpenRaster } from '../raster/rasterThread'
import { type BandFile, type BandGroup, groupBands, nameFile } from './bandGroups'
import { isLandsat, readProductName } from './bandNames'
import { type GroupMetadata, readBandGroup, rootOf, type SceneContext } from './bandScene'
import { readFullStack } from './fullStack'
import { type ProductMetadata, readProductMetadata, readTileMetadata } from './metadataXml'
import { isPatch, landsat, picture, readStack } from './multibandScene'
import { namesPolygons } from './polygonFile'
import type { FoundScene, TerrainFile } from './scene'
import { readTerrain, terrainName } from './terrainFile'
import { peekTiff } from './tiffPeek'

/** What a drop of files holds, besides patches. */
export interface FoundScenes {
  /** One for each tile and date, in the order of their names, of which none comes twice. */
  scenes: FoundScene[]
  elevation: TerrainFile[]
  slopes: TerrainFile[]
  /** GeoJSON, GeoPackage and Shapefiles: areas of interest, or inventories. */
  areas: InputFile[]
  /** Files that are no part of a scene: patches, masks, world files, models, whatever else was given. */
  rest: InputFile[]
  refused: RefusedFile[]
}

const RASTER = /\.(tiff?|gtiff?|jp2|j2k|jpx)$/i
const PRODUCT_METADATA = /^(MTD_MSIL(1C|2A)|S2[A-Z]_(OPER|USER)_MTD_SAFL(1C|2A)_.*)\.xml$/i
/** `metadata.xml`: as the public archive on Amazon has it beside a tile's bands. */
const TILE_METADATA = /^(MTD_TL|S2[A-Z]_(OPER|USER)_MTD_L(1C|2A)_TL_.*|metadata)\.xml$/i
/** Elevation as SRTM, DTED and ESRI deliver it. */
const OTHER_ELEVATION = /\.(hgt|dt[012]|asc)$/i
/** Files that are sorted by name before others are heard. */
const AT_ONCE = 2000

/** Files by what their names say. */
interface SortedFiles {
  bands: BandFile[]
  /** Rasters whose names say nothing of a band. */
  rasters: InputFile[]
  /** What lies beside the bands ("SCL"), by folder. */
  asides: Map<string, Set<string>>
  /** Pictures and classifications of a product, which have no place without its bands. */
  pictures: { file: InputFile; folder: string; name: string }[]
  products: Map<string, InputFile[]>
  tiles: Map<string, InputFile[]>
  /** Folders that are called a product, and those that hold its metadata. */
  roots: Set<string>
  sidecars: Map<string, InputFile>
}

/**
 * Finds Sentinel-2 scenes, elevation models, slopes and areas of interest among files, by names first: only what may be
 * one of them is opened, and nothing is read whole. Whatever can't be taken gets one reason; the rest is found.
 *
 * @param files with zips already opened (`expandInputs`).
 * @param options.mostPatchPixels rasters of 14 bands with more are scenes; by default all are patches.
 * @throws AppError `aborted`
 */
export async function findScenes(
  files: readonly InputFile[],
  {
    open,
    mostPatchPixels = Number.POSITIVE_INFINITY,
    signal,
    onProgress,
  }: { open: OpenRaster; mostPatchPixels?: number } & JobContext,
): Promise<FoundScenes> {
  const found: FoundScenes = { scenes: [], elevation: [], slopes: [], areas: [], rest: [], refused: [] }
  const sorted = await sortFiles(files, found, signal)
  const context = { open, sidecars: sorted.sidecars, mostPatchPixels, signal }
  const { groups, refused } = groupBands(sorted.bands, sorted.asides)
  found.refused.push(...refused)
  const unique = withoutCopies(groups, found.refused)
  const total = unique.length + sorted.rasters.length
  const report = (done: number, path: string) => onProgress?.({ label: `Looking at ${path}`, done, total })
  const metadataOf = metadataReader(sorted)
  const strays: { file: InputFile; raster: RasterSource }[] = []
  for (const [index, group] of unique.entries()) {
    throwIfAborted(signal)
    report(index, group.folder || group.bands[0]!.file.path)
    try {
      const read = await readBandGroup(group, await metadataOf(group), context)
      if (read.scene) found.scenes.push(read.scene)
      found.refused.push(...read.refused)
      strays.push(...read.strays)
    } catch (thrown) {
      found.refused.push(refusalOf(rootOf(group.folder) || group.bands[0]!.file.path, thrown))
    }
    await yieldToEventLoop()
  }
  for (const { file, raster } of strays) await lookAt(file, raster, found, context)
  for (const [index, file] of sorted.rasters.entries()) {
    throwIfAborted(signal)
    report(unique.length + index, file.path)
    const isWorth = await isWorthOpening(file, mostPatchPixels, found.refused)
    if (isWorth) await lookAt(file, null, found, context)
    else if (isWorth !== null) found.rest.push(file)
    if (index % 50 === 0) await yieldToEventLoop()
  }
  refuseLonePictures(sorted, found.refused)
  refuseEmptyProducts(sorted, found.refused)
  remarkOnTwins(found.scenes)
  found.scenes.sort((a, b) => a.name.localeCompare(b.name))
  const names = uniqueNames(found.scenes.map(({ name }) => name))
  found.scenes = found.scenes.map((scene, index) => ({ ...scene, name: names[index]! }))
  onProgress?.({ label: 'Looking at files', done: total, total })
  return found
}

async function sortFiles(
  files: readonly InputFile[],
  found: FoundScenes,
  signal?: AbortSignal,
): Promise<SortedFiles> {
  const sorted: SortedFiles = {
    bands: [],
    rasters: [],
    asides: new Map(),
    pictures: [],
    products: new Map(),
    tiles: new Map(),
    roots: new Set(),
    sidecars: new Map(),
  }
  for (const [index, file] of files.entries()) {
    if (index % AT_ONCE === 0) {
      throwIfAborted(signal)
      await yieldToEventLoop()
    }
    await sortFile(file, sorted, found)
  }
  return sorted
}

/** "a/x.SAFE" of "a/x.SAFE/GRANULE/...". */
function safeFolder(path: string): string | null {
  return /^(?:.*\/)?[^/]+\.SAFE(?=\/)/i.exec(path)?.[0] ?? null
}

/** Folders and files that products consist of; whatever else someone put beside them is looked at. */
const OF_PRODUCT =
  /\.SAFE\/((GRANULE|DATASTRIP|HTML|rep_info|AUX_DATA|measurement|annotation|preview|support)\/|[^/]*\.(xml|safe|html|pdf|kml|png|jpe?g)$)/i

/** A folder of labels makes masks of what lies in it, but for products and terrain. */
function isMask(path: string, name: string): boolean {
  if (namesMask(name)) return !isOfProduct(path)
  return namesMask(path) && !isOfProduct(path) && terrainName(path) === null
}

function isOfProduct(path: string): boolean {
  return OF_PRODUCT.test(path)
}

async function sortFile(file: InputFile, sorted: SortedFiles, found: FoundScenes): Promise<void> {
  const { path } = file
  const cut = path.lastIndexOf('/')
  const [folder, name] = [path.slice(0, Math.max(0, cut)), path.slice(cut + 1)]
  const root = safeFolder(path)
  if (root) sorted.roots.add(root)
  if (isSidecar(path)) sorted.sidecars.set(path.toLowerCase(), file)
  if (PRODUCT_METADATA.test(name)) {
    sorted.roots.add(folder)
    add(sorted.products, folder, file)
  } else if (TILE_METADATA.test(name)) add(sorted.tiles, folder, file)
  else if (namesPolygons(name) || (/\.json$/i.test(name) && (await isGeojson(file)))) found.areas.push(file)
  else if (/\.zip\//i.test(path) && /\.zip$/i.test(name)) {
    const message = `"${path}" is a zip archive inside another; unpack the outer one and give this.`
    found.refused.push({ path, code: 'file-unsupported', message })
  } else if (OTHER_ELEVATION.test(name)) {
    const message = `"${path}" is an elevation model of a format that is not read. Convert it: gdal_translate "${name}" "${name.replace(/\.[^.]*$/, '')}_dem.tif".`
    found.refused.push({ path, code: 'file-unsupported', message })
  } else if (!RASTER.test(name)) {
    if (!isOfProduct(path)) found.rest.push(file)
  } else if (isMask(path, name)) found.rest.push(file)
  else sortRaster(file, sorted, found)
}

function sortRaster(file: InputFile, sorted: SortedFiles, found: FoundScenes): void {
  const named = terrainName(file.path) ? null : nameFile(file)
  const isInProduct = isOfProduct(file.path)
  if (named?.kind === 'aside') {
    const names = sorted.asides.get(named.folder) ?? new Set()
    sorted.asides.set(named.folder, names.add(named.name))
    if (named.name !== '' && !isInProduct)
      sorted.pictures.push({ file, folder: named.folder, name: named.name })
  } else if (named?.kind === 'band') {
    if (isLandsat(file.path)) found.refused.push(refusalOf(file.path, landsat(file.path)))
    else sorted.bands.push(named.band)
  } else if (!isInProduct || terrainName(file.path)) sorted.rasters.push(file)
}

function add(map: Map<string, InputFile[]>, key: string, file: InputFile): void {
  const known = map.get(key)
  if (known) known.push(file)
  else map.set(key, [file])
}

/**
 * The beginning tells: catalogue items (STAC) have geometry too, and are no area. What can't be read is none here; whoever
 * reads the rest says why.
 */
async function isGeojson(file: InputFile): Promise<boolean> {
  const bytes = await file.slice(0, Math.min(file.size, 4096)).catch(() => null)
  if (bytes === null) return false
  const head = new TextDecoder().decode(bytes)
  return (
    /"type"\s*:\s*"(FeatureCollection|Feature|Polygon|MultiPolygon|GeometryCollection)"/.test(head) &&
    !/"stac_version"/.test(head)
  )
}

/** @throws AppError `aborted`, which refuses no file */
function refusalOf(path: string, thrown: unknown): RefusedFile {
  const error = toAppError(thrown, 'file-unreadable')
  if (error.code === 'aborted') throw error
  return { path, code: error.code, message: error.message }
}

/** A product that was given twice, as a folder and as its zip, counts once. */
function withoutCopies(groups: readonly BandGroup[], refused: RefusedFile[]): BandGroup[] {
  const seen = new Map<string, string>()
  return groups.filter(({ folder, bands }) => {
    const { product } = readProductName(bands[0]!.file.path)
    if (product === null) return true
    const key = `${product}|${bands[0]!.group.split('/').at(-1)}`
    const root = rootOf(folder) || bands[0]!.file.path
    const first = seen.get(key)
    if (first === undefined) seen.set(key, root)
    else {
      const message = `"${root}" is the same product as "${first}", which is taken.`
      refused.push({ path: root, code: 'bands-mismatch', message })
    }
    return first === undefined
  })
}

/** Reads what lies beside a group of bands, each file once. */
function metadataReader({ products, tiles }: SortedFiles): (group: BandGroup) => Promise<GroupMetadata> {
  const read = new Map<InputFile, Promise<ProductMetadata>>()
  const readOnce = (file: InputFile) => {
    const known = read.get(file) ?? readProductMetadata(file)
    read.set(file, known)
    return known
  }
  return async group => {
    const granule = group.folder.replace(/\/?IMG_DATA$/i, '')
    const remarks: string[] = []
    const stems = new Set(group.bands.map(({ file }) => stemOf(file.path)))
    const beside = [rootOf(group.folder), granule, group.folder].flatMap(folder => products.get(folder) ?? [])
    let product: ProductMetadata | null = null
    for (const file of new Set(beside)) {
      const metadata = await readOnce(file)
      const isIts = metadata.images.size === 0 || [...metadata.images].some(image => stems.has(image))
      if (isIts) product ??= metadata
      else remarks.push(`"${file.path}" is of another product: left aside.`)
    }
    const ofTile = [granule, group.folder].flatMap(folder => tiles.get(folder) ?? [])[0]
    const tile = ofTile
      ? await readTileMetadata(ofTile).catch(thrown => {
          remarks.push(`${refusalOf(ofTile.path, thrown).message} It is left aside.`)
          return null
        })
      : null
    return { product, tile, remarks }
  }
}

/** Whether a raster may be a scene or terrain; patches and their masks are told by their first bytes. null: it was refused. */
async function isWorthOpening(
  file: InputFile,
  mostPatchPixels: number,
  refused: RefusedFile[],
): Promise<boolean | null> {
  try {
    const peek = await peekTiff(file)
    if (!peek) return true
    if (peek.bandCount === BAND_COUNT) {
      return peek.pixels > mostPatchPixels || /B0?8A|nir08|narrow/i.test(peek.metadata)
    }
    const isBare = peek.bits <= 8 || !peek.isPlaced
    return peek.bandCount !== 1 || !isBare || terrainName(file.path) !== null
  } catch (thrown) {
    refused.push(refusalOf(file.path, thrown))
    return null
  }
}

/** A raster that no name tells: a stack of bands, elevation, slope, or something else. */
async function lookAt(
  file: InputFile,
  opened: RasterSource | null,
  found: FoundScenes,
  { open, sidecars, mostPatchPixels, signal }: SceneContext & { mostPatchPixels: number },
): Promise<void> {
  try {
    const raster = opened ?? (await open(file, { signal }))
    const georeference = await withWorldFile(raster, sidecars)
    const isL4s = raster.kind === 'l4s-image' || raster.kind === 'l4s-mask'
    if (!isL4s && isPatch(raster) && raster.width * raster.height > mostPatchPixels) {
      const { scene, elevation, slope } = await readFullStack(raster, georeference, signal)
      found.scenes.push(scene)
      // On top of other models: its own is what it was made with.
      if (elevation) found.elevation.unshift(elevation)
      if (slope) found.slopes.unshift(slope)
    } else if (isL4s || isPatch(raster)) found.rest.push(file)
    else if (raster.bandCount > 1) {
      if (terrainName(file.path)) throw notOneBand(raster)
      found.scenes.push(await readStack(raster, georeference, signal))
    } else {
      const terrain = await readTerrain(raster, georeference, signal)
      if (terrain === null) found.rest.push(file)
      else found[terrain.kind === 'slope' ? 'slopes' : 'elevation'].push(terrain)
    }
  } catch (thrown) {
    found.refused.push(refusalOf(file.path, thrown))
  }
}

function notOneBand({ path, bandCount }: RasterSource): AppError {
  return new AppError(
    'bands-mismatch',
    `"${path}" is named as terrain but has ${bandCount} bands. Take the right one out: gdal_translate -b 1.`,
  )
}

/** Pictures and classifications whose product's bands are not there. */
function refuseLonePictures({ pictures, bands }: SortedFiles, refused: RefusedFile[]): void {
  const withBands = new Set(bands.map(({ folder }) => folder))
  for (const { file, folder, name } of pictures) {
    if (withBands.has(folder)) continue
    const isColour = name === 'TCI' || name === 'PVI'
    refused.push(refusalOf(file.path, isColour ? picture(file.path, 3) : noBand(file.path, name)))
  }
}

function noBand(path: string, name: string): AppError {
  return new AppError(
    'bands-mismatch',
    `"${path}" (${name}) is no spectral band. Give the bands of its product.`,
  )
}

/** Products without a band get one message, whatever lies in them. */
function refuseEmptyProducts({ roots, bands }: SortedFiles, refused: RefusedFile[]): void {
  const full = new Set(
    bands.flatMap(({ folder, file }) => [folder, rootOf(folder), safeFolder(file.path) ?? folder]),
  )
  for (const root of roots) {
    if (full.has(root)) continue
    const name = root.split('/').at(-1)!
    const message = /^S[13][A-Z]?_/.test(name)
      ? `"${root}" is of Sentinel-${name[1]}; the models need Sentinel-2's twelve bands.`
      : `"${root}" has no images of bands. Give the whole product, with GRANULE and IMG_DATA.`
    refused.push({ path: root, code: 'file-unsupported', message })
  }
}

/** One acquisition processed twice is two scenes, of which one is enough. */
function remarkOnTwins(scenes: FoundScene[]): void {
  const byPass = new Map<string, number[]>()
  for (const [index, { level, tile, sensed }] of scenes.entries()) {
    if (!tile || !sensed) continue
    const key = `${level}|${tile}|${sensed}`
    byPass.set(key, [...(byPass.get(key) ?? []), index])
  }
  for (const twins of byPass.values()) {
    if (twins.length < 2) continue
    for (const index of twins) {
      const others = twins.filter(other => other !== index).map(other => `"${scenes[other]!.name}"`)
      const remark = `It shows what ${others.join(' and ')} ${others.length === 1 ? 'shows' : 'show'}: one of them is enough.`
      scenes[index] = { ...scenes[index]!, remarks: [...scenes[index]!.remarks, remark] }
    }
  }
}
