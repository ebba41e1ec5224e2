import { normalise } from '../patches/normalise'
import type { BandStatistics } from '../patches/statistics'
import type { SampleProvider, TrainingSample } from '../training/trainingSample'
import { maskedTruth } from './maskedTruth'
import type { PatchProvider } from './patchProvider'

/** Normalised samples kept in memory between draws, bytes: 250 competition patches. */
const CACHE_BYTES = 256 * 1024 * 1024

/**
 * Training samples of one domain: patches normalised by that domain's statistics, with their own label or the one
 * given for them. Loads lazily and keeps the latest used ones.
 *
 * @param labels replaces the patches' own; its keys are the patches used. null: every patch with its own label.
 */
export function roundSamples(
  patches: PatchProvider,
  statistics: BandStatistics,
  labels: ReadonlyMap<string, Uint8Array> | null,
): SampleProvider {
  const cache = new Map<string, TrainingSample>()
  let bytes = 0
  return {
    ids: labels ? patches.ids.filter(id => labels.has(id)) : patches.ids,
    async load(id) {
      const kept = cache.get(id)
      if (kept) {
        cache.delete(id)
        cache.set(id, kept)
        return kept
      }
      const patch = await patches.load(id)
      const given = labels?.get(id)
      const label = maskedTruth(given ? { ...patch, label: given } : patch)
      const sample = { width: patch.width, height: patch.height, pixels: normalise(patch, statistics), label }
      cache.set(id, sample)
      bytes += sample.pixels.byteLength
      for (const [oldest, { pixels }] of cache) {
        if (bytes <= CACHE_BYTES || oldest === id) break
        cache.delete(oldest)
        bytes -= pixels.byteLength
      }
      return sample
    },
  }
}
