import { type MosaicPiece, mosaicRows, type SharedGrid, sharedGrids } from '../export/mosaic'
import { type MosaicFacts, mosaicMaskTags, mosaicProbabilityTags, shareText } from '../export/mosaicTags'
import { probabilityBytes, type SceneExport, sceneMask, sceneProbability } from '../export/resultGeotiffs'
import type { StreamedCog } from '../export/writeCog'
import { throwIfAborted } from '../foundation/appError'
import { yieldToEventLoop } from '../foundation/job'
import { plural } from '../foundation/text'
import { IGNORE } from '../patches/patch'
import type { ProjectReader } from '../project/projectReader'
import type { Georeference, PixelWindow } from '../raster/rasterSource'
import { recordedOrigin, stateRank } from '../review/provenance'
import { ENSEMBLE } from '../rounds/ensemble'
import type { RoundRecord } from '../rounds/round'
import { areaMask } from '../scenes/polygons'
import type { SceneRecord } from '../scenes/sceneRecord'
import { georeferenceOf } from '../scenes/stack'
import { type AskedMask, readAskedMask } from './exportedMask'
import { uncertaintyOf } from './uncertainty'

/** The cells of a scene that an export takes, with what places them. */
interface SceneCells {
  scene: SceneRecord
  included: AskedMask[]
  /** Marks the pixels of a window of the scene that lie in its area; null: all do. */
  area: ((window: PixelWindow) => Uint8Array) | null
  /** Of `SceneRecord.window`. */
  georeference: Georeference
  width: number
  height: number
  /** Cells of the scene in all; pixels of its area, and those of them in the cells that are included. */
  cells: number
  areaPixels: number
  includedPixels: number
}

/** One raster of many cells. */
export interface SceneMosaic {
  name: string
  grid: SharedGrid<SceneCells>
}

/** Rows of an area that are counted at once. */
const ROWS_AT_ONCE = 512

/**
 * The mosaics that cells make: one for each scene, or one of all scenes on one grid.
 *
 * @param asked cells that have a mask, of any number of scenes
 */
export async function planMosaics(
  store: Pick<ProjectReader, 'scenes' | 'patches'>,
  asked: readonly AskedMask[],
  mosaics: 'scene' | 'event',
  signal: AbortSignal | undefined,
): Promise<SceneMosaic[]> {
  const byScene = new Map<string, AskedMask[]>()
  for (const one of asked) {
    const id = one.record.cell!.sceneId
    byScene.set(id, [...(byScene.get(id) ?? []), one])
  }
  const counts = new Map<string, number>()
  for (const { cell } of await store.patches()) {
    if (cell) counts.set(cell.sceneId, (counts.get(cell.sceneId) ?? 0) + 1)
  }
  const scenes: SceneCells[] = []
  for (const scene of await store.scenes()) {
    const included = byScene.get(scene.id)
    if (!included) continue
    const { grid } = scene.recipe
    const area = scene.area && areaMask(scene.area.polygons)
    const whole = { crs: grid.crs, transform: grid.transform, geoKeys: null }
    let includedPixels = 0
    for (const { record } of included) includedPixels += await areaPixels(record.cell!.window, area, signal)
    scenes.push({
      scene,
      included,
      area,
      georeference: georeferenceOf(whole, scene.window)!,
      width: scene.window.width,
      height: scene.window.height,
      cells: counts.get(scene.id)!,
      areaPixels: await areaPixels(scene.window, area, signal),
      includedPixels,
    })
  }
  if (mosaics === 'scene' || scenes.length === 1) {
    return scenes.map(one => ({ name: one.scene.name, grid: sharedGrids([one])[0]! }))
  }
  const grids = sharedGrids(bySensing(scenes))
  return grids.map(grid => ({ name: eventName(grid, grids.length), grid }))
}

/** Pixels of a window that lie in an area. */
async function areaPixels(
  { column, row, width, height }: PixelWindow,
  area: SceneCells['area'],
  signal: AbortSignal | undefined,
): Promise<number> {
  if (!area) return width * height
  let pixels = 0
  for (let top = 0; top < height; top += ROWS_AT_ONCE) {
    throwIfAborted(signal)
    await yieldToEventLoop()
    const inside = area({ column, row: row + top, width, height: Math.min(ROWS_AT_ONCE, height - top) })
    for (const value of inside) pixels += value
  }
  return pixels
}

/** The latest scene last, whose pixels count where nobody judged any; those of unknown date first. */
function bySensing(scenes: readonly SceneCells[]): SceneCells[] {
  const date = ({ scene }: SceneCells) => scene.sensed ?? ''
  return [...scenes].sort((a, b) => (date(a) < date(b) ? -1 : date(a) > date(b) ? 1 : 0))
}

/** @param grids of the event: one is called by its system where there are several. */
function eventName({ georeference }: SharedGrid<SceneCells>, grids: number): string {
  return grids === 1 ? 'event' : `event_${georeference!.crs!.replace(':', '')}`
}

/** What a file of cells holds. */
export type CellPlane = 'mask' | 'probability' | 'disagreement'

/**
 * A raster of cells to be written row by row; a pixel is no data outside the areas, and where no cell that is included
 * lies. Of overlapping scenes a judged mask goes before one that was only painted, that before a prediction, then the later
 * scene.
 *
 * @param name a safe file name
 */
export function mosaicImage(
  store: ProjectReader,
  { grid }: SceneMosaic,
  plane: CellPlane,
  how: { name: string; threshold: number; rounds: readonly RoundRecord[] },
): StreamedCog {
  const pieces = cellsOf(grid).map(
    ({ one, window, rank, inside }): MosaicPiece => ({
      window,
      rank,
      async read() {
        const bytes = await readPlane(store, one, plane, how.threshold)
        const area = bytes && inside()
        return area ? withinArea(bytes, area) : bytes
      },
    }),
  )
  const facts = factsOf(grid)
  const cells = grid.members.flatMap(({ place }) => place.included)
  const scene: SceneExport = {
    width: grid.width,
    height: grid.height,
    georeference: grid.georeference,
    name: how.name,
    metadata:
      plane === 'mask'
        ? mosaicMaskTags(
            facts,
            cells.map(({ provenance }) => provenance),
            how.rounds,
          )
        : mosaicProbabilityTags(
            facts,
            cells.map(({ record }) => recordedOrigin(record)),
            how.rounds,
          ),
    rows: mosaicRows(grid.width, pieces),
  }
  return plane === 'mask' ? sceneMask(scene) : sceneProbability(scene, plane)
}

/** A cell in a mosaic. */
export interface PlacedCell {
  one: AskedMask
  /** In pixels of the mosaic. */
  window: PixelWindow
  /** As `MosaicPiece` has it. */
  rank: number
  /** [height, width], 0 for pixels outside the scene's area; null: all are inside. */
  inside(): Uint8Array | null
}

/** Cells by scene, the one that counts last where ranks are equal. */
export function cellsOf({ members }: SceneMosaic['grid']): PlacedCell[] {
  return members.flatMap(({ place, window }) =>
    place.included.map(one => {
      const cell = one.record.cell!.window
      const { column, row } = place.scene.window
      return {
        one,
        window: { ...cell, column: window.column + cell.column - column, row: window.row + cell.row - row },
        rank: stateRank(one.provenance.state),
        inside: () => place.area?.(cell) ?? null,
      }
    }),
  )
}

/** [height, width] bytes of a cell; null: there are none. */
async function readPlane(
  store: ProjectReader,
  one: AskedMask,
  plane: CellPlane,
  threshold: number,
): Promise<Uint8Array | null> {
  // Of a scene's pixels without data the probability is NaN.
  if (plane === 'mask') return readAskedMask(store, one, threshold, null)
  const { id } = one.record
  const map =
    plane === 'probability'
      ? await store.readProbability(id, ENSEMBLE)
      : await uncertaintyOf(store, id, 'disagreement')
  return map && probabilityBytes(map)
}

export function withinArea(bytes: Uint8Array, inside: Uint8Array): Uint8Array {
  return bytes.map((value, i) => (inside[i] === 0 ? IGNORE : value))
}

function factsOf({ members }: SharedGrid<SceneCells>): MosaicFacts {
  const scenes = members.map(({ place }) => place)
  const sum = (of: (scene: SceneCells) => number) => scenes.reduce((total, scene) => total + of(scene), 0)
  return {
    scenes: scenes.map(({ scene }) => scene),
    included: sum(({ included }) => included.length),
    cells: sum(({ cells }) => cells),
    share: sum(({ includedPixels }) => includedPixels) / sum(({ areaPixels: pixels }) => pixels),
  }
}

/** "scene: 12 of 40 cells, 31.2 % of the area." */
export function mosaicNote({ name, grid }: SceneMosaic): string {
  const { included, cells, share } = factsOf(grid)
  return `${name}: ${included} of ${plural(cells, 'cell')}, ${shareText(share)} of the area.`
}
