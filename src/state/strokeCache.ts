import type { MaskDiff } from '../core/review/maskDiff'

/** Memory for undo steps. A brush stroke takes 10 bytes a row that it crosses: this holds tens of thousands. */
export const STROKE_BUDGET_BYTES = 64 * 2 ** 20

/** Bytes that a step's difference takes. */
export function diffBytes({ start, length, before, after }: MaskDiff): number {
  return start.byteLength + length.byteLength + before.byteLength + after.byteLength
}

/**
 * Differences of undo steps by sequence, the latest ones within a budget: those further back are on disk, and are
 * read again when they are undone.
 */
export class StrokeCache {
  private readonly diffs = new Map<number, MaskDiff>()
  private readonly unsaved = new Set<number>()
  private held = 0

  constructor(private readonly budget = STROKE_BUDGET_BYTES) {}

  /** Bytes in memory. */
  get bytes(): number {
    return this.held
  }

  get(sequence: number): MaskDiff | undefined {
    return this.diffs.get(sequence)
  }

  /** @param saved false: not on disk yet, kept in memory until `saved` says so */
  set(sequence: number, diff: MaskDiff, saved = true): void {
    this.delete(sequence)
    this.diffs.set(sequence, diff)
    if (!saved) this.unsaved.add(sequence)
    this.held += diffBytes(diff)
    this.shrink()
  }

  saved(sequence: number): void {
    this.unsaved.delete(sequence)
    this.shrink()
  }

  delete(sequence: number): void {
    const diff = this.diffs.get(sequence)
    if (!diff) return
    this.held -= diffBytes(diff)
    this.diffs.delete(sequence)
    this.unsaved.delete(sequence)
  }

  clear(): void {
    this.diffs.clear()
    this.unsaved.clear()
    this.held = 0
  }

  /** Forgets the oldest steps: what was put in last is what is undone next. */
  private shrink(): void {
    for (const sequence of this.diffs.keys()) {
      if (this.held <= this.budget) return
      if (!this.unsaved.has(sequence)) this.delete(sequence)
    }
  }
}
