import { AppError, throwIfAborted } from '../foundation/appError'
import type { AffineTransform, PixelWindow, RasterSource, SampleArray } from '../raster/rasterSource'
import type { BlockCache } from './blockCache'
import type { Projection } from './projection'
import type { Plane } from './warp'

/** A raster of one band with its place. */
export interface PlacedRaster {
  source: RasterSource
  projection: Projection
  transform: AffineTransform
  /** What stored values are multiplied by. */
  scale: number
}

/** What counts as a value, in units after scaling. */
export interface ValueRange {
  least: number
  most: number
}

interface Tile extends PixelWindow {
  source: RasterSource
  scale: number
  isVoid: (value: number) => boolean
}

/** Of a pixel: tiles whose grids differ by less lie on one grid. */
const GRID_TOLERANCE = 0.01

/** Stored by tools that declare no no-data value. */
const UNDECLARED_VOIDS = [-32768, -32767, -9999]

/**
 * Rasters of one grid as one raster: the first on top, the next where it has no value. Its pixels are those of the first
 * raster, continued without end; outside all of them there is no value.
 */
export class RasterMosaic {
  readonly projection: Projection
  readonly transform: AffineTransform
  /** Of the first raster, for messages. */
  readonly path: string
  /** The pixels that its rasters cover. */
  readonly extent: PixelWindow
  private readonly tiles: Tile[]

  /** @param placed rasters that `onOneGrid` put together, not empty */
  constructor(
    placed: readonly PlacedRaster[],
    private readonly cache: BlockCache,
    private readonly range: ValueRange,
  ) {
    const [first] = placed as [PlacedRaster]
    this.projection = first.projection
    this.transform = first.transform
    this.path = first.source.path
    this.tiles = placed.map(({ source, scale, transform }) => {
      const [column, row] = toPixels(first.transform, transform[0], transform[3])
      return {
        source,
        scale,
        isVoid: voidTest(source),
        column: Math.round(column),
        row: Math.round(row),
        width: source.width,
        height: source.height,
      }
    })
    const left = Math.min(...this.tiles.map(tile => tile.column))
    const top = Math.min(...this.tiles.map(tile => tile.row))
    this.extent = {
      column: left,
      row: top,
      width: Math.max(...this.tiles.map(tile => tile.column + tile.width)) - left,
      height: Math.max(...this.tiles.map(tile => tile.row + tile.height)) - top,
    }
  }

  /**
   * Pixel coordinates (of corners) of a place in the mosaic's own coordinate system. Longitudes are taken the short way
   * round: a mosaic may cross the 180th meridian.
   */
  placeOf(x: number, y: number): readonly [number, number] {
    const [column, row] = toPixels(this.transform, x, y)
    if (!this.projection.isGeographic) return [column, row]
    const turn = 360 / this.projection.degreesPerUnit / Math.abs(this.transform[1])
    const middle = this.extent.column + this.extent.width / 2
    return [column - turn * Math.round((column - middle) / turn), row]
  }

  /** Values of a window, which may leave the mosaic: NaN where there is none. */
  async read(window: PixelWindow, signal?: AbortSignal): Promise<Plane> {
    const values = new Float32Array(window.width * window.height).fill(Number.NaN)
    for (const tile of this.tiles) {
      const left = Math.max(window.column, tile.column)
      const top = Math.max(window.row, tile.row)
      const width = Math.min(window.column + window.width, tile.column + tile.width) - left
      const height = Math.min(window.row + window.height, tile.row + tile.height) - top
      if (width < 1 || height < 1) continue
      throwIfAborted(signal)
      const part = { column: left - tile.column, row: top - tile.row, width, height }
      const [plane] = await this.cache.read(tile.source, { window: part, bands: [0], signal })
      this.fill(values, window, plane!, { column: left, row: top, width, height }, tile)
    }
    return { ...window, values }
  }

  private fill(
    values: Float32Array,
    window: PixelWindow,
    plane: SampleArray,
    part: PixelWindow,
    tile: Tile,
  ): void {
    const { least, most } = this.range
    for (let y = 0; y < part.height; y++) {
      let to = (part.row + y - window.row) * window.width + part.column - window.column
      for (let x = 0; x < part.width; x++, to++) {
        if (!Number.isNaN(values[to]!)) continue
        const stored = plane[y * part.width + x]!
        const value = stored * tile.scale
        if (value >= least && value <= most && !tile.isVoid(stored)) values[to] = value
      }
    }
  }
}

/** Sorts rasters into those that lie on one grid, in the order of the first of each. */
export function onOneGrid(placed: readonly PlacedRaster[]): PlacedRaster[][] {
  const groups: PlacedRaster[][] = []
  for (const raster of placed) {
    const group = groups.find(([first]) => isSameGrid(first!, raster))
    if (group) group.push(raster)
    else groups.push([raster])
  }
  return groups
}

function isSameGrid(first: PlacedRaster, other: PlacedRaster): boolean {
  if (first.projection.definition !== other.projection.definition) return false
  const [x, , , y] = other.transform
  const { width, height } = other.source
  const start = toPixels(first.transform, x, y)
  const end = toPixels(first.transform, ...corner(other.transform, width, height))
  const isNear = (value: number) => Math.abs(value - Math.round(value)) < GRID_TOLERANCE
  return (
    start.every(isNear) &&
    Math.abs(end[0] - start[0] - width) < GRID_TOLERANCE &&
    Math.abs(end[1] - start[1] - height) < GRID_TOLERANCE
  )
}

function corner(transform: AffineTransform, column: number, row: number): [number, number] {
  const [x, xColumn, xRow, y, yColumn, yRow] = transform
  return [x + column * xColumn + row * xRow, y + column * yColumn + row * yRow]
}

/** Pixel coordinates of a place, of corners. */
export function toPixels(transform: AffineTransform, x: number, y: number): [number, number] {
  const [x0, xColumn, xRow, y0, yColumn, yRow] = transform
  const determinant = xColumn * yRow - xRow * yColumn
  const dx = x - x0
  const dy = y - y0
  return [(dx * yRow - dy * xRow) / determinant, (dy * xColumn - dx * yColumn) / determinant]
}

function voidTest({ nodata, dtype }: RasterSource): (value: number) => boolean {
  // A declared value is text in the file, and may have more digits than its samples.
  const declared = nodata === null ? Number.NaN : dtype === 'float32' ? Math.fround(nodata) : nodata
  return value => value === declared || UNDECLARED_VOIDS.includes(value)
}

/**
 * @throws AppError `file-unsupported` where a raster has no place, or more than one band
 */
export function placedTransform(source: RasterSource, what: string): AffineTransform {
  const name = `"${source.path}"`
  if (source.bandCount !== 1) {
    throw new AppError(
      'file-unsupported',
      `${name} has ${source.bandCount} bands; ${what} has one. Take it out: gdal_translate -b 1 in.tif out.tif.`,
    )
  }
  const transform = source.georeference?.transform
  const [, xColumn = 0, xRow = 0, , yColumn = 0, yRow = 0] = transform ?? []
  if (!transform || !(Math.abs(xColumn * yRow - xRow * yColumn) > 0)) {
    throw new AppError(
      'file-unsupported',
      `${name} does not say where it lies. Give it with its world file, or with its position in it (GeoTIFF).`,
    )
  }
  return transform
}
