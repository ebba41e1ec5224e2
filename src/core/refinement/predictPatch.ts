import { throwIfAborted } from '../foundation/appError'
import type { JobContext } from '../foundation/progress'
import type { SegmentationNetwork } from '../models/network'
import { normalise } from '../patches/normalise'
import type { Domain, PatchPixels } from '../patches/patch'
import type { BandStatistics } from '../patches/statistics'
import { averagedProbability } from './averagedProbability'
import { tiledProbability, tilingFor } from './tiledProbability'

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
export function withoutData(probability: Float32Array, valid: Uint8Array | null): Float32Array {
  return valid ? probability.map((p, i) => (valid[i] === 0 ? Number.NaN : p)) : probability
}
