import type { BandStatistics } from '../../core/patches/statistics'
import { STATISTICS_RULES, type StatisticsRule } from '../../core/patches/targetStatistics'
import { ENSEMBLE, ensembleMean } from '../../core/rounds/ensemble'
import { imageStatistics, type ModelManifest } from '../../core/rounds/modelManifest'
import { addTally, emptyTally, type ProbabilityTally, tallyOf } from '../../core/rounds/probabilityTally'
import { loadModelFolder } from '../../engine/models/folder/modelFolder'
import { maskedTruth, type PatchProvider } from '../../engine/refinement/patchProvider'
import { predictPatches } from '../../engine/refinement/predictPatches'
import type { ModelFiles } from '../../engine/refinement/roundInput'

/** By network id, and "ensemble". */
export type NetworkTallies = Record<string, ProbabilityTally>

/** What an ensemble is worth on labelled patches that are normalised together by a rule. */
export interface RuleTallies {
  rule: StatisticsRule
  /** Share of the target's own mean, averaged over networks. */
  own: number
  tallies: NetworkTallies
}

export interface LoadedModels {
  manifests: readonly ModelManifest[]
  /** Tallies of the networks and of their mean on patches that are one target of their own. */
  score(
    patches: PatchProvider,
    own: BandStatistics,
    rules?: readonly StatisticsRule[],
  ): Promise<RuleTallies[]>
  dispose(): void
}

/** Networks held in memory, to be scored on many sets. */
export async function loadModels(models: readonly ModelFiles[], signal: AbortSignal): Promise<LoadedModels> {
  const loaded: Awaited<ReturnType<typeof loadModelFolder>>[] = []
  for (const { files } of models) loaded.push(await loadModelFolder(files))
  return {
    manifests: loaded.map(({ manifest }) => manifest),
    async score(patches, own, rules = STATISTICS_RULES) {
      const results: RuleTallies[] = []
      for (const rule of rules) {
        const members: Map<string, Float32Array>[] = []
        const truths = new Map<string, Uint8Array>()
        let share = 0
        for (const { network, manifest } of loaded) {
          const { statistics, own: part } = imageStatistics(manifest, own, rule)
          share += part / loaded.length
          const found = new Map<string, Float32Array>()
          const options = { domain: 'target' as const, scale: manifest.scale, context: { signal } }
          await predictPatches(network, patches, statistics, options, async (patchId, probability, load) => {
            found.set(patchId, probability)
            truths.set(patchId, maskedTruth(await load()))
          })
          members.push(found)
        }
        const tallies: NetworkTallies = {}
        const add = (name: string, probability: (id: string) => Float32Array) => {
          let sum = emptyTally()
          for (const id of patches.ids) sum = addTally(sum, tallyOf(probability(id), truths.get(id)!))
          tallies[name] = sum
        }
        for (const [i, { network }] of loaded.entries()) add(network.family, id => members[i]!.get(id)!)
        add(ENSEMBLE, id => ensembleMean(members.map(member => member.get(id)!)))
        results.push({ rule, own: share, tallies })
      }
      return results
    },
    dispose() {
      for (const { network } of loaded) network.dispose()
    },
  }
}
