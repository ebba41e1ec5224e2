import type { HistoryRecord } from '../storage/projectStore'
import { maskSaver } from './maskSaver'
import { diffBytes } from './strokeCache'
import type { Studio } from './studio'

/** A step on its way to disk. */
export interface KeptStep {
  record: HistoryRecord
  /** As the step left it; null: there is none. */
  mask: Uint8Array | null
  /** The mask counts from this step on; before it was derived from the probabilities. */
  begins: boolean
  /** Sequence of the latest step that the mask holds; all that are in force by default. */
  through?: number
}

/** Steps written at once: thousands one by one take minutes, and what a write holds stays small. */
const STEPS_A_WRITE = 64

/**
 * Queues steps, each on another patch, and their masks for the disk. A mask that begins to count is written before its
 * step: a crash between the two must not leave an older mask. Others follow later (`MaskSaver`).
 */
export function keepSteps(studio: Studio, steps: readonly KeptStep[]): void {
  const { pixels, storage, writes } = studio
  const saver = maskSaver(studio)
  for (let from = 0; from < steps.length; from += STEPS_A_WRITE) {
    const some = steps.slice(from, from + STEPS_A_WRITE)
    for (const { record, mask, begins, through } of some) {
      if (mask && begins) void saver.now(record.patchId, mask, through)
    }
    const records = some.map(({ record }) => record)
    const bytes = records.reduce((sum, { diff }) => sum + (diff ? diffBytes(diff) : 0), 0)
    void writes
      .push(() => storage.putHistory(records), { bytes })
      .then(() => {
        for (const { sequence } of records) pixels.strokes.saved(sequence)
      })
    for (const { record, mask, begins } of some) if (mask && !begins) saver.later(record.patchId, mask)
  }
}
