import { RecentMap } from '../../core/foundation/recentMap'
import { BANDS } from '../../core/patches/bands'
import type { PatchPixels } from '../../core/patches/patch'
import type { PixelWindow } from '../../core/raster/rasterSource'
import { BOX_SIDES, type BoxSums, REDUCED_SIDE, reduceBand, type Sums } from '../../core/scenes/boxSums'
import type { ProjectStore } from '../../storage/projectStore'

/** A cell of a scene: its patch's id, and its pixels in the scene. */
export interface SceneCell {
  id: string
  window: PixelWindow
}

/** 64 MB: three bands of some 900 cells of 512 x 512 at both sizes, more than a whole Sentinel-2 tile. */
const BUDGET = 64 * 2 ** 20

/**
 * Small copies of cells, so that a picture of many does not read all their pixels each time: the coarse ones as the project
 * keeps them, the finer ones made of the pixels.
 */
export class CellMeans {
  private readonly kept: RecentMap<string, BoxSums>
  private readonly busy = new Map<string, Promise<unknown>>()

  constructor(
    private readonly open: () => Promise<Pick<ProjectStore, 'readPixelWindow' | 'readReduced'>>,
    budget = BUDGET,
  ) {
    this.kept = new RecentMap({ budget, sizeOf: ({ sum, count }) => sum.byteLength + count.byteLength })
  }

  /** Sums of the bands of a cell, in their order; all of a cell's bands that are missing are read together. */
  async read(cell: SceneCell, bands: readonly number[], side: 4 | 8): Promise<BoxSums[]> {
    for (;;) {
      const known = bands.map(band => this.kept.get(keyOf(cell, band, side)))
      if (known.every(sums => sums !== undefined)) return known
      const others = this.busy.get(cell.id)
      if (others) {
        await Promise.allSettled([others])
        continue
      }
      const missing = bands.filter((_, index) => !known[index])
      const work = side === REDUCED_SIDE ? this.load(cell, missing) : this.make(cell, missing)
      this.busy.set(cell.id, work)
      try {
        const made = await work
        return bands.map((band, index) => known[index] ?? made.get(keyOf(cell, band, side))!)
      } finally {
        this.busy.delete(cell.id)
      }
    }
  }

  private async load(cell: SceneCell, bands: readonly number[]): Promise<Map<string, BoxSums>> {
    const stored = await (await this.open()).readReduced(cell.id, cell.window, bands)
    const made = new Map(bands.map((band, index) => [keyOf(cell, band, REDUCED_SIDE), stored[index]!]))
    for (const [key, sums] of made) this.kept.set(key, sums)
    return made
  }

  private async make(cell: SceneCell, bands: readonly number[]): Promise<Map<string, BoxSums>> {
    const { width, height } = cell.window
    const whole = { column: 0, row: 0, width, height }
    const { data, valid } = await (await this.open()).readPixelWindow(cell.id, whole, bands)
    const made = new Map<string, BoxSums>()
    for (const [index, band] of bands.entries()) {
      const plane = data.subarray(index * width * height, (index + 1) * width * height)
      const reduced = reduceBand(plane, valid, cell.window)
      for (const side of BOX_SIDES) {
        const key = keyOf(cell, band, side)
        made.set(key, reduced[side])
        this.kept.set(key, reduced[side])
      }
    }
    return made
  }
}

const keyOf = ({ id }: SceneCell, band: number, side: number) => `${id}/${band}/${side}`

/** 14 bands without a valid pixel; memory that nobody writes to costs nothing. */
export function blank(width: number, height: number): PatchPixels & { valid: Uint8Array } {
  const area = width * height
  return { width, height, data: new Float32Array(BANDS.length * area), valid: new Uint8Array(area) }
}

/** Puts means into a band from pixel `at` on; NaN where a band has no value. */
export function setMeans(
  { data, valid, width, height }: ReturnType<typeof blank>,
  band: number,
  { sum, count }: Sums,
  at: number,
): void {
  const first = band * width * height + at
  for (let pixel = 0; pixel < sum.length; pixel++) {
    const pixels = count[pixel]!
    data[first + pixel] = pixels > 0 ? sum[pixel]! / pixels : Number.NaN
    if (pixels > 0) valid[at + pixel] = 1
  }
}
