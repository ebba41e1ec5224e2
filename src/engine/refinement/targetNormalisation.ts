import type { Domain } from '../../core/patches/patch'
import type { BandStatistics } from '../../core/patches/statistics'
import { type TargetStatistics, targetStatistics } from '../../core/patches/targetStatistics'
import type { RoundInput } from './roundInput'

type Normalised = Pick<RoundInput, 'config' | 'statistics'>

/** By what a round z-scores its target, drawn towards its source; null: it has no target. */
export function targetNormalisation({ config, statistics }: Normalised): TargetStatistics | null {
  const { source, target } = statistics
  return target && targetStatistics(target, source, config.targetStatistics)
}

/** By what a domain's pixels are z-scored; null: the round has no such domain. */
export function normalisingStatistics(input: Normalised, domain: Domain): BandStatistics | null {
  return domain === 'source' ? input.statistics.source : (targetNormalisation(input)?.statistics ?? null)
}
