import { AppError } from '../../foundation/appError'
import type { InputFile } from '../inputFile'
import type { RasterLimits } from '../rasterLimits'
import type { Codestream, ComponentStyles } from './codestream'

export interface TileBox {
  x0: number
  y0: number
  x1: number
  y1: number
}

/** Where a tile lies on the reference grid, cut at the image's edges. */
export function tileBox(stream: Codestream, index: number): TileBox {
  const { origin, tileOrigin, tile, across } = stream
  const left = tileOrigin.x + (index % across) * tile.width
  const top = tileOrigin.y + Math.floor(index / across) * tile.height
  return {
    x0: Math.max(left, origin.x),
    y0: Math.max(top, origin.y),
    x1: Math.min(left + tile.width, origin.x + stream.width),
    y1: Math.min(top + tile.height, origin.y + stream.height),
  }
}

/** The same area at a level: each corner rounded up (B.5). */
export function boxAtLevel({ x0, y0, x1, y1 }: TileBox, level: number): TileBox {
  const scale = 2 ** level
  const up = (value: number) => Math.ceil(value / scale)
  return { x0: up(x0), y0: up(y0), x1: up(x1), y1: up(y1) }
}

/** Packets and code-blocks of a tile: each takes the decoder time and memory, however few bytes it has. */
function countPieces(
  box: TileBox,
  { common, byComponent }: ComponentStyles,
  components: number,
  layers: number,
): { packets: number; blocks: number } {
  let packets = 0
  let blocks = 0
  for (let component = 0; component < components; component++) {
    const style = byComponent.get(component) ?? common
    for (let resolution = 0; resolution <= style.levels; resolution++) {
      const { x0, y0, x1, y1 } = boxAtLevel(box, style.levels - resolution)
      if (x1 <= x0 || y1 <= y0) continue
      const [width, height] = style.precincts[resolution]!
      const cells = (from: number, to: number, exponent: number) =>
        Math.ceil(to / 2 ** exponent) - Math.floor(from / 2 ** exponent)
      packets += cells(x0, x1, width) * cells(y0, y1, height) * layers
      const reach = resolution > 0 ? 1 : 0
      const blockWidth = Math.min(style.blockWidth + reach, width)
      const blockHeight = Math.min(style.blockHeight + reach, height)
      blocks += cells(x0, x1, blockWidth) * cells(y0, y1, blockHeight) * (resolution > 0 ? 3 : 1)
    }
  }
  return { packets, blocks }
}

const MOST_PACKETS = 2 ** 20

const MOST_BLOCKS = 2 ** 21

/** What the decoder holds of each sample, bytes: 32 bits twice over, measured. */
const BYTES_A_SAMPLE = 8

/**
 * Refuses tiles that would take the decoder more memory or time than allowed.
 *
 * @throws AppError `file-too-large`
 */
export function checkTileCost(
  file: InputFile,
  stream: Pick<Codestream, 'components'>,
  box: TileBox,
  styles: ComponentStyles,
  layers: number,
  limits: RasterLimits,
): void {
  const [width, height] = [box.x1 - box.x0, box.y1 - box.y0]
  const bytes = width * height * stream.components * BYTES_A_SAMPLE
  const fix = 'gdal_translate -of GTiff -co TILED=YES -co COMPRESS=DEFLATE'
  if (bytes > limits.blockBytes) {
    throw new AppError(
      'file-too-large',
      `"${file.path}" is stored in tiles of ${width} x ${height} pixels in ${stream.components} bands, which take ` +
        `${Math.round(bytes / 2 ** 20)} MB each to decode. Convert it with ${fix}.`,
    )
  }
  const { packets, blocks } = countPieces(box, styles, stream.components, layers)
  if (packets > MOST_PACKETS || blocks > MOST_BLOCKS) {
    throw new AppError(
      'file-too-large',
      `"${file.path}" splits a tile of ${width} x ${height} pixels into ${Math.max(packets, blocks)} pieces. ` +
        `Convert it with ${fix}.`,
    )
  }
}
