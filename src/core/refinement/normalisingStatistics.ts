import type { Domain } from '../patches/patch'
import type { BandStatistics } from '../patches/statistics'
import type { RoundInput } from './roundInput'

/** By what a domain's pixels are z-scored; null: the round has no such domain. */
export function normalisingStatistics(
  { config, statistics }: Pick<RoundInput, 'config' | 'statistics'>,
  domain: Domain,
): BandStatistics | null {
  if (domain === 'source' || !statistics.target) return statistics[domain]
  return config.separatedNormalisation ? statistics.target : statistics.source
}
