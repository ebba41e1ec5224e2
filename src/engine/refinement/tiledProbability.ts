/** A square of the tiled prediction: where it is cut, the whole tile lying inside the (padded) raster. */
interface Tile {
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
function tileWeights(start: number, size: number, length: number, overlap: number): Float32Array {
  const weights = new Float32Array(size).fill(1)
  for (let i = 0; i < Math.min(overlap, size); i++) {
    const weight = (i + 1) / (overlap + 1)
    if (start > 0) weights[i] = Math.min(weights[i]!, weight)
    if (start + size < length) weights[size - 1 - i] = Math.min(weights[size - 1 - i]!, weight)
  }
  return weights
}

export interface TilingOptions {
  /** Side above which a raster is cut into tiles, pixels. */
  tile: number
  /** Pixels that neighbouring tiles share and blend over. */
  overlap: number
}

/** 256 covers a competition patch in one pass and keeps a single dispatch short on weak GPUs. */
export const defaultTiling: TilingOptions = { tile: 256, overlap: 32 }

/** Longest side of a tile after it was enlarged: a dispatch stays short, and a competition patch at x4 is one tile. */
const LARGEST_PROMOTED_SIDE = 512

/** The tiling for a scale promotion, what the caller chose left as it is. */
export function tilingFor(scale: number, chosen: Partial<TilingOptions> = {}): TilingOptions {
  const tile = Math.min(
    defaultTiling.tile,
    Math.max(SMALLEST_SIDE * 2, Math.floor(LARGEST_PROMOTED_SIDE / scale)),
  )
  return { tile: chosen.tile ?? tile, overlap: chosen.overlap ?? defaultTiling.overlap }
}

/** The smallest side that every network takes: five halvings. */
export const SMALLEST_SIDE = 32

/**
 * Runs `predict` over a raster of any size: whole if it fits a tile, else tile by tile with linear blending where
 * tiles overlap. A side under 32 is filled up by repeating the edge, and cut off again.
 *
 * @param pixels [height, width, bands] float32, NHWC
 * @param predict probability of one tile, [h, w], from its pixels [h, w, bands]
 * @param onTile called after each tile with (done, total); may throw to stop
 * @returns [height, width] float32
 */
export async function tiledProbability(
  pixels: Float32Array,
  width: number,
  height: number,
  options: TilingOptions,
  predict: (pixels: Float32Array, width: number, height: number) => Promise<Float32Array>,
  onTile: (done: number, total: number) => void = () => {},
): Promise<Float32Array> {
  const paddedWidth = Math.max(SMALLEST_SIDE, width)
  const paddedHeight = Math.max(SMALLEST_SIDE, height)
  const bands = pixels.length / (width * height)
  const tiles = tileGrid(paddedWidth, paddedHeight, options.tile, options.overlap)
  if (tiles.length === 1 && paddedWidth === width && paddedHeight === height) {
    const probability = await predict(pixels, width, height)
    onTile(1, 1)
    return probability
  }
  const sum = new Float32Array(width * height)
  const weight = new Float32Array(width * height)
  let done = 0
  for (const tile of tiles) {
    const part = await predict(cut(pixels, width, height, bands, tile), tile.width, tile.height)
    const across = tileWeights(tile.column, tile.width, paddedWidth, options.overlap)
    const down = tileWeights(tile.row, tile.height, paddedHeight, options.overlap)
    for (let y = 0; y < tile.height && tile.row + y < height; y++) {
      for (let x = 0; x < tile.width && tile.column + x < width; x++) {
        const at = (tile.row + y) * width + tile.column + x
        const share = across[x]! * down[y]!
        sum[at] = sum[at]! + share * part[y * tile.width + x]!
        weight[at] = weight[at]! + share
      }
    }
    onTile(++done, tiles.length)
  }
  for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! / weight[i]!
  return sum
}

/** One tile's pixels; beyond the raster the nearest edge pixel repeats. */
function cut(pixels: Float32Array, width: number, height: number, bands: number, tile: Tile): Float32Array {
  const out = new Float32Array(tile.width * tile.height * bands)
  for (let y = 0; y < tile.height; y++) {
    const row = Math.min(height - 1, tile.row + y)
    for (let x = 0; x < tile.width; x++) {
      const from = (row * width + Math.min(width - 1, tile.column + x)) * bands
      out.set(pixels.subarray(from, from + bands), (y * tile.width + x) * bands)
    }
  }
  return out
}
