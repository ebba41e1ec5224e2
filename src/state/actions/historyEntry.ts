import type { HistoryRecord } from '../../storage/projectStore'
import type { HistoryEntry } from '../slices/reviewSlice'

/** A step without its pixels, which lie in the `PixelCache`. */
export function historyEntry(record: HistoryRecord): HistoryEntry {
  const { diff: _, ...entry } = record
  return entry
}
