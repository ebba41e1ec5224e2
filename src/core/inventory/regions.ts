import type { PixelWindow } from '../raster/rasterSource'

/** Runs of a region in reading order; none touches another in its row. */
export interface RegionRuns {
  /** Row of the first run. */
  top: number
  /** Index of the first run of each row from `top` on, and of the end. Every row has at least one. */
  rows: Int32Array
  begins: Int32Array
  /** Columns behind the last. */
  ends: Int32Array
}

/** What is counted over the pixels of a region while rows come. */
export interface Sums<Self> {
  /** Takes over what another part of the same region has counted. */
  merge(other: Self): void
}

/** A region while its rows come: one that was joined to another says to which. */
export class Region<S extends Sums<S>> {
  pixels = 0
  /** Holes that were filled, and their pixels, which count in `pixels` too. */
  filledHoles = 0
  filledPixels = 0
  bottom = -1
  isClosed = false
  /** Of the region that it was joined to; itself: none. */
  private root: Region<S> = this
  private runs = new Int32Array(12)
  private length = 0

  constructor(
    /** In reading order of first pixels. */
    public serial: number,
    readonly sums: S,
  ) {}

  get runCount(): number {
    return this.length / 3
  }

  find(): Region<S> {
    let at: Region<S> = this
    while (at.root !== at) {
      at.root = at.root.root
      at = at.root
    }
    return at
  }

  push(row: number, begin: number, end: number): void {
    this.reserve(3)
    this.runs[this.length] = row
    this.runs[this.length + 1] = begin
    this.runs[this.length + 2] = end
    this.length += 3
    this.pixels += end - begin
    this.bottom = row
  }

  /** Joins two roots, the shorter list to the longer, so that all joins together copy n log n runs at most. */
  join(other: Region<S>): Region<S> {
    if (other === this) return this
    if (other.length > this.length) return other.join(this)
    this.takeRuns(other)
    this.filledHoles += other.filledHoles
    this.filledPixels += other.filledPixels
    this.bottom = Math.max(this.bottom, other.bottom)
    this.serial = Math.min(this.serial, other.serial)
    this.sums.merge(other.sums)
    other.root = this
    return this
  }

  /** Adds the pixels of a hole. */
  fill(hole: Region<S>): void {
    this.filledHoles++
    this.filledPixels += hole.pixels
    this.takeRuns(hole)
  }

  /** Forgets what is of no use any more. */
  drop(): void {
    this.runs = new Int32Array(0)
    this.length = 0
  }

  private takeRuns(other: Region<S>): void {
    this.reserve(other.length)
    this.runs.set(other.runs.subarray(0, other.length), this.length)
    this.length += other.length
    this.pixels += other.pixels
    other.drop()
  }

  private reserve(more: number): void {
    if (this.length + more <= this.runs.length) return
    const larger = new Int32Array(Math.max(this.length + more, Math.ceil(this.length / 2) * 3))
    larger.set(this.runs.subarray(0, this.length))
    this.runs = larger
  }

  /** Runs in reading order, those that touch in a row made one. */
  sortedRuns(): RegionRuns {
    const { runs, length, runCount } = this
    let top = Number.POSITIVE_INFINITY
    let bottom = 0
    for (let i = 0; i < length; i += 3) {
      top = Math.min(top, runs[i]!)
      bottom = Math.max(bottom, runs[i]!)
    }
    // By rows first: places are counted, then filled.
    const places = new Int32Array(bottom - top + 2)
    for (let i = 0; i < length; i += 3) places[runs[i]! - top + 1]!++
    for (let i = 1; i < places.length; i++) places[i]! += places[i - 1]!
    const keys = new Float64Array(runCount)
    const next = places.slice()
    for (let i = 0; i < length; i += 3) keys[next[runs[i]! - top]!++] = runs[i + 1]! * COLUMNS + runs[i + 2]!
    const begins = new Int32Array(runCount)
    const ends = new Int32Array(runCount)
    const rows = new Int32Array(places.length)
    let count = 0
    for (let row = 0; row + 1 < places.length; row++) {
      rows[row] = count
      // Numbers of a typed array are sorted as numbers; sorted ones cost a pass.
      const line = keys.subarray(places[row]!, places[row + 1]!).sort()
      for (const key of line) {
        const begin = Math.floor(key / COLUMNS)
        const end = key % COLUMNS
        if (count > rows[row]! && ends[count - 1] === begin) ends[count - 1] = end
        else {
          begins[count] = begin
          ends[count++] = end
        }
      }
    }
    rows[rows.length - 1] = count
    return { top, rows, begins: begins.subarray(0, count), ends: ends.subarray(0, count) }
  }
}

/** More than any raster has, so that a run is one number. */
const COLUMNS = 2 ** 26

/** Smallest window around a region. */
export function windowOf({ top, rows, begins, ends }: RegionRuns): PixelWindow {
  let left = Number.POSITIVE_INFINITY
  let right = 0
  for (const begin of begins) if (begin < left) left = begin
  for (const end of ends) if (end > right) right = end
  return { column: left, row: top, width: right - left, height: rows.length - 1 }
}
