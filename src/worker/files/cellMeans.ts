import { RecentMap } from '../../core/foundation/recentMap'
import type { PixelWindow } from '../../core/raster/rasterSource'
import type { ProjectStore } from '../../storage/projectStore'

/** A cell of a scene: its patch's id, and its pixels in the scene. */
export interface SceneCell {
  id: string
  window: PixelWindow
}

/**
 * Sums of a band over boxes of pixels. Boxes begin at multiples of their side in the scene, not in the cell, so that one
 * that lies on a border gets its pixels from both sides.
 */
export interface BoxSums {
  /** Of the first box, in boxes from the scene's corner. */
  column: number
  row: number
  width: number
  height: number
  /** [height, width] over the pixels that have a value. */
  sum: Float32Array
  /** [height, width] how many those are. */
  count: Uint8Array
}

/** Sides of the boxes that are kept, finest first. */
export const KEPT_SIDES = [4, 8] as const

/** 64 MB: three bands of some 900 cells of 512 x 512 at both sizes, more than a whole Sentinel-2 tile. */
const BUDGET = 64 * 2 ** 20

/** Small copies of cells, so that a picture of many does not read all their pixels each time. */
export class CellMeans {
  private readonly kept: RecentMap<string, BoxSums>
  private readonly busy = new Map<string, Promise<unknown>>()

  constructor(
    private readonly open: () => Promise<Pick<ProjectStore, 'readPixelWindow'>>,
    budget = BUDGET,
  ) {
    this.kept = new RecentMap({ budget, sizeOf: ({ sum, count }) => sum.byteLength + count.byteLength })
  }

  /** Sums of the bands of a cell, in their order; all of a cell's bands that are missing are read together. */
  async read(cell: SceneCell, bands: readonly number[], side: 4 | 8): Promise<BoxSums[]> {
    for (;;) {
      const known = bands.map(band => this.kept.get(`${cell.id}/${band}/${side}`))
      if (known.every(sums => sums !== undefined)) return known
      const others = this.busy.get(cell.id)
      if (others) {
        await Promise.allSettled([others])
        continue
      }
      const work = this.make(
        cell,
        bands.filter((_, index) => !known[index]),
      )
      this.busy.set(cell.id, work)
      try {
        const made = await work
        return bands.map((band, index) => known[index] ?? made.get(`${band}/${side}`)!)
      } finally {
        this.busy.delete(cell.id)
      }
    }
  }

  private async make(cell: SceneCell, bands: readonly number[]): Promise<Map<string, BoxSums>> {
    const { width, height } = cell.window
    const whole = { column: 0, row: 0, width, height }
    const { data, valid } = await (await this.open()).readPixelWindow(cell.id, whole, bands)
    const made = new Map<string, BoxSums>()
    for (const [index, band] of bands.entries()) {
      const plane = data.subarray(index * width * height, (index + 1) * width * height)
      const [fine, coarse] = KEPT_SIDES
      const sums = emptySums(cell.window, fine)
      addPixels(plane, valid, cell.window, fine, sums)
      const coarser = emptySums(cell.window, coarse)
      addSums(sums, coarse / fine, coarser)
      for (const [side, found] of [
        [fine, sums],
        [coarse, coarser],
      ] as const) {
        made.set(`${band}/${side}`, found)
        this.kept.set(`${cell.id}/${band}/${side}`, found)
      }
    }
    return made
  }
}

/** What `addPixels` and `addSums` add to; a tile of many pixels a box takes other arrays than what is kept. */
export interface Sums extends Omit<BoxSums, 'sum' | 'count'> {
  sum: Float32Array
  count: Uint8Array | Uint32Array
}

/** Boxes that a window of a scene touches. */
export function emptySums(window: PixelWindow, side: number): BoxSums {
  const column = Math.floor(window.column / side)
  const row = Math.floor(window.row / side)
  const width = Math.ceil((window.column + window.width) / side) - column
  const height = Math.ceil((window.row + window.height) / side) - row
  const boxes = width * height
  return { column, row, width, height, sum: new Float32Array(boxes), count: new Uint8Array(boxes) }
}

/**
 * Adds the pixels of a window of the scene that have a value to the boxes that they lie in; boxes beyond are passed over.
 *
 * @param plane [height, width] of the window
 */
export function addPixels(
  plane: Float32Array,
  valid: Uint8Array | null,
  window: PixelWindow,
  side: number,
  into: Sums,
): void {
  const { width } = window
  const boxes = Int32Array.from(
    { length: width },
    (_, x) => Math.floor((window.column + x) / side) - into.column,
  )
  const first = boxes.findIndex(box => box >= 0)
  const last = boxes.findLastIndex(box => box < into.width)
  if (first < 0) return
  for (let y = 0; y < window.height; y++) {
    const down = Math.floor((window.row + y) / side) - into.row
    if (down < 0 || down >= into.height) continue
    for (let x = first; x <= last; x++) {
      const pixel = y * width + x
      const value = plane[pixel]!
      // NaN and the infinities are what a difference with itself is not zero for.
      if (valid?.[pixel] === 0 || value - value !== 0) continue
      const at = down * into.width + boxes[x]!
      into.sum[at]! += value
      into.count[at]!++
    }
  }
}

/** Adds boxes to boxes whose sides are `times` theirs. */
export function addSums(from: BoxSums, times: number, into: Sums): void {
  for (let y = 0; y < from.height; y++) {
    const down = Math.floor((from.row + y) / times) - into.row
    if (down < 0 || down >= into.height) continue
    for (let x = 0; x < from.width; x++) {
      const across = Math.floor((from.column + x) / times) - into.column
      if (across < 0 || across >= into.width) continue
      const at = down * into.width + across
      into.sum[at]! += from.sum[y * from.width + x]!
      into.count[at]! += from.count[y * from.width + x]!
    }
  }
}
