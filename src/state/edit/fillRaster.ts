import { aroundWindows, widenedWindow } from '../../core/masks/cellSpans'
import type { PixelPoint } from '../../core/masks/pixelSpans'
import { spectralDistance, spectralReference } from '../../core/masks/spectralLikeness'
import { BANDS } from '../../core/patches/bands'
import type { PixelWindow } from '../../core/raster/rasterSource'
import { windowOverlap } from '../../core/raster/windowOverlap'
import type { PatchRecord } from '../../core/review/records'
import { cellsOfScene } from '../patches/selectors'
import { loadMask, loadPixels } from '../review/masks'
import type { Studio } from '../studio'
import { clampValue, readGround } from './clamps'
import { maskToEdit } from './editMask'

/** A patch that a fill may spread over, at its place in the fill's raster. */
interface FillPiece {
  patch: PatchRecord
  window: PixelWindow
  mask: Uint8Array
  gate: (index: number) => boolean
}

/**
 * What a fill spreads over: the patch on screen and, where that is a cell on the map, the cells next to it: further a fill
 * would seldom be meant to go.
 */
export class FillRaster {
  readonly width: number
  readonly height: number
  /** The patch on screen in the raster. */
  readonly own: PixelWindow
  /** Pieces that are in memory. */
  readonly pieces: readonly FillPiece[]
  /** Cells beside it that are not. */
  private readonly unread: readonly { patch: PatchRecord; window: PixelWindow }[]
  /** Cells further away. */
  private readonly beyond: readonly PixelWindow[]

  private constructor(studio: Studio, patch: PatchRecord, held: NonNullable<ReturnType<typeof maskToEdit>>) {
    const { width, height, cell } = patch
    const own = cell?.window ?? { column: 0, row: 0, width, height }
    const onMap = studio.store.getState().view.mode === 'map'
    const cells = onMap ? cellsOfScene(studio.store.getState(), patch) : []
    const others = cells
      .filter(({ id }) => id !== patch.id)
      .flatMap(other => (other.cell ? [{ patch: other, window: other.cell.window }] : []))
    const isBeside = ({ window }: { window: PixelWindow }) =>
      windowOverlap(window, widenedWindow(own, 1)) !== null
    const beside = others.filter(isBeside)
    const around = aroundWindows([own, ...beside.map(({ window }) => window)])
    const inRaster = (window: PixelWindow) => ({
      ...window,
      column: window.column - around.column,
      row: window.row - around.row,
    })
    this.width = around.width
    this.height = around.height
    this.own = inRaster(own)
    const found = beside.map(one => ({
      patch: one.patch,
      window: inRaster(one.window),
      held: maskToEdit(studio, one.patch),
    }))
    this.pieces = [
      { patch, window: this.own, ...held },
      ...found.flatMap(one => (one.held ? [{ patch: one.patch, window: one.window, ...one.held }] : [])),
    ]
    this.unread = found.filter(one => one.held === null)
    this.beyond = others.filter(one => !isBeside(one)).map(one => inRaster(one.window))
  }

  /** null: the patch is not in memory. */
  static of(studio: Studio, patch: PatchRecord): FillRaster | null {
    const held = maskToEdit(studio, patch)
    return held && new FillRaster(studio, patch, held)
  }

  /** The pixel of the raster under a place on the patch on screen. */
  pixelAt({ column, row }: PixelPoint): { column: number; row: number } {
    return { column: Math.floor(column) + this.own.column, row: Math.floor(row) + this.own.row }
  }

  /** Calls a piece's own function for a pixel of the raster; false where there is no piece. */
  asPieces(functionOf: (piece: FillPiece) => (index: number) => boolean): (index: number) => boolean {
    const asked = this.pieces.map(piece => ({ ...piece.window, ask: functionOf(piece) }))
    let last = asked[0]!
    return index => {
      const row = Math.floor(index / this.width)
      const column = index - row * this.width
      const isIn = (piece: typeof last) =>
        column >= piece.column &&
        column < piece.column + piece.width &&
        row >= piece.row &&
        row < piece.row + piece.height
      const piece = isIn(last) ? last : asked.find(isIn)
      if (!piece) return false
      last = piece
      return piece.ask((row - piece.row) * piece.width + column - piece.column)
    }
  }

  /** Cells that runs of pixels touch and that are not in memory. */
  unreadBeside(isFilled: (column: number, row: number) => boolean): PatchRecord[] {
    return this.unread.filter(({ window }) => this.touches(window, isFilled)).map(({ patch }) => patch)
  }

  /** Whether runs of pixels touch cells that are too far away to be filled. */
  endsBefore(isFilled: (column: number, row: number) => boolean): boolean {
    return this.beyond.some(window => this.touches(window, isFilled))
  }

  private touches(window: PixelWindow, isFilled: (column: number, row: number) => boolean): boolean {
    const { column, row, width, height } = window
    // Pixels connect by their edges.
    const sides = [
      { column: column - 1, row, width: 1, height },
      { column: column + width, row, width: 1, height },
      { column, row: row - 1, width, height: 1 },
      { column, row: row + height, width, height: 1 },
    ]
    const raster = { column: 0, row: 0, width: this.width, height: this.height }
    return sides.some(side => {
      const strip = windowOverlap(side, raster)
      if (!strip) return false
      for (let y = strip.row; y < strip.row + strip.height; y++) {
        for (let x = strip.column; x < strip.column + strip.width; x++) if (isFilled(x, y)) return true
      }
      return false
    })
  }
}

/** Puts all into memory that a fill looks at of a cell. */
export async function readToFill(studio: Studio, patch: PatchRecord): Promise<void> {
  await Promise.all([loadPixels(studio, patch.id), loadMask(studio, patch)])
  await readGround(studio, patch)
}

/** Whether pixels of the raster are like its pixel `first` in what the fill compares. */
export function likeness(
  studio: Studio,
  raster: FillRaster,
  first: { column: number; row: number },
): (index: number) => boolean {
  const { edit } = studio.store.getState()
  const home = raster.pieces.find(({ window }) => windowOverlap(window, { ...first, width: 1, height: 1 }))
  if (!home) return () => false
  const { window, patch, mask } = home
  const at = (first.row - window.row) * window.width + first.column - window.column
  const dataOf = (id: string) => studio.pixels.pixels.get(id)
  switch (edit.fillBy) {
    case 'mask': {
      const value = mask[at]
      return raster.asPieces(piece => index => piece.mask[index] === value)
    }
    case 'probability': {
      const value = clampValue(studio, patch, 'probability')(at)
      return raster.asPieces(piece => {
        const valueAt = clampValue(studio, piece.patch, 'probability')
        return index => Math.abs(valueAt(index) - value) <= edit.fillTolerance
      })
    }
    case 'spectrum': {
      const pixels = dataOf(patch.id)
      if (!pixels) return () => false
      const reference = spectralReference(pixels.data, window.width * window.height, pixels.valid, at)
      return raster.asPieces(piece => {
        const other = dataOf(piece.patch.id)
        if (!other) return () => false
        const area = piece.window.width * piece.window.height
        const distance = spectralDistance(reference, other.data, area, other.valid)
        return index => distance(index) <= edit.fillSpectralTolerance
      })
    }
    case 'band': {
      const band = Math.min(BANDS.length - 1, Math.max(0, edit.fillBand))
      const value = dataOf(patch.id)?.data[band * window.width * window.height + at] ?? Number.NaN
      const reach = Math.abs(value) * edit.fillBandTolerance
      return raster.asPieces(piece => {
        const offset = band * piece.window.width * piece.window.height
        const data = dataOf(piece.patch.id)?.data
        return index => Math.abs((data?.[offset + index] ?? Number.NaN) - value) <= reach
      })
    }
  }
}
