import { AppError } from '../foundation/appError'
import { Region, type Sums } from './regions'

/** What may be held of regions that are not given out yet. */
export interface RegionLimits {
  /** Of all of them: 12 bytes each, 50 of that region which is traced. */
  runs: number
  /** Regions, those that wait for one that began before them included: some 500 bytes each. */
  regions: number
}

const LIMITS: RegionLimits = { runs: 10_000_000, regions: 1_000_000 }

/** Runs of one row and the regions that they belong to. */
class Line<S extends Sums<S>> {
  begins: number[] = []
  ends: number[] = []
  regions: Region<S>[] = []

  clear(): void {
    this.begins.length = 0
    this.ends.length = 0
    this.regions.length = 0
  }

  add(begin: number, end: number, region: Region<S>): void {
    this.begins.push(begin)
    this.ends.push(end)
    this.regions.push(region)
  }
}

/** What of a raster is a region, and which of its holes are filled. */
export interface RegionRule {
  /** By value of the mask: 1 where it belongs to a region. */
  members: Uint8Array
  /** Largest hole to fill by its first row, pixels; absent: none is filled. */
  mostHole?: (row: number) => number
  /** By value of the mask: 1 where it makes a hole unfit to be filled. */
  unfit?: Uint8Array
}

/**
 * 8-connected regions of a raster whose rows come from the top down.
 *
 * Of each region the runs and the sums are kept until it is given out, which is when it has ended and all that began
 * before it have: in reading order of first pixels. Nothing else of the raster is kept but the row above. Time is
 * n log n in the runs of the mask at worst (a comb or a spiral, whose parts are joined late), linear elsewhere.
 *
 * Filling (`mostHole`): a hole is a 4-connected region of other pixels that touches neither the edge of the raster, nor
 * a second region (an island), nor an `unfit` pixel.
 */
export class RegionTracker<S extends Sums<S>> {
  private above = new Line<S>()
  private here = new Line<S>()
  private gapsAbove = new Line<S>()
  private gapsHere = new Line<S>()
  private readonly holes = new Map<Region<S>, HoleFacts<S>>()
  /** Not given out yet, by serial, first ones first. */
  private readonly waiting = new Map<number, Region<S>>()
  private serial = 0
  private held = 0

  /** @param name of the raster, for messages */
  constructor(
    private readonly name: string,
    private readonly width: number,
    private readonly height: number,
    private readonly rule: RegionRule,
    private readonly makeSums: () => S,
    private readonly limits = LIMITS,
  ) {}

  /**
   * @param mask of which the row begins at `offset`
   * @param visit called for every run, with the sums of its region so far
   * @throws AppError `file-too-large` where more is held than may be: ten million runs, a million regions
   */
  addRow(
    row: number,
    mask: Uint8Array,
    offset: number,
    visit?: (sums: S, begin: number, end: number) => void,
  ): void {
    const { above, here, width, rule } = this
    const { members } = rule
    here.clear()
    let near = 0
    for (let at = 0; at < width; at++) {
      if (members[mask[offset + at]!] === 0) continue
      const begin = at
      do at++
      while (at < width && members[mask[offset + at]!] !== 0)
      // A run that ends where another begins touches it by a corner.
      while (near < above.ends.length && above.ends[near]! < begin) near++
      let region: Region<S> | null = null
      for (let other = near; other < above.begins.length && above.begins[other]! <= at; other++) {
        const found = above.regions[other]!.find()
        region = region ? this.joined(region, found) : found
      }
      region ??= this.opened()
      region.push(row, begin, at)
      this.held++
      visit?.(region.sums, begin, at)
      here.add(begin, at, region)
    }
    if (this.held > this.limits.runs || this.waiting.size > this.limits.regions) throw this.tooRagged()
    if (rule.mostHole) this.addGaps(row, mask, offset)
    for (const one of above.regions) {
      const region = one.find()
      if (region.bottom < row) region.isClosed = true
    }
    this.above = here
    this.here = above
    if (row === this.height - 1) for (const region of this.waiting.values()) region.isClosed = true
  }

  /** Takes out the regions that have ended and before which none is open, in reading order. */
  *ended(): Generator<Region<S>> {
    for (const [serial, region] of this.waiting) {
      if (!region.isClosed) return
      this.waiting.delete(serial)
      this.held -= region.runCount
      yield region
    }
  }

  private opened(): Region<S> {
    const region = new Region(this.serial++, this.makeSums())
    this.waiting.set(region.serial, region)
    return region
  }

  private joined(one: Region<S>, other: Region<S>): Region<S> {
    if (one === other) return one
    this.waiting.delete(Math.max(one.serial, other.serial))
    const root = one.join(other)
    this.waiting.set(root.serial, root)
    return root
  }

  /** The row's pixels that belong to no region: 4-connected, with what each touches. */
  private addGaps(row: number, mask: Uint8Array, offset: number): void {
    const { gapsAbove: above, gapsHere: here, here: runs, width } = this
    here.clear()
    let near = 0
    for (let i = 0; i <= runs.begins.length; i++) {
      const begin = i === 0 ? 0 : runs.ends[i - 1]!
      const end = runs.begins[i] ?? width
      if (begin === end) continue
      while (near < above.ends.length && above.ends[near]! <= begin) near++
      let gap: Region<S> | null = null
      for (let other = near; other < above.begins.length && above.begins[other]! < end; other++) {
        const found = above.regions[other]!.find()
        gap = gap ? this.joinedGap(gap, found) : found
      }
      gap ??= this.openedGap(row)
      const facts = this.holes.get(gap)!
      const isAtEdge = begin === 0 || end === width || row === 0 || row === this.height - 1
      if (isAtEdge || (this.rule.unfit && hasFlagged(mask, offset + begin, offset + end, this.rule.unfit))) {
        facts.isUnfit = true
      }
      gap.push(row, begin, end)
      this.held++
      if (gap.pixels > facts.most) facts.isUnfit = true
      if (facts.isUnfit) {
        this.held -= gap.runCount
        gap.drop()
        facts.beside.length = 0
      } else {
        facts.beside.push(runs.regions[i - 1]!, runs.regions[i]!)
      }
      here.add(begin, end, gap)
    }
    for (const one of above.regions) {
      const gap = one.find()
      const facts = this.holes.get(gap)
      if (gap.bottom === row || !facts) continue
      this.holes.delete(gap)
      const owners = new Set(facts.beside.map(region => region.find()))
      const [owner] = owners
      if (owner && owners.size === 1) owner.fill(gap)
      else this.held -= gap.runCount
    }
    this.gapsAbove = here
    this.gapsHere = above
  }

  private openedGap(row: number): Region<S> {
    const gap = new Region(0, this.makeSums())
    this.holes.set(gap, { isUnfit: false, most: this.rule.mostHole!(row), beside: [] })
    return gap
  }

  private joinedGap(one: Region<S>, other: Region<S>): Region<S> {
    if (one === other) return one
    const root = one.join(other)
    const gone = root === one ? other : one
    const [facts, more] = [this.holes.get(root)!, this.holes.get(gone)!]
    this.holes.delete(gone)
    facts.isUnfit ||= more.isUnfit
    for (const region of more.beside) facts.beside.push(region)
    return root
  }

  private tooRagged(): AppError {
    return new AppError(
      'file-too-large',
      `The mask of ${this.name} has too many small pieces to become polygons. Clean it up (remove specks, fill holes) or ` +
        'choose a higher threshold, then try again.',
    )
  }
}

interface HoleFacts<S extends Sums<S>> {
  isUnfit: boolean
  /** Pixels. */
  most: number
  /** Regions left and right of it. */
  beside: Region<S>[]
}

function hasFlagged(mask: Uint8Array, begin: number, end: number, flags: Uint8Array): boolean {
  for (let i = begin; i < end; i++) if (flags[mask[i]!] === 1) return true
  return false
}
