import { throwIfAborted } from '../foundation/appError'
import type { SegmentationNetwork } from '../models/network'
import { normalise } from '../patches/normalise'
import type { BandStatistics } from '../patches/statistics'
import { landslideProbability } from './landslideProbability'
import type { LabelledPixels, PatchProvider } from './patchProvider'
import { type PredictOptions, predictPatch, withoutData } from './predictPatch'
import { defaultTiling, SMALLEST_SIDE } from './tiledProbability'

/** Patches a pass: enough to spread the cost of dispatching it, few enough to cancel soon and to fit small GPUs. */
const BATCH = 4

/**
 * A network's probability for many patches; neighbours of one size that fit a tile share a pass.
 *
 * @param onPatch takes each patch's [height, width] probability in the provider's order; the next waits for it.
 * @throws AppError `aborted` at once, `gpu-failed`, and what `onPatch` throws.
 */
export async function predictPatches(
  network: SegmentationNetwork,
  patches: PatchProvider,
  statistics: BandStatistics,
  options: PredictOptions,
  onPatch: (id: string, probability: Float32Array, patch: LabelledPixels) => Promise<void> | void,
): Promise<void> {
  const signal = options.context?.signal
  for (let begin = 0; begin < patches.ids.length; begin += BATCH) {
    throwIfAborted(signal)
    const ids = patches.ids.slice(begin, begin + BATCH)
    const loaded: LabelledPixels[] = []
    for (const id of ids) loaded.push(await patches.load(id))
    const { width, height } = loaded[0]!
    const tile = options.tile ?? defaultTiling.tile
    const together =
      loaded.every(patch => patch.width === width && patch.height === height) &&
      Math.min(width, height) >= SMALLEST_SIDE &&
      Math.max(width, height) <= tile
    const probabilities: Float32Array[] = []
    if (together) {
      const images = loaded.map(patch => normalise(patch, statistics))
      const { domain, scale } = options
      probabilities.push(
        ...(await landslideProbability(network, images, width, height, { domain, scale, signal })),
      )
    } else {
      for (const patch of loaded) {
        probabilities.push(
          await predictPatch(network, patch, statistics, { ...options, context: { signal } }),
        )
      }
    }
    for (const [i, id] of ids.entries()) {
      const patch = loaded[i]!
      const probability = together ? withoutData(probabilities[i]!, patch.valid) : probabilities[i]!
      await onPatch(id, probability, patch)
    }
  }
}
