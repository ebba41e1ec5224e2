import type { Domain } from '../core/patches/patch'
import { type BandStatistics, mergeStatistics } from '../core/patches/statistics'
import type { PatchRecord } from './projectStore'

/** Statistics of all patches of a domain, held-out ones counted in; null where there is no valid pixel. */
export function domainStatistics(records: readonly PatchRecord[], domain: Domain): BandStatistics | null {
  let merged: BandStatistics | null = null
  for (const record of records) {
    if (record.domain !== domain || record.statistics.count === 0) continue
    merged = merged ? mergeStatistics(merged, record.statistics) : record.statistics
  }
  return merged
}
