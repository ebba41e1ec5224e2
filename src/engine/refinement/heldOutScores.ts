import { throwIfAborted } from '../../core/foundation/appError'
import type { BandStatistics } from '../../core/patches/statistics'
import {
  addConfusion,
  type ConfusionCounts,
  confusion,
  emptyConfusion,
  type SegmentationMetrics,
  scores,
} from '../../core/rounds/metrics'
import type { SegmentationNetwork } from '../models/network'
import { type LabelledPixels, maskedTruth, type PatchProvider } from './patchProvider'
import { type PredictOptions, predictPatches } from './predictPatches'

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
    counts = addConfusion(counts, patchConfusion(await probabilityOf(id, patch), patch, threshold))
  }
  return scores(counts)
}

/**
 * A network's scores on labelled patches, from one pooled count.
 *
 * @param options the held-out patches are of the source by default; scale promotion and flips as in `predictPatch`.
 */
export async function heldOutScores(
  network: SegmentationNetwork,
  patches: PatchProvider,
  statistics: BandStatistics,
  threshold: number,
  signal?: AbortSignal,
  { domain = 'source', scale, flips }: Partial<Pick<PredictOptions, 'domain' | 'scale' | 'flips'>> = {},
): Promise<SegmentationMetrics> {
  let counts = emptyConfusion()
  const options = { domain, scale, flips, context: { signal } }
  await predictPatches(network, patches, statistics, options, async (_, probability, load) => {
    counts = addConfusion(counts, patchConfusion(probability, await load(), threshold))
  })
  return scores(counts)
}

function patchConfusion(
  probability: Float32Array,
  patch: LabelledPixels,
  threshold: number,
): ConfusionCounts {
  const mask = Uint8Array.from(probability, p => (p >= threshold ? 1 : 0))
  return confusion(mask, maskedTruth(patch))
}
