import { throwIfAborted } from '../../core/foundation/appError'
import type { JobContext } from '../../core/foundation/job'
import type { Domain, PatchPixels } from '../../core/patches/patch'
import { type BandStatistics, normalise } from '../../core/patches/statistics'
import type { SegmentationNetwork } from '../models/network'
import { averagedProbability } from './landslideProbability'
import type { LabelledPixels, PatchProvider } from './patchProvider'
import { SMALLEST_SIDE, tiledProbability, tilingFor } from './tiledProbability'

export interface PredictOptions {
  /** Whose running statistics the network uses; `statistics` are of the same domain. */
  domain: Domain
  /** Side above which the raster is cut into tiles; by default 256, less where it is enlarged (`tilingFor`). */
  tile?: number
  /** Pixels that tiles share and blend over; 32 by default. */
  overlap?: number
  /** Scale promotion: the input is enlarged by this factor, the probability comes back at its own size. */
  scale?: number
  /** Test-time averaging over the 8 flips and quarter turns, tile by tile. */
  flips?: boolean
  context?: JobContext
}

/**
 * A network's probability of landslide for a patch or scene of any size.
 *
 * @param patch raw units of `BANDS`.
 * @returns [height, width] float32, 0..1; NaN where the pixel holds no data.
 * @throws AppError `aborted` between tiles, `gpu-failed`.
 */
export async function predictPatch(
  network: SegmentationNetwork,
  patch: PatchPixels,
  statistics: BandStatistics,
  options: PredictOptions,
): Promise<Float32Array> {
  const { domain, scale = 1, flips, context } = options
  const { width, height, valid } = patch
  const tiling = tilingFor(scale, options)
  throwIfAborted(context?.signal)
  const probability = await tiledProbability(
    normalise(patch, statistics),
    width,
    height,
    tiling,
    async (pixels, w, h) => {
      const inference = { domain, scale, flips, signal: context?.signal }
      return (await averagedProbability(network, [pixels], w, h, inference))[0]!
    },
    (done, total) => {
      if (total > 1) context?.onProgress?.({ label: `Tile ${done} of ${total}`, done, total })
      if (done < total) throwIfAborted(context?.signal)
    },
  )
  return withoutData(probability, valid)
}

/** NaN where the pixel holds no data. */
function withoutData(probability: Float32Array, valid: Uint8Array | null): Float32Array {
  return valid ? probability.map((p, i) => (valid[i] === 0 ? Number.NaN : p)) : probability
}

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
