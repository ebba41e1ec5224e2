import type { AffineTransform, PixelWindow } from '../../core/raster/rasterSource'
import { windowOverlap } from '../../core/raster/windowOverlap'
import type { PatchRecord } from '../../core/review/records'
import { type PlacedGroup, type PlacedPatch, toWorld } from '../geo/placement'
import { type TilePlace, tileName, tileWindow } from './tileGrid'

export interface PlacedCell {
  placed: PlacedPatch
  patch: PatchRecord
  window: PixelWindow
}

/** A scene on the map: its cells on one grid of pixels. */
export interface PlacedScene {
  id: string
  /** From pixels of the scene to coordinates. */
  transform: AffineTransform
  cells: readonly PlacedCell[]
  /** What its cells cover, in pixels of the scene. */
  bounds: PixelWindow
  /** Cells under a tile. */
  under(tile: TilePlace): readonly PlacedCell[]
}

/** What lies on the map: scenes by their cells, and rasters by themselves. */
interface PlacedParts {
  scenes: readonly PlacedScene[]
  loose: PlacedGroup
}

const known = new WeakMap<PlacedGroup, PlacedParts>()

/** The scenes of a group and its other rasters, worked out once. */
export function partsOf(group: PlacedGroup): PlacedParts {
  const before = known.get(group)
  if (before) return before
  const byScene = new Map<string, PlacedPatch[]>()
  const loose: PlacedPatch[] = []
  for (const one of group.placed) {
    const { cell } = one.patch
    if (!cell) loose.push(one)
    else byScene.set(cell.sceneId, [...(byScene.get(cell.sceneId) ?? []), one])
  }
  const parts = {
    scenes: [...byScene].map(([id, placed]) => placedScene(id, placed)),
    loose: { ...group, placed: loose },
  }
  known.set(group, parts)
  return parts
}

function placedScene(id: string, placed: readonly PlacedPatch[]): PlacedScene {
  const cells = placed.map(one => ({ placed: one, patch: one.patch, window: one.patch.cell!.window }))
  const [first] = placed
  const { column, row } = cells[0]!.window
  const [x, xColumn, xRow, y, yColumn, yRow] = first!.transform
  const [x0, y0] = toWorld([x, xColumn, xRow, y, yColumn, yRow], -column, -row)
  const under = new Map<string, readonly PlacedCell[]>()
  return {
    id,
    transform: [x0, xColumn, xRow, y0, yColumn, yRow],
    cells,
    bounds: boundsOf(cells),
    under(tile) {
      const name = tileName(tile)
      const found = under.get(name) ?? cells.filter(({ window }) => windowOverlap(window, tileWindow(tile)))
      under.set(name, found)
      return found
    },
  }
}

function boundsOf(cells: readonly PlacedCell[]): PixelWindow {
  let [left, top, right, bottom] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0, 0]
  for (const { window } of cells) {
    left = Math.min(left, window.column)
    top = Math.min(top, window.row)
    right = Math.max(right, window.column + window.width)
    bottom = Math.max(bottom, window.row + window.height)
  }
  return { column: left, row: top, width: right - left, height: bottom - top }
}
