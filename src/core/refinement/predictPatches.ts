import { throwIfAborted } from '../foundation/appError'
import type { SegmentationNetwork } from '../models/network'
import { normalise } from '../patches/normalise'
import type { BandStatistics } from '../patches/statistics'
import { averagedProbability } from './averagedProbability'
import type { LabelledPixels, PatchProvider } from './patchProvider'
import { type PredictOptions, predictPatch, withoutData } from './predictPatch'
import { SMALLEST_SIDE, tilingFor } from './tiledProbability'

/** Patches a pass: enough to spread the cost of dispatching it, few enough to cancel soon and to fit small GPUs. */
const BATCH = 4

/** Pixels a pass, after enlarging: four competition patches at x2, one at x4. */
const PIXELS_A_PASS = 512 * 512

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
  const { domain, scale = 1, flips } = options
  const signal = options.context?.signal
  const { tile } = tilingFor(scale, options)
  let batch = BATCH
  for (let begin = 0; begin < patches.ids.length; begin += batch) {
    throwIfAborted(signal)
    const first = await patches.load(patches.ids[begin]!)
    const { width, height } = first
    batch = Math.min(BATCH, Math.max(1, Math.floor(PIXELS_A_PASS / (width * height * scale * scale))))
    const ids = patches.ids.slice(begin, begin + batch)
    const loaded: LabelledPixels[] = [first]
    for (const id of ids.slice(1)) loaded.push(await patches.load(id))
    const together =
      loaded.every(patch => patch.width === width && patch.height === height) &&
      Math.min(width, height) >= SMALLEST_SIDE &&
      Math.max(width, height) <= tile
    const probabilities: Float32Array[] = []
    if (together) {
      const images = loaded.map(patch => normalise(patch, statistics))
      const inference = { domain, scale, flips, signal }
      probabilities.push(...(await averagedProbability(network, images, width, height, inference)))
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
