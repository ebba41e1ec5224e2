import type { PixelWindow } from '../raster/rasterSource'
import type { PointTransform } from './projection'

/** Cells of a coordinate system, north up, without end: cell (c, r) has its upper left corner at x + c dx, y + r dy. */
export interface CellGrid {
  x: number
  y: number
  dx: number
  /** Below 0: rows go south. */
  dy: number
}

/** Cells between two places that are projected exactly. */
export const CONTROL_STEP = 16

/**
 * Where cells lie in the pixels of a raster: exact at every sixteenth cell corner, bilinear between. What it says of a cell
 * does not depend on the window that it was made for.
 */
export class ControlGrid {
  private readonly column: number
  private readonly row: number
  private readonly across: number
  private readonly nodes: Float64Array
  /** The pixels that the window's cells may lie in: left, top, right, bottom; NaN where none has a place. */
  readonly bounds: readonly [number, number, number, number]

  /**
   * @param window of cells; may lie anywhere, also below 0
   * @param place from the grid's coordinates to pixels of the raster, of corners
   */
  constructor(grid: CellGrid, window: PixelWindow, place: PointTransform) {
    this.column = Math.floor(window.column / CONTROL_STEP)
    this.row = Math.floor(window.row / CONTROL_STEP)
    this.across = Math.floor((window.column + window.width) / CONTROL_STEP) - this.column + 2
    const down = Math.floor((window.row + window.height) / CONTROL_STEP) - this.row + 2
    this.nodes = new Float64Array(this.across * down * 2)
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity]
    for (let j = 0; j < down; j++) {
      for (let i = 0; i < this.across; i++) {
        const x = grid.x + (this.column + i) * CONTROL_STEP * grid.dx
        const y = grid.y + (this.row + j) * CONTROL_STEP * grid.dy
        const [px, py] = place(x, y)
        this.nodes[(j * this.across + i) * 2] = px
        this.nodes[(j * this.across + i) * 2 + 1] = py
        if (Number.isNaN(px) || Number.isNaN(py)) continue
        left = Math.min(left, px)
        right = Math.max(right, px)
        top = Math.min(top, py)
        bottom = Math.max(bottom, py)
      }
    }
    this.bounds =
      left <= right ? [left, top, right, bottom] : [Number.NaN, Number.NaN, Number.NaN, Number.NaN]
  }

  /** Writes the place of a cell's centre, in pixels of corners: NaN where it has none. */
  place(column: number, row: number, out: Float64Array): void {
    const u = (column + 0.5) / CONTROL_STEP
    const v = (row + 0.5) / CONTROL_STEP
    const i = Math.floor(u)
    const j = Math.floor(v)
    const f = u - i
    const g = v - j
    const at = ((j - this.row) * this.across + i - this.column) * 2
    const below = at + this.across * 2
    const { nodes } = this
    for (let axis = 0; axis < 2; axis++) {
      const a = nodes[at + axis]! + (nodes[at + 2 + axis]! - nodes[at + axis]!) * f
      const b = nodes[below + axis]! + (nodes[below + 2 + axis]! - nodes[below + axis]!) * f
      out[axis] = a + (b - a) * g
    }
  }
}

/** `cubic` is the convolution with a = -0.5 (Keys 1981, Catmull-Rom), GDAL's `-r cubic`. */
export type Kernel = 'bilinear' | 'cubic'

/** A window of a raster whose pixels without a value are NaN. */
export interface Plane extends PixelWindow {
  values: Float32Array
}

/** Pixels of the raster around one cell that a value may be made of. */
export function kernelReach(kernel: Kernel, scale: number): number {
  return Math.ceil((kernel === 'cubic' ? 2 : 1) / scale) + 1
}

/**
 * The value of a raster at a place in its pixels. A place in a pixel without a value has none. Where a cubic kernel would
 * touch such pixels or leave the raster, it is bilinear over those that there are, as GDAL has it.
 *
 * @param scaleX 1, or less where pixels are finer than the cells that they are taken to: the kernel is as wide as a cell
 * @returns NaN where there is none
 */
export class Resampler {
  private readonly weightsX: Float64Array
  private readonly weightsY: Float64Array

  constructor(
    private readonly kernel: Kernel,
    private readonly scaleX: number,
    private readonly scaleY: number,
  ) {
    this.weightsX = new Float64Array(2 * kernelReach(kernel, scaleX) + 2)
    this.weightsY = new Float64Array(2 * kernelReach(kernel, scaleY) + 2)
  }

  at(plane: Plane, x: number, y: number): number {
    const column = Math.floor(x) - plane.column
    const row = Math.floor(y) - plane.row
    if (!(column >= 0 && row >= 0 && column < plane.width && row < plane.height)) return Number.NaN
    if (Number.isNaN(plane.values[row * plane.width + column]!)) return Number.NaN
    // From corners to centres, in the plane's own pixels.
    const u = snapped(x - 0.5) - plane.column
    const v = snapped(y - 0.5) - plane.row
    if (this.kernel === 'cubic') {
      const value = this.sum(plane, u, v, cubic, 2, false)
      if (!Number.isNaN(value)) return value
    }
    return this.sum(plane, u, v, triangle, 1, true)
  }

  /** @param isPartial leaves pixels without a value out, else one makes the sum NaN */
  private sum(
    plane: Plane,
    u: number,
    v: number,
    weight: (distance: number) => number,
    radius: number,
    isPartial: boolean,
  ): number {
    const { values, width, height } = plane
    const left = Math.ceil(u - radius / this.scaleX)
    const top = Math.ceil(v - radius / this.scaleY)
    const across = weigh(this.weightsX, left, u, this.scaleX, radius, weight)
    const down = weigh(this.weightsY, top, v, this.scaleY, radius, weight)
    let sum = 0
    let total = 0
    for (let j = 0; j < down; j++) {
      const wy = this.weightsY[j]!
      if (wy === 0) continue
      const row = top + j
      for (let i = 0; i < across; i++) {
        const w = wy * this.weightsX[i]!
        if (w === 0) continue
        const column = left + i
        const isInside = column >= 0 && row >= 0 && column < width && row < height
        const value = isInside ? values[row * width + column]! : Number.NaN
        if (Number.isNaN(value)) {
          if (isPartial) continue
          return Number.NaN
        }
        sum += w * value
        total += w
      }
    }
    return total > 0 ? sum / total : Number.NaN
  }
}

/** On one grid, rounding must not make a mean of what is a pixel's own value. */
function snapped(place: number): number {
  const whole = Math.round(place)
  return Math.abs(place - whole) < 1e-6 ? whole : place
}

function weigh(
  out: Float64Array,
  first: number,
  centre: number,
  scale: number,
  radius: number,
  weight: (distance: number) => number,
): number {
  const last = Math.floor(centre + radius / scale)
  for (let i = first; i <= last; i++) out[i - first] = weight(Math.abs(i - centre) * scale)
  return last - first + 1
}

function triangle(distance: number): number {
  return distance < 1 ? 1 - distance : 0
}

function cubic(distance: number): number {
  if (distance < 1) return (1.5 * distance - 2.5) * distance * distance + 1
  return distance < 2 ? ((-0.5 * distance + 2.5) * distance - 4) * distance + 2 : 0
}
