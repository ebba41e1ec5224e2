import { throwIfAborted } from '../foundation/appError'
import type { SegmentationNetwork } from '../models/network'
import type { BandStatistics } from '../patches/statistics'
import {
  addConfusion,
  confusion,
  emptyConfusion,
  type SegmentationMetrics,
  scores,
} from '../training/metrics'
import { maskedTruth } from './maskedTruth'
import type { LabelledPixels, PatchProvider } from './patchProvider'
import { predictPatch } from './predictPatch'

/**
 * Landslide scores over patches, from one pooled count.
 *
 * @param probabilityOf [H, W] for each patch
 * @param threshold from which a pixel counts as landslide
 */
export async function pooledScores(
  patches: PatchProvider,
  threshold: number,
  probabilityOf: (id: string, patch: LabelledPixels) => Promise<Float32Array>,
  signal?: AbortSignal,
): Promise<SegmentationMetrics> {
  let counts = emptyConfusion()
  for (const id of patches.ids) {
    throwIfAborted(signal)
    const patch = await patches.load(id)
    const probability = await probabilityOf(id, patch)
    const mask = Uint8Array.from(probability, p => (p >= threshold ? 1 : 0))
    counts = addConfusion(counts, confusion(mask, maskedTruth(patch)))
  }
  return scores(counts)
}

/** A network's scores on held-out source patches. */
export function heldOutScores(
  network: SegmentationNetwork,
  patches: PatchProvider,
  statistics: BandStatistics,
  threshold: number,
  signal?: AbortSignal,
): Promise<SegmentationMetrics> {
  const context = { signal }
  return pooledScores(
    patches,
    threshold,
    (_, patch) => predictPatch(network, patch, statistics, { domain: 'source', context }),
    signal,
  )
}
