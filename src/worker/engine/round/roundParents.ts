import type { NetworkFamily } from '../../../core/models/network'
import type { RoundConfig } from '../../../core/refinement/round'
import { presetOf } from '../../../core/refinement/roundConfig'
import type { ModelCatalogue } from '../modelCatalogue'

/**
 * Ids of the models that the networks of a round begin from: the one chosen, else that of the round it goes on from,
 * else a starter of its size. Families without any are left out: they begin from fresh weights.
 *
 * @param parentRoundId the round to go on from; null: the latest.
 */
export async function roundParents(
  catalogue: ModelCatalogue,
  config: RoundConfig,
  startFrom: Partial<Record<NetworkFamily, string>>,
  parentRoundId: string | null,
): Promise<Partial<Record<NetworkFamily, string>>> {
  const parents: Partial<Record<NetworkFamily, string>> = {}
  for (const family of config.families) {
    const found = async () => catalogue.parent(family, presetOf(config, family), parentRoundId ?? undefined)
    const id = startFrom[family] ?? (await found())?.id
    if (id) parents[family] = id
  }
  return parents
}
