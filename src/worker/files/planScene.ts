import { AppError } from '../../core/foundation/appError'
import { fingerprintOf } from '../../core/foundation/sha256'
import { BAND_COUNT, BANDS, SPECTRAL_BAND_COUNT } from '../../core/patches/bands'
import { type Area, placeArea, readArea } from '../../core/scenes/area'
import { REDUCED_SIDE } from '../../core/scenes/boxSums'
import { cutScene, type ScenePiece } from '../../core/scenes/cells'
import { chooseBands } from '../../core/scenes/chooseBands'
import { planStack } from '../../core/scenes/planStack'
import type { FoundScene, SceneGrid, StackRecipe } from '../../core/scenes/scene'
import type { SceneRecord } from '../../core/scenes/sceneRecord'
import { coverageRemark, type SceneTerrain, wantedIn } from '../../core/scenes/sceneSources'
import { isAbsent } from '../../core/scenes/stack'
import type { ProjectStore } from '../../storage/projectStore'
import type { SceneChoices, ScenePlan } from '../protocol'
import { nameInId } from './patchAdder'
import type { KeptDrop } from './sceneDrops'

/** A scene as it was chosen, and what it would be made into. */
export interface PlannedScene {
  /** The same for the same recipe and area, whenever they are chosen. */
  id: string
  /** Of recipe and area. */
  key: string
  scene: FoundScene
  recipe: StackRecipe
  area: SceneRecord['area']
  pieces: ScenePiece[]
  terrain: SceneTerrain
  plan: ScenePlan
  /** What there is of it in the project; null: nothing. */
  begun: SceneRecord | null
}

/** Float32 of the 14 bands, and whether each pixel is valid. */
const PIXEL_BYTES = BAND_COUNT * 4 + 1

/**
 * What a cell's pixel takes beside: its share of the small copy, and once it was predicted and judged a mask, and float32 of
 * three networks and their mean.
 */
const RESULT_BYTES = (BAND_COUNT * 5) / REDUCED_SIDE ** 2 + 1 + 4 * 4

/** Seconds that a million pixels of a scene take besides decoding: putting bands and terrain together, writing. */
const PUT_SECONDS = 1.4

/** Pixels that are decoded for the samples of a large scene: tiles of 1024 at 16 spots, of which some lie across two. */
const SAMPLED_PIXELS = 30e6

/**
 * What adding a scene would make and take. No band is read; of the elevation, some points.
 *
 * @param means [14] raw units, asked for where a band is absent
 * @throws AppError what stops it, each with its fix; `bad-argument` where the scene is in the project, whole
 */
export async function planScene(
  store: Pick<ProjectStore, 'scenes' | 'scenePieces' | 'estimate'>,
  drop: KeptDrop,
  choices: SceneChoices,
  means: () => Promise<readonly number[]>,
  signal?: AbortSignal,
): Promise<PlannedScene> {
  const found = drop.found.scenes.find(({ name }) => name === choices.scene)
  if (!found) throw new AppError('bad-argument', `There is no scene "${choices.scene}" among these files.`)
  const scene = await chooseBands(found, choices.bands, drop.open, drop.sidecars, signal)
  const recipe = await recipeOf(scene, choices, means)
  const area = await areaOf(drop, choices, recipe.grid, signal)
  const terrain = await drop.terrain(recipe, signal)
  const { window, mask } = wantedIn(recipe, area)
  const { width, height } = recipe.grid
  const pieces = await cutScene({
    ...{ width, height, bounds: window, signal },
    touches: part => mask?.(part).includes(1) ?? true,
  })
  const named = area && { name: baseName(area.path), polygons: [...area.polygons] }
  const { key, id } = await sceneIdentity(recipe, named)
  const stored = (await store.scenes()).find(record => record.id === id) ?? null
  // Once removed it begins again, as a patch does.
  const begun = stored && (await isRemoved(store, id)) ? null : stored
  if (begun?.complete) {
    const part = named ? ' with this area' : ''
    throw new AppError(
      'bad-argument',
      `"${recipe.name}" is in the project already, made of the same files${part}.`,
    )
  }
  const cells = pieces.filter(({ kind }) => kind === 'cell')
  const bytes = Math.round(pixelsOf(pieces) * PIXEL_BYTES + pixelsOf(cells) * RESULT_BYTES)
  const plan: ScenePlan = {
    ...{ recipe, window, area: named?.polygons ?? null, bytes },
    cells: cells.length,
    pieces: pieces.length,
    seconds: secondsOf(drop, scene, recipe.grid, pixelsOf(pieces)),
    covered: terrain.covered,
    continues: begun?.id ?? null,
    remarks: await remarksOf(store, drop, choices, recipe, terrain, bytes),
  }
  return { ...{ id, key, scene, recipe, pieces, terrain, plan, begun }, area: named }
}

/** Whether a scene lost all of its cells by removal. */
async function isRemoved(store: Pick<ProjectStore, 'scenePieces'>, sceneId: string): Promise<boolean> {
  const cells = (await store.scenePieces(sceneId)).filter(({ cell }) => !cell!.margin)
  return cells.length > 0 && cells.every(({ removed }) => removed)
}

async function recipeOf(
  scene: FoundScene,
  { quantification, offset, resampling, elevation, slope }: SceneChoices,
  means: () => Promise<readonly number[]>,
): Promise<StackRecipe> {
  const isWhole = BANDS.slice(0, SPECTRAL_BAND_COUNT).every(({ name }) => scene.bands[name])
  return planStack(scene, {
    ...(quantification !== null && { quantification }),
    ...(offset !== null && { offset }),
    ...{ resampling, elevation, slope, means: isWhole ? [] : await means() },
  })
}

/** What an area that was drawn on the map is called. */
const DRAWN = 'drawn on the map'

async function areaOf(
  drop: KeptDrop,
  { area }: SceneChoices,
  grid: SceneGrid,
  signal?: AbortSignal,
): Promise<Area | null> {
  if (area === null) return null
  if (area.kind === 'drawn') {
    const [x, dx, , y, , dy] = grid.transform
    const polygons = area.polygons.map(rings =>
      rings.map(ring => ring.map((place, i) => (i % 2 === 0 ? x + place * dx : y + place * dy))),
    )
    return placeArea({ polygons, crs: grid.crs }, DRAWN, grid)
  }
  const file = drop.files.get(area.path)
  if (!file) throw new AppError('bad-argument', `"${area.path}" is not among the files: drop it again.`)
  return readArea(file, grid, { beside: [...drop.files.values()], signal })
}

/** Paths count without their folders: what is dropped again may come in another one. */
async function sceneIdentity(
  recipe: StackRecipe,
  area: SceneRecord['area'],
): Promise<{ key: string; id: string }> {
  const plain = {
    ...recipe,
    bands: recipe.bands.map(band => (isAbsent(band) ? band : { ...band, path: baseName(band.path) })),
    elevation: recipe.elevation.map(baseName),
    slope: recipe.slope && baseName(recipe.slope),
  }
  const key = await fingerprintOf({ recipe: plain, area: area?.polygons ?? null })
  return { key, id: `${nameInId(recipe.name)}~${key.slice(0, 16)}` }
}

function pixelsOf(pieces: readonly ScenePiece[]): number {
  return pieces.reduce((sum, { window }) => sum + window.width * window.height, 0)
}

function secondsOf(
  { decodeSeconds }: KeptDrop,
  scene: FoundScene,
  { transform, width, height }: SceneGrid,
  pixels: number,
): number | null {
  if (decodeSeconds === null) return null
  const planes = BANDS.slice(0, SPECTRAL_BAND_COUNT).reduce((sum, { name }) => {
    const band = scene.bands[name]
    return band ? sum + (transform[1] / band.resolution) ** 2 : sum
  }, 0)
  const decoded = (pixels + Math.min(width * height, SAMPLED_PIXELS)) * planes
  return (decoded * decodeSeconds + pixels * PUT_SECONDS) / 1e6
}

async function remarksOf(
  store: Pick<ProjectStore, 'estimate'>,
  drop: KeptDrop,
  choices: SceneChoices,
  recipe: StackRecipe,
  { covered }: SceneTerrain,
  bytes: number,
): Promise<string[]> {
  const coverage = coverageRemark(recipe, covered)
  const used = [...choices.elevation, ...(choices.slope === null ? [] : [choices.slope])]
  const ground = [...drop.found.elevation, ...drop.found.slopes].filter(({ path }) => used.includes(path))
  const { usage, quota } = await store.estimate()
  const free = quota - usage
  const room =
    quota > 0 && bytes > free
      ? `It takes about ${gigabytes(bytes)}, and the browser has room for ${gigabytes(free)}: choose a smaller area.`
      : null
  const own = ground.flatMap(({ path, remarks }) => remarks.map(remark => `"${baseName(path)}": ${remark}`))
  const left = Object.entries(choices.bands).flatMap(([band, file]) => (file === null ? [band] : []))
  const absent = left.length > 0 ? `The models’ own mean stands for ${left.join(', ')}.` : null
  return [coverage, absent, room, ...own].filter(remark => remark !== null)
}

function gigabytes(bytes: number): string {
  return `${(Math.max(0, bytes) / 2 ** 30).toFixed(1)} GB`
}

/** A path without its folders. */
export function baseName(path: string): string {
  return path.split('/').at(-1)!
}
