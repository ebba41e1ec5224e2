import { type DistributionReport, distributionGuard } from '../../core/patches/distributionGuard'
import type { BandStatistics } from '../../core/patches/statistics'

type Both = { source: BandStatistics | null; target: BandStatistics | null }

export interface GuardFinding {
  /** "Target, SegFormer starter" */
  title: string
  report: DistributionReport
}

/** The domains of the project against what each model learned from; what holds no pixel on either side is left out. */
export function guardFindings(
  project: Both,
  models: readonly { title: string; statistics: Both }[],
): GuardFinding[] {
  return models.flatMap(({ title, statistics }) =>
    (['source', 'target'] as const).flatMap(domain => {
      const input = project[domain]
      // A model that never saw a target is good for it by its source.
      const learned = hasPixels(statistics[domain]) ? statistics[domain] : statistics.source
      if (!hasPixels(input) || !hasPixels(learned)) return []
      const name = domain === 'source' ? 'Source' : 'Target'
      return [{ title: `${name} against ${title}`, report: distributionGuard(input, learned) }]
    }),
  )
}

function hasPixels(statistics: BandStatistics | null): statistics is BandStatistics {
  return statistics !== null && statistics.count > 0
}
