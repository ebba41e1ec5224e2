import { throwIfAborted } from '../../core/foundation/appError'
import type { JobContext } from '../../core/foundation/job'
import type { Domain, PatchPixels } from '../../core/patches/patch'
import { type BandStatistics, normalise } from '../../core/patches/statistics'
import type { PixelWindow } from '../../core/raster/rasterSource'
import type { SegmentationNetwork } from '../models/network'
import { blendedMap, fitsOneWindow, insidePart, mirrorEdges, windowingFor } from './blendWindows'
import { averagedProbability } from './landslideProbability'
import { type LabelledPixels, type PatchProvider, partsOf } from './patchProvider'
import { planCells } from './predictCells'
import type { SceneNetwork } from './predictScene'

export interface PredictOptions {
  /** Whose running statistics the network uses; `statistics` are of the same domain. */
  domain: Domain
  /** Side above which the raster is cut into windows; by default 256, less where it is enlarged (`windowingFor`). */
  window?: number
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
 * @throws AppError `aborted` between windows, `gpu-failed`.
 */
export async function predictPatch(
  network: SegmentationNetwork,
  patch: PatchPixels,
  statistics: BandStatistics,
  options: PredictOptions,
): Promise<Float32Array> {
  const { domain, scale = 1, flips, context } = options
  const { width, height, valid } = patch
  const windowing = windowingFor(scale, options.window)
  throwIfAborted(context?.signal)
  const pixels = normalise(patch, statistics)
  const bands = statistics.mean.length
  const predict = async (image: Float32Array, w: number, h: number) => {
    const inference = { domain, scale, flips, signal: context?.signal, onPreparing: preparing(context) }
    return (await averagedProbability(network, [image], w, h, inference))[0]!
  }
  const probability = fitsOneWindow(width, height, windowing)
    ? await predict(pixels, width, height)
    : await blendedMap(
        patch,
        windowing,
        window => {
          const inside = insidePart(window, patch)
          const part = cut(pixels, width, bands, inside)
          return predict(mirrorEdges(part, inside, window, bands), window.width, window.height)
        },
        (done, total) => {
          if (total > 1) context?.onProgress?.({ label: `Window ${done} of ${total}`, done, total })
          if (done < total) throwIfAborted(context?.signal)
        },
      )
  return withoutData(probability, valid)
}

/** Shaders are no windows: of their progress the label is passed on. */
function preparing(context: JobContext | undefined): JobContext['onProgress'] {
  return ({ label }) => context?.onProgress?.({ label, done: 0, total: 0 })
}

/** A window of [height, width, bands] pixels. */
function cut(pixels: Float32Array, width: number, bands: number, window: PixelWindow): Float32Array {
  const out = new Float32Array(window.width * window.height * bands)
  for (let row = 0; row < window.height; row++) {
    const from = ((window.row + row) * width + window.column) * bands
    out.set(pixels.subarray(from, from + window.width * bands), row * window.width * bands)
  }
  return out
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
 * A network's probability for many patches; neighbours of one size that fit a window share a pass. Cells are predicted by
 * the windows of their scene. Progress is that of windows and of shaders.
 *
 * @param onPatch takes each patch's [height, width] probability in `predictionOrder`; the next waits for it.
 * @throws AppError `aborted` at once, `gpu-failed`, and what `onPatch` throws.
 */
export async function predictPatches(
  network: SegmentationNetwork,
  patches: PatchProvider,
  statistics: BandStatistics,
  options: PredictOptions,
  onPatch: (
    id: string,
    probability: Float32Array,
    load: () => Promise<LabelledPixels>,
  ) => Promise<void> | void,
): Promise<void> {
  const { domain, scale = 1, flips } = options
  const { single, scenes } = partsOf(patches)
  const signal = options.context?.signal
  const windowing = windowingFor(scale, options.window)
  let batch = BATCH
  for (let begin = 0; begin < single.length; begin += batch) {
    throwIfAborted(signal)
    const first = await patches.load(single[begin]!)
    const { width, height } = first
    batch = Math.min(BATCH, Math.max(1, Math.floor(PIXELS_A_PASS / (width * height * scale * scale))))
    const ids = single.slice(begin, begin + batch)
    const loaded: LabelledPixels[] = [first]
    for (const id of ids.slice(1)) loaded.push(await patches.load(id))
    const together =
      loaded.every(patch => patch.width === width && patch.height === height) &&
      fitsOneWindow(width, height, windowing)
    const probabilities: Float32Array[] = []
    if (together) {
      const images = loaded.map(patch => normalise(patch, statistics))
      const inference = { domain, scale, flips, signal, onPreparing: preparing(options.context) }
      probabilities.push(...(await averagedProbability(network, images, width, height, inference)))
    } else {
      for (const patch of loaded) {
        probabilities.push(await predictPatch(network, patch, statistics, options))
      }
    }
    for (const [i, id] of ids.entries()) {
      const patch = loaded[i]!
      const probability = together ? withoutData(probabilities[i]!, patch.valid) : probabilities[i]!
      await onPatch(id, probability, async () => patch)
    }
  }
  for (const { scene, ids } of scenes) {
    const plan = await planCells(scene, ids, [{ network, statistics, scale }], signal)
    for await (const { id, members } of plan.predict({ domain, flips, context: options.context })) {
      throwIfAborted(signal)
      await onPatch(id, members[0]!, () => patches.load(id))
    }
  }
}

/**
 * Probabilities of several networks for many patches, one patch at a time for all of them: none is held for longer.
 *
 * @param onPatch takes the [height, width] probabilities, one of each network, in `predictionOrder`
 * @throws AppError as `predictPatches`
 */
export async function predictMembers(
  networks: readonly SceneNetwork[],
  patches: PatchProvider,
  { domain, context }: Pick<PredictOptions, 'domain' | 'context'>,
  onPatch: (id: string, members: readonly Float32Array[], patch: LabelledPixels) => Promise<void> | void,
): Promise<void> {
  const { single, scenes } = partsOf(patches)
  for (const id of single) {
    const patch = await patches.load(id)
    const members: Float32Array[] = []
    for (const { network, statistics, scale } of networks)
      members.push(await predictPatch(network, patch, statistics, { domain, scale, context }))
    await onPatch(id, members, patch)
  }
  for (const { scene, ids } of scenes) {
    const plan = await planCells(scene, ids, networks, context?.signal)
    for await (const { id, members } of plan.predict({ domain, context }))
      await onPatch(id, members, await patches.load(id))
  }
}
