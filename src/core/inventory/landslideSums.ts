import { continueStraight } from '../scenes/slope'
import type { Sums } from './regions'

/** Planes of some rows of a raster, and the elevation of the rows beside them. */
export interface RowPlanes {
  width: number
  /** Of the raster. */
  top: number
  probability: Float32Array | null
  disagreement: Float32Array | null
  slope: Float32Array | null
  /** [2 + count, width]: a row more at the top and the bottom, NaN where there is none. */
  elevation: Float32Array | null
}

const P_COUNT = 0
const P_SUM = 1
const D_COUNT = 2
const D_SUM = 3
const S_COUNT = 4
const S_SUM = 5
/** Sums for the plane through the elevations: columns and rows of pixels, metres. */
const Z_COUNT = 6
const X = 7
const Y = 8
const Z = 9
const XX = 10
const XY = 11
const YY = 12
const XZ = 13
const YZ = 14
/** Unit vectors of the fall, along columns and rows. */
const FALL_COLUMN = 15
const FALL_ROW = 16
/** From here on the smallest counts, not the sum. */
const LEAST = 17
const P_LEAST = 17
const Z_LEAST = 18
const Z_MOST = 19
const S_MOST = 20
const LENGTH = 21

/** What of the pixels of a landslide is counted as rows come, so that none of their values has to be kept. */
export class LandslideSums implements Sums<LandslideSums> {
  private readonly values = new Float64Array(LENGTH)

  /** @param pixel ground size, for the direction of fall; null: not known */
  constructor(private readonly pixel: { width: number; height: number } | null) {
    this.values.fill(Number.POSITIVE_INFINITY, LEAST)
  }

  merge(other: LandslideSums): void {
    for (let i = 0; i < LEAST; i++) this.values[i]! += other.values[i]!
    for (let i = LEAST; i < LENGTH; i++) this.values[i] = Math.min(this.values[i]!, other.values[i]!)
  }

  /** Counts a run of pixels; values that are not finite are left out. */
  add(
    { width, top, probability, disagreement, slope, elevation }: RowPlanes,
    row: number,
    begin: number,
    end: number,
  ) {
    const { values } = this
    const from = (row - top) * width
    for (let column = begin; column < end; column++) {
      const at = from + column
      const p = probability ? probability[at]! : Number.NaN
      if (Number.isFinite(p)) {
        values[P_COUNT]!++
        values[P_SUM]! += p
        if (p < values[P_LEAST]!) values[P_LEAST] = p
      }
      const d = disagreement ? disagreement[at]! : Number.NaN
      if (Number.isFinite(d)) {
        values[D_COUNT]!++
        values[D_SUM]! += d
      }
      const s = slope ? slope[at]! : Number.NaN
      if (Number.isFinite(s)) {
        values[S_COUNT]!++
        values[S_SUM]! += s
        if (-s < values[S_MOST]!) values[S_MOST] = -s
      }
      if (elevation) this.addElevation(elevation, at + width, width, column, row)
    }
  }

  private addElevation(
    elevation: Float32Array,
    at: number,
    width: number,
    column: number,
    row: number,
  ): void {
    const { values } = this
    const z = elevation[at]!
    if (!Number.isFinite(z)) return
    values[Z_COUNT]!++
    values[X]! += column
    values[Y]! += row
    values[Z]! += z
    values[XX]! += column * column
    values[XY]! += column * row
    values[YY]! += row * row
    values[XZ]! += column * z
    values[YZ]! += row * z
    if (z < values[Z_LEAST]!) values[Z_LEAST] = z
    if (-z < values[Z_MOST]!) values[Z_MOST] = -z
    if (this.pixel) this.addFall(elevation, at, width, column, this.pixel)
  }

  /** Horn's gradient (1981), as `hornSlope`, of which only the direction counts. */
  private addFall(
    elevation: Float32Array,
    at: number,
    width: number,
    column: number,
    pixel: { width: number; height: number },
  ): void {
    let missing = false
    for (let i = 0; i < 9; i++) {
      const beside = column + (i % 3) - 1
      const z =
        beside < 0 || beside >= width
          ? Number.NaN
          : elevation[at + (Math.floor(i / 3) - 1) * width + (i % 3) - 1]!
      CELLS[i] = Number.isFinite(z) ? z : Number.NaN
      missing ||= !Number.isFinite(z)
    }
    if (missing) continueStraight(CELLS)
    const [a, b, c, d, , f, g, h, i] = CELLS as unknown as readonly number[]
    const across = (a! + 2 * d! + g! - (c! + 2 * f! + i!)) / pixel.width
    const down = (a! + 2 * b! + c! - (g! + 2 * h! + i!)) / pixel.height
    const steepness = Math.hypot(across, down)
    // Flat pixels face nowhere; NaN compares as false.
    if (!(steepness > 0)) return
    this.values[FALL_COLUMN]! += across / steepness
    this.values[FALL_ROW]! += down / steepness
  }

  get probability(): { mean: number; least: number } | null {
    const mean = this.mean(P_COUNT, P_SUM)
    return mean === null ? null : { mean, least: this.values[P_LEAST]! }
  }

  get disagreement(): number | null {
    return this.mean(D_COUNT, D_SUM)
  }

  get slope(): { mean: number; most: number } | null {
    const mean = this.mean(S_COUNT, S_SUM)
    return mean === null ? null : { mean, most: -this.values[S_MOST]! }
  }

  get elevation(): { least: number; most: number } | null {
    return this.values[Z_COUNT] === 0 ? null : { least: this.values[Z_LEAST]!, most: -this.values[Z_MOST]! }
  }

  /** Sum of the unit vectors of the fall, on the ground along columns and rows; null: flat, or not known. */
  get fall(): readonly [number, number] | null {
    const [column, row] = [this.values[FALL_COLUMN]!, this.values[FALL_ROW]!]
    // Directions that cancel each other leave nothing but what was rounded.
    return Math.hypot(column, row) > 1e-9 * Math.max(1, this.values[Z_COUNT]!) ? [column, row] : null
  }

  /**
   * Rise of the plane through the elevations (least squares), metres on a metre along columns and along rows; null where
   * they are fewer than two, or the pixels' size is not known. Of pixels in a line the rise along it, and none across.
   */
  get plane(): readonly [number, number] | null {
    const { pixel, values } = this
    const n = values[Z_COUNT]!
    if (!pixel || n < 2) return null
    const about = (product: number, one: number, other: number) =>
      values[product]! - (values[one]! * values[other]!) / n
    const xx = about(XX, X, X) * pixel.width ** 2
    const xy = about(XY, X, Y) * pixel.width * pixel.height
    const yy = about(YY, Y, Y) * pixel.height ** 2
    const xz = about(XZ, X, Z) * pixel.width
    const yz = about(YZ, Y, Z) * pixel.height
    const determinant = xx * yy - xy * xy
    const spread = xx + yy
    if (determinant > 1e-9 * spread * spread) {
      return [(xz * yy - yz * xy) / determinant, (yz * xx - xz * xy) / determinant]
    }
    // The line's own direction: the larger column of its covariance.
    const [along, down] = xx >= yy ? [xx, xy] : [xy, yy]
    const length = Math.hypot(along, down)
    if (!(length > 0)) return null
    const rise = (xz * along + yz * down) / length / spread
    return [(rise * along) / length, (rise * down) / length]
  }

  private mean(count: number, sum: number): number | null {
    return this.values[count]! > 0 ? this.values[sum]! / this.values[count]! : null
  }
}

const CELLS = new Float64Array(9)
