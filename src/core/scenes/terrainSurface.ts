import { AppError, throwIfAborted } from '../foundation/appError'
import { yieldToEventLoop } from '../foundation/job'
import type { PixelWindow } from '../raster/rasterSource'
import type { BlockCache } from './blockCache'
import type { PointTransform, Projection } from './projection'
import type { RasterMosaic } from './rasterMosaic'
import { averagedLevel, type PixelField, reduced } from './reducedMosaic'
import type { SceneGrid } from './scene'
import { hornSlope } from './slope'
import { type CellGrid, ControlGrid, type Kernel, kernelReach, type Plane, Resampler } from './warp'

/** Cells along the side of a piece of a surface that is computed and kept as one. */
const PIECE = 256

/** Of a pixel, over a whole scene: a shift that nobody can see, and that text with few digits makes. */
const SAME_GRID = 1e-3

/** Pixels of a source that one piece may need; more is no map of the place but a projection out of its depth. */
const MOST_PIXELS = 2 ** 24

/** Heights and slopes in cells of the scene's coordinate system, at the posting of the terrain model. */
export interface TerrainSurface {
  grid: CellGrid
  /** Metres between cells. */
  posting: number
  /** Where a scene's pixel lies in cells: exactly whole where both are one grid. */
  cellOfColumn(column: number): number
  cellOfRow(row: number): number
  /** Values of a window of cells, NaN where there is none; `slope` in degrees, null unless asked for. */
  read(
    window: PixelWindow,
    withSlope: boolean,
    signal?: AbortSignal,
  ): Promise<{ height: Plane; slope: Plane | null }>
}

interface Piece {
  height: Float32Array
  slope: Float32Array | null
}

/**
 * The surface of a mosaic of heights. A mosaic in the scene's coordinate system, north up, keeps its own cells and values;
 * any other is warped by a cubic kernel to square cells of its own posting. Those are counted from the origin of the
 * coordinate system, so that a cell's value does not depend on the window.
 *
 * @param toMosaic from the scene's coordinate system to the mosaic's
 */
export function terrainSurface(
  mosaic: RasterMosaic,
  grid: SceneGrid,
  projection: Projection,
  toMosaic: PointTransform,
  cache: BlockCache,
): TerrainSurface {
  const place: PointTransform = (x, y) => mosaic.placeOf(...toMosaic(x, y))
  const own = ownCells(mosaic, projection)
  const native = own ? { x: own.dx, y: -own.dy } : pixelSizeAt(place, grid, mosaic.path)
  const pixel = Math.min(grid.transform[1], -grid.transform[5])
  const mean = Math.sqrt(native.x * native.y)
  const level = averagedLevel({ scene: pixel, raster: mean }, mosaic.path)
  const field = reduced(mosaic, level, cache)
  const factor = 2 ** level
  // Three digits, so that neighbouring scenes have mostly the same cells.
  const posting = Number((mean * factor).toPrecision(3))
  const cells: CellGrid = own
    ? { x: own.x, y: own.y, dx: own.dx * factor, dy: own.dy * factor }
    : { x: 0, y: 0, dx: posting, dy: -posting }
  const heights = own
    ? (window: PixelWindow, signal?: AbortSignal) => field.read(window, signal)
    : warped(field, cells, (x, y) => field.placeOf(...toMosaic(x, y)), 'cubic', [
        posting / (native.x * factor),
        posting / (native.y * factor),
      ])
  const owner = {}
  const metres = (row: number) => projection.metresPerUnit(cells.y + (row + 0.5) * cells.dy)

  const compute = async (x: number, y: number, withSlope: boolean, signal?: AbortSignal): Promise<Piece> => {
    const halo = withSlope ? 1 : 0
    const side = PIECE + 2 * halo
    const wide = await heights(
      { column: x * PIECE - halo, row: y * PIECE - halo, width: side, height: side },
      signal,
    )
    if (!withSlope) return { height: wide.values, slope: null }
    const slope = hornSlope(
      wide,
      row => cells.dx * metres(y * PIECE + row),
      row => -cells.dy * metres(y * PIECE + row),
    )
    const height = new Float32Array(PIECE * PIECE)
    for (let row = 0; row < PIECE; row++) {
      height.set(wide.values.subarray((row + 1) * side + 1, (row + 1) * side + 1 + PIECE), row * PIECE)
    }
    return { height, slope }
  }

  return {
    grid: cells,
    posting: own ? mean * factor : posting,
    ...cellsOfScene(grid, cells),
    async read(window, withSlope, signal) {
      const plane = (): Plane => ({ ...window, values: new Float32Array(window.width * window.height) })
      const height = plane()
      const slope = withSlope ? plane() : null
      const right = window.column + window.width
      const bottom = window.row + window.height
      for (let y = Math.floor(window.row / PIECE); y * PIECE < bottom; y++) {
        for (let x = Math.floor(window.column / PIECE); x * PIECE < right; x++) {
          const piece = await cache.keep(
            owner,
            `${x}/${y}/${withSlope}`,
            ({ height, slope }) => height.byteLength + (slope?.byteLength ?? 0),
            async () => {
              await yieldToEventLoop()
              throwIfAborted(signal)
              return compute(x, y, withSlope, signal)
            },
            signal,
          )
          copyPiece(piece.height, x, y, height)
          if (slope) copyPiece(piece.slope!, x, y, slope)
        }
      }
      return { height, slope }
    },
  }
}

/** Reads windows of a grid of cells out of a field of pixels in another coordinate system. */
export function warped(
  field: PixelField,
  cells: CellGrid,
  place: PointTransform,
  kernel: Kernel,
  /** Cells in a pixel along x and y: pixels that are finer are averaged by a wider kernel. */
  size: readonly [number, number],
): (window: PixelWindow, signal?: AbortSignal) => Promise<Plane> {
  // GDAL, too, takes what is nearly as fine as fine enough.
  const scale = (pixels: number) => (pixels > 1 / 0.95 ? 1 / pixels : 1)
  const [scaleX, scaleY] = [scale(size[0]), scale(size[1])]
  const resampler = new Resampler(kernel, scaleX, scaleY)
  const reachX = kernelReach(kernel, scaleX)
  const reachY = kernelReach(kernel, scaleY)
  return async (window, signal) => {
    const values = new Float32Array(window.width * window.height).fill(Number.NaN)
    const control = new ControlGrid(cells, window, place)
    const [left, top, right, bottom] = control.bounds
    const { extent } = field
    const column = Math.max(extent.column, Math.floor(left) - reachX)
    const row = Math.max(extent.row, Math.floor(top) - reachY)
    const width = Math.min(extent.column + extent.width, Math.ceil(right) + reachX) - column
    const height = Math.min(extent.row + extent.height, Math.ceil(bottom) + reachY) - row
    const isInside = width >= 1 && height >= 1 && width * height <= MOST_PIXELS
    if (!isInside) return { ...window, values }
    const pixels = await field.read({ column, row, width, height }, signal)
    const at = new Float64Array(2)
    for (let y = 0; y < window.height; y++) {
      for (let x = 0; x < window.width; x++) {
        control.place(window.column + x, window.row + y, at)
        values[y * window.width + x] = resampler.at(pixels, at[0]!, at[1]!)
      }
    }
    return { ...window, values }
  }
}

/** The mosaic's own pixels, where they are north up and in the scene's coordinate system. */
function ownCells(mosaic: RasterMosaic, projection: Projection): CellGrid | null {
  const [x, dx, xRow, y, yColumn, dy] = mosaic.transform
  const isSame = mosaic.projection.definition === projection.definition
  return isSame && xRow === 0 && yColumn === 0 && dx > 0 && dy < 0 ? { x, y, dx, dy } : null
}

/**
 * Width and height of a raster's pixel in the middle of the scene, in the scene's units.
 *
 * @throws AppError `file-unsupported` where that place has none in the raster's coordinate system
 */
export function pixelSizeAt(place: PointTransform, grid: SceneGrid, path: string): { x: number; y: number } {
  const [x0, dx, , y0, , dy] = grid.transform
  const x = x0 + (dx * grid.width) / 2
  const y = y0 + (dy * grid.height) / 2
  const [column, row] = place(x, y)
  const [eastColumn, eastRow] = place(x + dx, y)
  const [southColumn, southRow] = place(x, y + dy)
  // Pixels in a unit, along each of the mosaic's axes.
  const columns = Math.hypot((eastColumn - column) / dx, (southColumn - column) / dy)
  const rows = Math.hypot((eastRow - row) / dx, (southRow - row) / dy)
  if (!(columns > 0) || !(rows > 0)) {
    throw new AppError(
      'file-unsupported',
      `"${path}" cannot be placed: its coordinate system does not reach the scene. ` +
        `Warp it: gdalwarp -t_srs ${grid.crs} -r cubic in.tif out.tif.`,
    )
  }
  return { x: 1 / columns, y: 1 / rows }
}

/** Places of the scene's pixels in cells; where both grids are one up to a shift, exactly whole numbers. */
function cellsOfScene(
  { transform, width, height }: SceneGrid,
  cells: CellGrid,
): Pick<TerrainSurface, 'cellOfColumn' | 'cellOfRow'> {
  const along = (origin: number, step: number, cell0: number, cell: number, count: number) => {
    const start = (origin - cell0) / cell
    const isSame =
      Math.abs(start - Math.round(start)) < SAME_GRID && Math.abs(step / cell - 1) * count < SAME_GRID
    return isSame
      ? (index: number) => index + Math.round(start)
      : (index: number) => (origin + (index + 0.5) * step - cell0) / cell - 0.5
  }
  return {
    cellOfColumn: along(transform[0], transform[1], cells.x, cells.dx, width),
    cellOfRow: along(transform[3], transform[5], cells.y, cells.dy, height),
  }
}

function copyPiece(piece: Float32Array, x: number, y: number, out: Plane): void {
  const left = Math.max(x * PIECE, out.column)
  const right = Math.min((x + 1) * PIECE, out.column + out.width)
  const bottom = Math.min((y + 1) * PIECE, out.row + out.height)
  for (let row = Math.max(y * PIECE, out.row); row < bottom; row++) {
    const from = (row - y * PIECE) * PIECE - x * PIECE
    out.values.set(piece.subarray(from + left, from + right), (row - out.row) * out.width + left - out.column)
  }
}
