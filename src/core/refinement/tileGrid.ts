/** A square of the tiled prediction: where it is cut, the whole tile lying inside the (padded) raster. */
export interface Tile {
  column: number
  row: number
  width: number
  height: number
}

/**
 * Tiles that cover a raster, neighbours sharing at least `overlap` pixels; one tile if it fits.
 * Tiles are of one size and spread evenly, so that the last is not a sliver.
 */
export function tileGrid(width: number, height: number, tile: number, overlap: number): Tile[] {
  if (overlap >= tile) throw new RangeError(`Overlap ${overlap} must be smaller than the tile, ${tile}.`)
  const columns = starts(width, tile, overlap)
  const rows = starts(height, tile, overlap)
  return rows.flatMap(row =>
    columns.map(column => ({ column, row, width: Math.min(tile, width), height: Math.min(tile, height) })),
  )
}

function starts(length: number, tile: number, overlap: number): number[] {
  if (length <= tile) return [0]
  const count = Math.ceil((length - overlap) / (tile - overlap))
  return Array.from({ length: count }, (_, i) => Math.round((i * (length - tile)) / (count - 1)))
}

/**
 * Blending weight along one axis of a tile: 1 in the middle, falling linearly over the overlap towards an edge that
 * another tile continues, and never 0. Edges on the raster's own border keep weight 1.
 *
 * @returns [size] float32
 */
export function tileWeights(start: number, size: number, length: number, overlap: number): Float32Array {
  const weights = new Float32Array(size).fill(1)
  for (let i = 0; i < Math.min(overlap, size); i++) {
    const weight = (i + 1) / (overlap + 1)
    if (start > 0) weights[i] = Math.min(weights[i]!, weight)
    if (start + size < length) weights[size - 1 - i] = Math.min(weights[size - 1 - i]!, weight)
  }
  return weights
}
