import { IGNORE } from '../patches/patch'
import type { Georeference, PixelWindow } from '../raster/rasterSource'
import { georeferenceOf } from '../scenes/stack'

/** A part of a mosaic: bytes of a window of it. */
export interface MosaicPiece {
  /** In pixels of the mosaic. */
  window: PixelWindow
  /** Where pieces overlap the higher rank counts; of equal ranks, the later of the list. */
  rank: number
  /** @returns [height, width], 255 where there is nothing; null: nothing at all. */
  read(): Promise<Uint8Array | null>
}

/**
 * Rows of a mosaic for `streamCog`. A pixel without data never hides one that has some.
 *
 * @returns what gives [count, width] from row `top` on, 255 where no piece has data; as `placedRows`
 */
export function mosaicRows(
  width: number,
  pieces: readonly MosaicPiece[],
): (top: number, count: number) => Promise<Uint8Array> {
  const placed = placedRows(width, pieces, piece => piece.read())
  return async (top, count) => {
    const rows = new Uint8Array(width * count).fill(IGNORE)
    for await (const { read, from, to, length } of placed(top, count)) {
      if (!read) continue
      for (let x = 0; x < length; x++) {
        const value = read[from + x]!
        if (value !== IGNORE) rows[to + x] = value
      }
    }
    return rows
  }
}

/** A row of a piece, and where it lies in rows of its mosaic. */
export interface PlacedRow<Read> {
  read: Read
  /** Pixels of the piece and of the mosaic's rows at which it begins, and how many it is long. */
  from: number
  to: number
  length: number
}

/**
 * The rows of pieces that lie among rows of a mosaic, in the order in which they are laid over each other: higher ranks
 * later. Asked for from the top down, each piece is read once; in memory are the pieces that reach further down.
 */
export function placedRows<Piece extends Pick<MosaicPiece, 'window' | 'rank'>, Read>(
  width: number,
  pieces: readonly Piece[],
  readPiece: (piece: Piece) => Promise<Read>,
): (top: number, count: number) => AsyncGenerator<PlacedRow<Read>> {
  const byRank = [...pieces].sort((a, b) => a.rank - b.rank)
  const kept = new Map<Piece, Read>()
  return async function* (top, count) {
    const bottom = top + count
    for (const piece of byRank) {
      const { window } = piece
      const end = window.row + window.height
      if (window.row >= bottom || end <= top) {
        // What a pass that was broken off left.
        kept.delete(piece)
        continue
      }
      const read = kept.has(piece) ? (kept.get(piece) as Read) : await readPiece(piece)
      if (end > bottom) kept.set(piece, read)
      else kept.delete(piece)
      for (let row = Math.max(top, window.row); row < Math.min(bottom, end); row++) {
        yield {
          read,
          from: (row - window.row) * window.width,
          to: (row - top) * width + window.column,
          length: window.width,
        }
      }
    }
  }
}

/** What has to be known of a raster to lay it beside others. */
export interface GridPlace {
  georeference: Georeference | null
  width: number
  height: number
}

/** Rasters on one grid: one mosaic holds them without a pixel moved. */
export interface SharedGrid<Place extends GridPlace> extends GridPlace {
  members: { place: Place; window: PixelWindow }[]
}

/** Puts together the rasters that lie on one grid: the same system and pixels, corners whole pixels apart. */
export function sharedGrids<Place extends GridPlace>(places: readonly Place[]): SharedGrid<Place>[] {
  const groups: Place[][] = []
  for (const place of places) {
    const group = groups.find(([first]) => offsetOn(first!, place) !== null)
    if (group) group.push(place)
    else groups.push([place])
  }
  return groups.map(group => {
    const first = group[0]!
    const offsets = group.map(place => offsetOn(first, place) ?? { column: 0, row: 0 })
    const column = Math.min(...offsets.map(offset => offset.column))
    const row = Math.min(...offsets.map(offset => offset.row))
    const members = group.map((place, i) => {
      const { width, height } = place
      const offset = offsets[i]!
      return { place, window: { column: offset.column - column, row: offset.row - row, width, height } }
    })
    const width = Math.max(...members.map(({ window }) => window.column + window.width))
    const height = Math.max(...members.map(({ window }) => window.row + window.height))
    const georeference = georeferenceOf(first.georeference, { column, row, width, height })
    return { georeference, width, height, members }
  })
}

/** Pixels by which a corner may lie beside the grid: the rounding of coordinates, no more. */
const OFF_GRID = 0.01

/** Where a raster begins in pixels of another; null: they are not on one grid. */
function offsetOn(one: GridPlace, other: GridPlace): { column: number; row: number } | null {
  const [a, b] = [one.georeference, other.georeference]
  if (!a?.crs || a.crs !== b?.crs || !a.transform || !b.transform) return null
  const [x0, dx, xTurn, y0, yTurn, dy] = a.transform
  const [x, otherDx, otherXTurn, y, otherYTurn, otherDy] = b.transform
  if ([xTurn, yTurn, otherXTurn, otherYTurn].some(turn => turn !== 0)) return null
  const column = wholePixel((x - x0) / dx)
  const row = wholePixel((y - y0) / dy)
  // The far corner, too: pixels that are a little larger only show there.
  const right = wholePixel((x + otherDx * other.width - x0) / dx)
  const bottom = wholePixel((y + otherDy * other.height - y0) / dy)
  if (column === null || row === null || right === null || bottom === null) return null
  return right - column === other.width && bottom - row === other.height ? { column, row } : null
}

function wholePixel(at: number): number | null {
  const whole = Math.round(at)
  return Math.abs(at - whole) <= OFF_GRID ? whole : null
}
