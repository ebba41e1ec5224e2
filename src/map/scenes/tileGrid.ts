import type { PixelWindow } from '../../core/raster/rasterSource'

/** Pixels along the side of a tile's picture. */
export const TILE_SIDE = 256

/** Coarsest step: a tile of it is larger than any scene. */
const LARGEST_STEP = 256

/** A tile of a scene: its picture has a pixel for `step` x `step` of the scene's. */
export interface TilePlace {
  step: number
  /** In tiles of this step from the scene's corner. */
  column: number
  row: number
}

/** Names a tile within its scene. */
export function tileName({ step, column, row }: TilePlace): string {
  return `${step}/${column}/${row}`
}

/** Its pixels in the scene; it may reach beyond the scene's edge. */
export function tileWindow({ step, column, row }: TilePlace): PixelWindow {
  const side = TILE_SIDE * step
  return { column: column * side, row: row * side, width: side, height: side }
}

/** The step at which a pixel of a picture comes nearest to one of the screen: at most 1.4 of one or the other. */
export function stepFor(pixelsPerScreenPixel: number): number {
  if (!(pixelsPerScreenPixel > 1)) return 1
  return Math.min(LARGEST_STEP, 2 ** Math.round(Math.log2(pixelsPerScreenPixel)))
}

/** The coarsest step that is worth a picture: the whole scene on one tile, or a few. */
export function overviewStep({ width, height }: Pick<PixelWindow, 'width' | 'height'>): number {
  return Math.min(LARGEST_STEP, 2 ** Math.max(0, Math.ceil(Math.log2(Math.max(width, height) / TILE_SIDE))))
}

/** Tiles of a window of a scene, those nearest the window's middle first. */
export function tilesOf(window: PixelWindow, step: number): TilePlace[] {
  const side = TILE_SIDE * step
  const tiles: TilePlace[] = []
  const lastColumn = Math.ceil((window.column + window.width) / side)
  const lastRow = Math.ceil((window.row + window.height) / side)
  for (let row = Math.floor(window.row / side); row < lastRow; row++) {
    for (let column = Math.floor(window.column / side); column < lastColumn; column++) {
      tiles.push({ step, column, row })
    }
  }
  const [x, y] = [(window.column + window.width / 2) / side, (window.row + window.height / 2) / side]
  const away = ({ column, row }: TilePlace) => Math.hypot(column + 0.5 - x, row + 0.5 - y)
  return tiles.sort((a, b) => away(a) - away(b))
}

/** The tile of twice the step that it lies in. */
export function parentOf({ step, column, row }: TilePlace): TilePlace {
  return { step: step * 2, column: Math.floor(column / 2), row: Math.floor(row / 2) }
}

/** The four tiles of half the step that lie in it; none of step 1. */
export function childrenOf({ step, column, row }: TilePlace): TilePlace[] {
  if (step === 1) return []
  return [0, 1, 2, 3].map(index => ({
    step: step / 2,
    column: column * 2 + (index % 2),
    row: row * 2 + Math.floor(index / 2),
  }))
}

/**
 * What to draw for tiles in sight, coarse ones first so that finer ones lie on top: each that is there; for one that is
 * not, the nearest coarser one that covers it, and finer ones within it.
 */
export function tilesToDraw(
  wanted: readonly TilePlace[],
  isThere: (tile: TilePlace) => boolean,
): TilePlace[] {
  const drawn = new Map<string, TilePlace>()
  const add = (tile: TilePlace) => drawn.set(tileName(tile), tile)
  for (const tile of wanted) {
    if (isThere(tile)) {
      add(tile)
      continue
    }
    for (let above = tile; above.step < LARGEST_STEP; ) {
      above = parentOf(above)
      if (!isThere(above)) continue
      add(above)
      break
    }
    for (const child of childrenOf(tile)) {
      if (isThere(child)) add(child)
      else for (const finer of childrenOf(child)) if (isThere(finer)) add(finer)
    }
  }
  return [...drawn.values()].sort((a, b) => b.step - a.step)
}
