import { relative, resolve, sep } from 'node:path'
import { AppError, toAppError } from '../core/foundation/appError'
import { stemOf } from '../core/foundation/fileNames'
import type { Inventory } from '../core/inventory/inventoryFile'
import { BAND_COUNT } from '../core/patches/bands'
import { namesMask, patchOfMask, type RefusedFile } from '../core/patches/importPatches'
import type { ValueScale } from '../core/patches/patch'
import { MAX_PATCH_PIXELS, remarkOnSynthetic } from '../core/patches/readPatch'
import { detectScale, scalePrecision, validPixels } from '../core/patches/valueScale'
import { expandInputs } from '../core/raster/expandInputs'
import type { FileNote } from '../core/raster/fileNote'
import { type InputFile, sniffFile } from '../core/raster/inputFile'
import type { Georeference, PixelWindow, RasterSource } from '../core/raster/rasterSource'
import { type Area, readArea } from '../core/scenes/area'
import { describeScene } from '../core/scenes/describeScene'
import { type FoundScenes, findScenes } from '../core/scenes/findScenes'
import { planStack } from '../core/scenes/planStack'
import { namesPolygons } from '../core/scenes/polygonFile'
import type { FoundScene, StackRecipe } from '../core/scenes/scene'
import {
  coverageRemark,
  openByPath,
  openSceneStack,
  openSceneTerrain,
  type SceneCaches,
  type SceneTerrain,
  sceneCaches,
  slopeUnder,
  type Wanted,
  wantedIn,
} from '../core/scenes/sceneSources'
import { rasterStack, type SceneStack } from '../core/scenes/stack'
import { withProjections } from './inventoryInputs'
import type { CommandIo } from './node/commandIo'
import type { MemberSpool } from './node/memberSpool'
import { nodeInput } from './node/nodeFiles'
import type { OutFolder } from './node/outFolder'
import { rootOf } from './node/patchSpool'
import { describePassedOver, walkFiles } from './node/walkFiles'
import type { SceneChoices } from './sceneOptions'

/** Scenes and what belongs to them, found among files. */
export interface SceneInputs extends FoundScenes {
  /** Every file by the path that the scenes name it by. */
  files: ReadonlyMap<string, InputFile>
  /** Paths of the elevation models to use, the first on top. */
  elevationPaths: string[]
  /** Of slopes that a person named. */
  slopePath: string | null
  /** The area of interest that a person named; null: the one among the sources, if any. */
  area: InputFile | null
  /** It and what is beside it. */
  areaFiles: readonly InputFile[]
}

/** Bands of a zip are read by turns, so that each is unpacked once; patches of the competition are smaller than this. */
const SPOOL_BYTES = 2 * 2 ** 20

/** Reads files, folders and zips as `findScenes` wants them. @throws AppError `file-unreadable`, `aborted` */
export async function readSceneFiles(
  paths: readonly string[],
  io: CommandIo,
  members: MemberSpool,
  out?: OutFolder,
): Promise<{ files: InputFile[]; refused: FoundScenes['refused'] }> {
  const { files, passedOver } = await walkFiles(paths, path => out?.made(path) ?? false)
  for (const line of describePassedOver(passedOver)) io.note(line)
  const inputs: InputFile[] = []
  for (const path of files) inputs.push(await nodeInput(path))
  const read: InputFile[] = []
  const refused: FoundScenes['refused'] = []
  const how = {
    keepHidden: true,
    spool: members.spool,
    limits: { spoolBytes: SPOOL_BYTES },
    signal: io.signal,
    onRefused: (path: string, { code, message }: AppError) => void refused.push({ path, code, message }),
    onHidden: (path: string, { message }: FileNote) => io.note(`${path}: ${message}`),
  }
  for await (const file of expandInputs(inputs, how)) read.push(file)
  return { files: read, refused }
}

/**
 * Finds scenes, elevation and slopes in files, folders and zips. What was given by name as elevation or slope is that,
 * whatever its own name; else those that were found among the sources are used.
 *
 * @param choices.inventory a file of it among the sources is no area of interest.
 * @param members keeps what is deflated in zips; it has to last as long as the scenes are read.
 * @param out of the command: what its earlier run made is no input.
 * @throws AppError `file-unreadable` for a path that does not exist, `aborted`
 */
export async function findSceneInputs(
  paths: readonly string[],
  { terrain, area, inventory }: Pick<SceneChoices, 'terrain' | 'area'> & { inventory?: Inventory | null },
  io: CommandIo,
  members: MemberSpool,
  out?: OutFolder,
): Promise<SceneInputs> {
  const named = async (given: readonly string[]) => {
    const { files, refused } = await readSceneFiles(given, io, members)
    const [first] = refused
    if (first) throw new AppError(first.code, first.message)
    return files
  }
  const { files: sources, refused } = await readSceneFiles(paths, io, members, out)
  const elevation = await named(terrain.elevation)
  const [slope] = await named(terrain.slope === null ? [] : [terrain.slope])
  const areaFiles = await named(area === null ? [] : await withProjections([area]))
  const chosen = areaFiles.find(({ path }) => namesPolygons(path)) ?? areaFiles[0]
  const found = await findScenes(sources, {
    open: io.openRaster,
    signal: io.signal,
    onProgress: progress => io.progress.update(progress),
  })
  io.progress.clear()
  return {
    ...found,
    areas: found.areas.filter(
      ({ path }) => !inventory?.paths.some(other => resolve(other) === resolve(path)),
    ),
    refused: [...refused, ...found.refused],
    files: new Map([...sources, ...elevation, ...(slope ? [slope] : [])].map(file => [file.path, file])),
    elevationPaths: (elevation.length > 0 ? elevation : found.elevation).map(({ path }) => path),
    slopePath: slope?.path ?? null,
    area: chosen ?? null,
    areaFiles,
  }
}

/**
 * What is asked for of a scene. An area that happens to lie among the sources and cannot be used is left out, and said.
 *
 * @throws AppError as `readArea` for an area that a person named; `bad-argument` where there are several to choose from.
 */
export async function wantedOf(recipe: StackRecipe, inputs: SceneInputs, io: CommandIo): Promise<Wanted> {
  const area = inputs.area
    ? await readArea(inputs.area, recipe.grid, { beside: inputs.areaFiles, signal: io.signal })
    : await areaAmong(inputs, recipe, io)
  return wantedIn(recipe, area)
}

async function areaAmong(inputs: SceneInputs, recipe: StackRecipe, io: CommandIo): Promise<Area | null> {
  const { areas } = inputs
  const [file, another] = areas
  if (!file) return null
  if (another) {
    const names = areas.map(({ path }) => `"${baseName(path)}"`).join(', ')
    throw new AppError(
      'bad-argument',
      `There are several areas of interest: ${names}. Choose one with --aoi.`,
    )
  }
  try {
    const beside = [...inputs.files.values()]
    const area = await readArea(file, recipe.grid, { beside, signal: io.signal })
    io.note(`"${recipe.name}": within the area of "${baseName(file.path)}".`)
    return area
  } catch (thrown) {
    const { code, message } = toAppError(thrown)
    if (code === 'aborted') throw thrown
    io.note(`Left out ${file.path}: ${message}`)
    return null
  }
}

/**
 * The recipe of a scene: what was chosen goes before what was found out.
 *
 * @param means [14] raw units, for bands that it does not have.
 * @throws AppError as `planStack`, with the options that mend it.
 */
export function recipeOf(
  scene: FoundScene,
  inputs: SceneInputs,
  { quantification, offset, resampling }: SceneChoices,
  means: readonly number[],
): StackRecipe {
  try {
    return planStack(scene, {
      ...(quantification !== null && { quantification }),
      ...(offset !== null && { offset }),
      resampling,
      elevation: inputs.elevationPaths,
      slope: inputs.slopePath ?? slopeUnder(scene, inputs.slopes),
      means,
    })
  } catch (thrown) {
    const error = toAppError(thrown)
    if (error.code !== 'scale-unknown') throw error
    throw new AppError(error.code, `${error.message} Give --quantification and --offset.`)
  }
}

/** The scene in words, a line each: what every band is made of, and what to know of it. */
export function describeStack(scene: FoundScene): string[] {
  const { name, level, sensed, tile, grid, remarks } = scene
  const about = [level, tile, sensed, grid && `${grid.width} x ${grid.height}, ${grid.crs}`].filter(Boolean)
  return [
    `${name}: ${about.join(', ')}`,
    ...describeScene(scene).map(({ band, file, resolution, scale, offset }) =>
      [`  ${band.padEnd(4)}${file}`, resolution, scale, offset && `offset ${offset}`]
        .filter(Boolean)
        .join(', '),
    ),
    ...remarks.map(remark => `  ${remark}`),
  ]
}

/**
 * Opens what a recipe names, each file once, and says what of it has no elevation. What is asked for twice is opened once.
 *
 * @returns functions that throw AppError as `openSceneTerrain`
 */
export function openInputs(
  recipe: StackRecipe,
  files: ReadonlyMap<string, InputFile>,
  io: CommandIo,
  caches = sceneCaches(),
): Required<Pick<EventScene, 'open' | 'openTerrain'>> {
  const open = openByPath(files, io.openRaster)
  const { signal } = io
  let opened: Promise<SceneTerrain> | null = null
  const openTerrain = () => {
    opened ??= openSceneTerrain(recipe, open, caches.terrain, signal)
    return opened
  }
  return {
    openTerrain,
    async open() {
      const terrain = await openTerrain()
      const remark = coverageRemark(recipe, terrain.covered)
      if (remark) io.note(remark)
      return (await openSceneStack(recipe, open, { caches, terrain, signal })).stack
    },
  }
}

/** A scene of an event: opened when it is needed. */
export interface EventScene {
  name: string
  /** Paths of the files that its bands are in. */
  files: readonly string[]
  /** When; null: not known. */
  sensed: string | null
  georeference: Georeference | null
  /** null: a file that has the 14 bands itself. */
  recipe: StackRecipe | null
  wanted: Wanted
  /** Of the file that pairs with its name, "<scene>_mask.tif"; null: there is none. */
  mask: InputFile | null
  open(): Promise<SceneStack>
  /** Its elevation and slope without the other bands, for less work. Absent: it has no recipe. */
  openTerrain?(): Promise<SceneTerrain>
}

export interface EventInputs {
  scenes: EventScene[]
  /** What may be patches. */
  patches: InputFile[]
  refused: RefusedFile[]
}

/** A file of fewer bytes holds no more pixels than that, unless most of them are alike. */
const LARGE_BYTES = 2 ** 22

/**
 * Scenes and patches among the files. A scene whose recipe can't be made is refused, and the others are not.
 *
 * @param means [14] raw units, for bands that a product does not have.
 * @param caches that the scenes share
 * @throws AppError `aborted`
 */
export async function eventInputs(
  inputs: SceneInputs,
  paths: readonly string[],
  choices: SceneChoices & { valueScale: ValueScale | 'auto' },
  means: readonly number[],
  io: CommandIo,
  caches = sceneCaches(),
): Promise<EventInputs> {
  const found: EventInputs = { scenes: [], patches: [], refused: [...inputs.refused] }
  for (const scene of inputs.scenes) {
    try {
      const recipe = recipeOf(scene, inputs, choices, means)
      for (const line of describeStack(scene)) io.note(line)
      const { crs, transform } = recipe.grid
      found.scenes.push({
        name: recipe.name,
        files: [...new Set(Object.values(scene.bands).map(({ path }) => path))],
        sensed: scene.sensed,
        georeference: { crs, transform, geoKeys: null },
        recipe,
        wanted: await wantedOf(recipe, inputs, io),
        mask: null,
        ...openInputs(recipe, inputs.files, io, caches),
      })
    } catch (thrown) {
      const { code, message } = toAppError(thrown)
      found.refused.push({ path: scene.name, code, message })
    }
  }
  for (const file of inputs.rest) {
    const large =
      file.size >= LARGE_BYTES ? await largeStack(file, choices.valueScale, means, io, caches) : null
    if (large) found.scenes.push(large)
    else found.patches.push(shownFrom(file, paths))
  }
  const named = found.scenes.map(scene => ({ path: `${scene.name}.tif`, scene }))
  found.patches = found.patches.filter(file => {
    const scene = namesMask(file.path) ? patchOfMask(file.path, named)?.scene : undefined
    if (!scene || scene.mask) return true
    scene.mask = file
    return false
  })
  return found
}

/** A raster of 14 bands that is too large for a patch; null where it is not, or cannot be read: then others say why. */
async function largeStack(
  file: InputFile,
  chosen: ValueScale | 'auto',
  means: readonly number[],
  io: CommandIo,
  { bands }: SceneCaches,
): Promise<EventScene | null> {
  const { format } = await sniffFile(file)
  if (format !== 'tiff') return null
  try {
    const raster = await io.openRaster(file, { signal: io.signal })
    const { width, height, bandCount, georeference, nodata, dtype } = raster
    if (bandCount !== BAND_COUNT || width * height <= MAX_PATCH_PIXELS) return null
    const window = middleOf(raster)
    const planes = await raster.read({ window, signal: io.signal })
    const valid = validPixels(planes, window.width * window.height, nodata)
    const scale = chosen === 'auto' ? detectScale(planes, valid, scalePrecision(dtype)).scale : chosen
    if (scale === null) return null
    const remark = remarkOnSynthetic(raster)
    if (remark) io.note(`${file.path}: ${remark.message}`)
    return {
      name: stemOf(file.path),
      files: [file.path],
      sensed: null,
      georeference,
      recipe: null,
      wanted: { window: { column: 0, row: 0, width, height }, mask: null },
      mask: null,
      open: async () => rasterStack(raster, scale, means, bands),
    }
  } catch (thrown) {
    if (toAppError(thrown).code === 'aborted') throw thrown
    return null
  }
}

/** Up to 512 x 512 pixels in the middle, to see how values are stored. */
function middleOf({ width, height }: RasterSource): PixelWindow {
  const [across, down] = [Math.min(512, width), Math.min(512, height)]
  return {
    column: Math.floor((width - across) / 2),
    row: Math.floor((height - down) / 2),
    width: across,
    height: down,
  }
}

/** The file under the name that patches are shown and paired by: from the given folder on. */
function shownFrom(file: InputFile, paths: readonly string[]): InputFile {
  const root = rootOf(paths, file.path)
  return root === undefined ? file : { ...file, path: relative(root, file.path).split(sep).join('/') }
}

/** A path of a scene's file without its folders. */
export function baseName(path: string): string {
  return path.split('/').at(-1)!
}
