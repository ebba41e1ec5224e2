import type { BandStatistics } from '../core/patches/statistics'
import { domainStatistics } from '../storage/domainStatistics'
import type { PatchRecord } from '../storage/projectStore'

/** Band statistics of both sets of the project, as the next round would normalise them; null without pixels. */
export function projectStatistics(patches: readonly PatchRecord[]): {
  source: BandStatistics | null
  target: BandStatistics | null
} {
  return { source: domainStatistics(patches, 'source'), target: domainStatistics(patches, 'target') }
}
