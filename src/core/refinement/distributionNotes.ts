import { parseManifest } from '../models/folder/manifest'
import { distributionGuard } from '../patches/distributionGuard'
import type { RoundInput } from './roundInput'

/**
 * What the distribution guard says of a round, for its notes: the target against the source, always; each domain
 * against what a parent learned from, where that differs.
 *
 * @throws AppError `model-invalid` if a parent's manifest is damaged, `bands-mismatch`.
 */
export function distributionNotes({
  config,
  statistics,
  parents,
}: Pick<RoundInput, 'config' | 'statistics' | 'parents'>): string[] {
  const notes: string[] = []
  const { source, target } = statistics
  if (target && target.count > 0 && source.count > 0) {
    notes.push(`Target against source: ${distributionGuard(target, source, 'the source').message}`)
  }
  for (const family of config.families) {
    const parent = parents[family]
    const manifest = parent?.files['manifest.json']
    if (!parent || !manifest) continue
    const trained = parseManifest(manifest).statistics
    for (const domain of ['source', 'target'] as const) {
      const [input, learned] = [statistics[domain], trained[domain]]
      if (!input?.count || !learned?.count) continue
      const { level, message } = distributionGuard(input, learned)
      if (level !== 'ok') notes.push(`${parent.id}, ${domain} against what it learned from: ${message}`)
    }
  }
  return notes
}
