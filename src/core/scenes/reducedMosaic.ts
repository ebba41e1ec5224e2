import { AppError } from '../foundation/appError'
import type { PixelWindow } from '../raster/rasterSource'
import type { BlockCache } from './blockCache'
import type { RasterMosaic } from './rasterMosaic'
import type { Plane } from './warp'

/** Most pixels along the side of a window that one reduced block is made of. */
const READ_SIDE = 2048

/** 256 pixels averaged to one along each side: 4 cm to a scene's 10 m. */
const MOST_LEVEL = 8

/**
 * How often pixels are halved so that they are not much finer than a scene's.
 *
 * @param sides of a pixel of the scene and of the raster, in the same unit
 * @throws AppError `file-unsupported` where that is more than the scene can be worth
 */
export function averagedLevel(sides: { scene: number; raster: number }, path: string): number {
  // A raster of 5 m is one of 10 m then; of 7 m it stays.
  const level = Math.max(0, Math.floor(Math.log2(sides.scene / sides.raster) + 0.1))
  if (level <= MOST_LEVEL) return level
  throw new AppError(
    'file-unsupported',
    `"${path}" is ${Math.round(sides.scene / sides.raster).toLocaleString('en')} times finer than the scene. ` +
      `Average it first: gdalwarp -tr ${sides.scene} ${sides.scene} -r average in.tif out.tif.`,
  )
}

/** What a warp reads from: pixels in their own grid, NaN where there is no value. */
export interface PixelField {
  readonly extent: PixelWindow
  placeOf(x: number, y: number): readonly [number, number]
  read(window: PixelWindow, signal?: AbortSignal): Promise<Plane>
}

/**
 * A mosaic with 2^level pixels along each side averaged to one, for a terrain model that is much finer than the scene.
 * A pixel has a value where half of those beneath it have.
 *
 * Overviews in files are not used: most are every second pixel of the one below.
 */
export function reduced(mosaic: RasterMosaic, level: number, cache: BlockCache): PixelField {
  if (level === 0) return mosaic
  const factor = 2 ** level
  const side = Math.min(128, Math.max(1, READ_SIDE / factor))
  const owner = {}
  const { column, row, width, height } = mosaic.extent
  const left = Math.floor(column / factor)
  const top = Math.floor(row / factor)
  const extent = {
    column: left,
    row: top,
    width: Math.ceil((column + width) / factor) - left,
    height: Math.ceil((row + height) / factor) - top,
  }
  const block = async (x: number, y: number, signal?: AbortSignal): Promise<Float32Array> => {
    const window = {
      column: x * side * factor,
      row: y * side * factor,
      width: side * factor,
      height: side * factor,
    }
    return average(await mosaic.read(window, signal), factor, side)
  }
  return {
    extent,
    placeOf(x, y) {
      const [column, row] = mosaic.placeOf(x, y)
      return [column / factor, row / factor]
    },
    async read(window, signal) {
      const values = new Float32Array(window.width * window.height)
      const right = window.column + window.width
      const bottom = window.row + window.height
      for (let y = Math.floor(window.row / side); y * side < bottom; y++) {
        for (let x = Math.floor(window.column / side); x * side < right; x++) {
          const plane = await cache.keep(
            owner,
            `${x}/${y}`,
            kept => kept.byteLength,
            () => block(x, y, signal),
            signal,
          )
          const from = Math.max(x * side, window.column)
          const to = Math.min((x + 1) * side, right)
          for (let r = Math.max(y * side, window.row); r < Math.min((y + 1) * side, bottom); r++) {
            const start = (r - y * side) * side - x * side
            values.set(
              plane.subarray(start + from, start + to),
              (r - window.row) * window.width + from - window.column,
            )
          }
        }
      }
      return { ...window, values }
    },
  }
}

function average({ values }: Plane, factor: number, side: number): Float32Array {
  const out = new Float32Array(side * side)
  const width = side * factor
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      let sum = 0
      let count = 0
      for (let y = row * factor; y < (row + 1) * factor; y++) {
        for (let at = y * width + column * factor, end = at + factor; at < end; at++) {
          if (Number.isNaN(values[at]!)) continue
          sum += values[at]!
          count++
        }
      }
      out[row * side + column] = count * 2 >= factor * factor ? sum / count : Number.NaN
    }
  }
  return out
}
