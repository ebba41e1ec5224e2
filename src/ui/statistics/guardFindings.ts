import { type DistributionReport, distributionGuard } from '../../core/patches/distributionGuard'
import type { BandStatistics } from '../../core/patches/statistics'

type Both = { source: BandStatistics | null; target: BandStatistics | null }

export interface GuardFinding {
  /** "Target against Starter segformer tiny, Starter swin-unet tiny" */
  title: string
  report: DistributionReport
}

/** The domains of the project against what each model learned from; what holds no pixel on either side is left out. */
export function guardFindings(
  project: Both,
  models: readonly { title: string; statistics: Both }[],
): GuardFinding[] {
  const found = models.flatMap(({ title, statistics }) =>
    (['source', 'target'] as const).flatMap(domain => {
      const input = project[domain]
      // A model that never saw a target is good for it by its source.
      const learned = hasPixels(statistics[domain]) ? statistics[domain] : statistics.source
      if (!hasPixels(input) || !hasPixels(learned)) return []
      return [{ domain, model: title, report: distributionGuard(input, learned) }]
    }),
  )
  // Models that learned from the same data say the same: once is enough.
  const same = new Map<string, typeof found>()
  for (const finding of found) {
    const key = `${finding.domain} ${finding.report.message}`
    same.set(key, [...(same.get(key) ?? []), finding])
  }
  return [...same.values()].map(group => {
    const name = group[0]!.domain === 'source' ? 'Source' : 'Target'
    return {
      title: `${name} against ${group.map(({ model }) => model).join(', ')}`,
      report: group[0]!.report,
    }
  })
}

function hasPixels(statistics: BandStatistics | null): statistics is BandStatistics {
  return statistics !== null && statistics.count > 0
}
