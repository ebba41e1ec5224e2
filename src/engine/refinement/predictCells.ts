import type { JobContext } from '../../core/foundation/job'
import { RecentMap } from '../../core/foundation/recentMap'
import type { Domain } from '../../core/patches/patch'
import type { PixelWindow } from '../../core/raster/rasterSource'
import { windowOverlap } from '../../core/raster/windowOverlap'
import {
  placeOf,
  predictScene,
  type SceneNetwork,
  type ScenePixels,
  sceneWindowing,
  wantedWindows,
} from './predictScene'

/** A scene whose pixels lie in pieces, some of them cells that are judged like patches. */
export interface CellScene extends ScenePixels {
  name: string
  /** Cells by id: their pixels in the scene. */
  cells: ReadonlyMap<string, PixelWindow>
  /** 1 for pixels of a window that lie in the area of interest, row-major; null: all do. */
  inside: ((window: PixelWindow) => Uint8Array) | null
}

/** A cell, whole. */
export interface PredictedCell {
  id: string
  /** [height, width] float32 of each network, probability of landslide 0..1; NaN without data and outside the area. */
  members: Float32Array[]
}

export interface CellPlan {
  /** Windows to predict. */
  windows: number
  /**
   * Predicts the cells, each as soon as its last row is there, in `stripOrder`; bit for bit as `predictScene` does the whole
   * scene. Of maps, only the rows of cells that are not whole yet are held.
   *
   * @throws AppError as `predictScene`
   */
  predict(options: { domain: Domain; flips?: boolean; context?: JobContext }): AsyncGenerator<PredictedCell>
}

/** Masks of the area that are kept: two rows of cells of the largest scenes. */
const KEPT_MASKS = 64

/** Cells in the order in which they become whole: by their last row, then west to east. */
export function stripOrder(ids: readonly string[], { cells }: Pick<CellScene, 'cells'>): string[] {
  const bottom = ({ row, height }: PixelWindow) => row + height
  return [...ids].sort((a, b) => {
    const [first, second] = [cells.get(a)!, cells.get(b)!]
    return bottom(first) - bottom(second) || first.column - second.column
  })
}

/**
 * Finds the windows of a scene that some of its cells need: those that have one of their pixels inside the area.
 *
 * @param ids of cells of the scene, to be predicted
 * @throws AppError `aborted`
 */
export async function planCells(
  scene: CellScene,
  ids: readonly string[],
  networks: readonly SceneNetwork[],
  signal?: AbortSignal,
): Promise<CellPlan> {
  const order = stripOrder(ids, scene).map(id => ({ id, window: scene.cells.get(id)! }))
  const masks = new RecentMap<string, Uint8Array>({ capacity: KEPT_MASKS })
  const { inside } = scene
  const maskOf = ({ id, window }: (typeof order)[number]): Uint8Array | null => {
    if (!inside) return null
    const mask = masks.get(id) ?? inside(window)
    masks.set(id, mask)
    return mask
  }
  const isWanted = (window: PixelWindow) =>
    order.some(cell => {
      const part = windowOverlap(window, cell.window)
      if (!part) return false
      const mask = maskOf(cell)
      return !mask || includesOne(mask, cell.window, part)
    })
  const wanted = await wantedWindows(scene, sceneWindowing(networks), isWanted, signal)
  return {
    windows: wanted.size,
    async *predict(options) {
      const maps = new Map<string, Float32Array[]>()
      let waiting = order
      const rows = predictScene(scene, networks, {
        ...options,
        isWanted: window => wanted.has(placeOf(window)),
      })
      for await (const { top, count, members } of rows) {
        const known = { column: 0, row: top, width: scene.width, height: count }
        for (const cell of waiting) {
          const { id, window } = cell
          const part = windowOverlap(known, window)
          if (!part) continue
          const cut = maps.get(id) ?? networks.map(() => new Float32Array(window.width * window.height))
          maps.set(id, cut)
          for (const [i, map] of cut.entries()) copyRows(members[i]!, scene.width, top, map, window, part)
          if (part.row + part.height < window.row + window.height) continue
          maps.delete(id)
          const mask = maskOf(cell)
          if (mask) for (const map of cut) leaveOut(map, mask)
          yield { id, members: cut }
        }
        waiting = waiting.filter(({ window }) => window.row + window.height > top + count)
        if (waiting.length === 0) return
      }
    },
  }
}

/** Whether a part of a mask's window has a 1. */
function includesOne(mask: Uint8Array, window: PixelWindow, part: PixelWindow): boolean {
  for (let y = 0; y < part.height; y++) {
    const begin = (part.row - window.row + y) * window.width + part.column - window.column
    if (mask.subarray(begin, begin + part.width).includes(1)) return true
  }
  return false
}

/** Copies a part of the scene from rows that begin at `top` into a cell's map. */
function copyRows(
  rows: Float32Array,
  sceneWidth: number,
  top: number,
  map: Float32Array,
  cell: PixelWindow,
  part: PixelWindow,
): void {
  for (let row = part.row; row < part.row + part.height; row++) {
    const from = (row - top) * sceneWidth + part.column
    map.set(rows.subarray(from, from + part.width), (row - cell.row) * cell.width)
  }
}

function leaveOut(map: Float32Array, mask: Uint8Array): void {
  for (let i = 0; i < map.length; i++) if (mask[i] === 0) map[i] = Number.NaN
}
