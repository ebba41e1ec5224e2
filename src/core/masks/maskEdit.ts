import type { PixelWindow } from '../raster/rasterSource'
import { type MaskDiff, RunList } from './maskDiff'
import type { PixelSpans } from './pixelSpans'

/** Whether the pixel at this row-major index may take a value that it does not hold yet. */
export type PixelGate = (index: number) => boolean

/** Only pixels whose value lies in this range may be changed; NaN never passes. */
export interface PixelClamp {
  /** Value by row-major pixel index. */
  valueAt: (index: number) => number
  minimum: number
  maximum: number
}

/**
 * What hand edits leave alone: pixels without data, classes that are protected, and values outside the clamps.
 *
 * @param mask [height, width] as it is while the gate is asked: a protected pixel stays protected
 * @param valid [height, width] of 0 and 1; null: all valid
 * @param isProtected classes (0, 1, 255) that keep their pixels
 */
export function pixelGate(
  mask: Uint8Array,
  valid: Uint8Array | null,
  isProtected: readonly number[],
  clamps: readonly PixelClamp[],
): PixelGate {
  const keeps = new Uint8Array(256)
  for (const value of isProtected) keeps[value] = 1
  return index => {
    if (valid?.[index] === 0 || keeps[mask[index]!]) return false
    for (const { valueAt, minimum, maximum } of clamps) {
      const value = valueAt(index)
      if (!(value >= minimum && value <= maximum)) return false
    }
    return true
  }
}

/** Side of the tiles in which what was there before is kept: small beside a mask, large beside a brush. */
const TILE = 64

/**
 * A change of a mask in the making. Keeps the pixels of the tiles that it touches as they were, so that taking the
 * difference, or the whole change back, costs what was touched and not the mask's size.
 */
export class MaskEdit {
  /** By tile index: its pixels before the edit, row by row. */
  private readonly before = new Map<number, Uint8Array>()
  private readonly tilesAcross: number

  /** @param mask [height, width], changed in place by the caller after `touch` */
  constructor(
    readonly mask: Uint8Array,
    readonly width: number,
    readonly height: number,
  ) {
    this.tilesAcross = Math.ceil(width / TILE)
  }

  /** Call before pixels in this window, which lies inside the raster, are changed. */
  touch(window: PixelWindow): void {
    const right = Math.floor((window.column + window.width - 1) / TILE)
    const bottom = Math.floor((window.row + window.height - 1) / TILE)
    for (let tileRow = Math.floor(window.row / TILE); tileRow <= bottom; tileRow++) {
      for (let tileColumn = Math.floor(window.column / TILE); tileColumn <= right; tileColumn++) {
        const tile = tileRow * this.tilesAcross + tileColumn
        if (!this.before.has(tile)) this.before.set(tile, this.copy(tileColumn, tileRow))
      }
    }
  }

  /** Sets the pixels of the runs that the gate lets through. */
  paint({ starts, lengths }: PixelSpans, value: number, gate: PixelGate): void {
    for (let run = 0; run < starts.length; run++) {
      const start = starts[run]!
      const row = Math.floor(start / this.width)
      this.touch({ column: start - row * this.width, row, width: lengths[run]!, height: 1 })
      for (let index = start; index < start + lengths[run]!; index++) {
        if (this.mask[index] !== value && gate(index)) this.mask[index] = value
      }
    }
  }

  /** What changed so far, as `diffMasks` of the whole masks would say it. */
  diff(): MaskDiff {
    const runs = new RunList()
    const tiles = [...this.before.keys()].sort((a, b) => a - b)
    let first = 0
    while (first < tiles.length) {
      const tileRow = Math.floor(tiles[first]! / this.tilesAcross)
      let last = first
      while (last < tiles.length && Math.floor(tiles[last]! / this.tilesAcross) === tileRow) last++
      const top = tileRow * TILE
      const rows = Math.min(TILE, this.height - top)
      for (let row = 0; row < rows; row++) {
        for (let at = first; at < last; at++) {
          const tile = tiles[at]!
          this.compareRow(tile - tileRow * this.tilesAcross, top, row, this.before.get(tile)!, runs)
        }
      }
      first = last
    }
    return runs.toDiff()
  }

  /** Takes the whole edit back. */
  restore(): void {
    for (const [tile, pixels] of this.before) {
      const tileRow = Math.floor(tile / this.tilesAcross)
      const { left, top, across, down } = this.bounds(tile - tileRow * this.tilesAcross, tileRow)
      for (let row = 0; row < down; row++) {
        const at = (top + row) * this.width + left
        this.mask.set(pixels.subarray(row * across, (row + 1) * across), at)
      }
    }
  }

  private bounds(tileColumn: number, tileRow: number) {
    const left = tileColumn * TILE
    const top = tileRow * TILE
    return { left, top, across: Math.min(TILE, this.width - left), down: Math.min(TILE, this.height - top) }
  }

  private copy(tileColumn: number, tileRow: number): Uint8Array {
    const { left, top, across, down } = this.bounds(tileColumn, tileRow)
    const pixels = new Uint8Array(across * down)
    for (let row = 0; row < down; row++) {
      const at = (top + row) * this.width + left
      pixels.set(this.mask.subarray(at, at + across), row * across)
    }
    return pixels
  }

  private compareRow(tileColumn: number, top: number, row: number, before: Uint8Array, runs: RunList): void {
    const left = tileColumn * TILE
    const across = Math.min(TILE, this.width - left)
    const at = (top + row) * this.width + left
    for (let column = 0; column < across; column++) {
      const from = before[row * across + column]!
      const to = this.mask[at + column]!
      if (from !== to) runs.add(at + column, from, to)
    }
  }
}
