import { throwIfAborted } from '../../core/foundation/appError'
import type { JobContext } from '../../core/foundation/job'
import type { Domain, PatchPixels } from '../../core/patches/patch'
import { type BandStatistics, normalise } from '../../core/patches/statistics'
import type { PixelWindow } from '../../core/raster/rasterSource'
import type { SegmentationNetwork } from '../models/network'
import { blendWindows, insidePart, mirrorEdges, type WindowMaps, windowingFor } from './blendWindows'
import { averagedProbability } from './landslideProbability'

/** A raster of the 14 bands that is read by windows. */
export interface ScenePixels {
  width: number
  height: number
  /** @returns raw units of `BANDS` */
  read(window: PixelWindow, signal?: AbortSignal): Promise<PatchPixels>
}

/** A network and how it takes its input. */
export interface SceneNetwork {
  network: SegmentationNetwork
  /** By what it z-scores the whole scene: statistics of a part would make seams. */
  statistics: BandStatistics
  /** Scale promotion. */
  scale: number
}

interface SceneOptions {
  /** Whose running statistics the networks use. */
  domain: Domain
  /** Test-time averaging over the 8 flips and quarter turns, window by window. */
  flips?: boolean
  /** Whether anything in a window is asked for; one that is not is left out. */
  isWanted?: (window: PixelWindow) => boolean
  context?: JobContext
}

/** Rows of a scene, from the top down. */
interface SceneRows {
  top: number
  count: number
  /** [count, width] float32 of each network, probability of landslide 0..1; NaN where the pixel holds no data. */
  members: Float32Array[]
}

/** Windows a pass, as `predictPatches` has patches. */
const BATCH = 4

/**
 * Probabilities of landslide of several networks for a raster of any size, read by windows: every window once, from the
 * top left to the bottom right, for all networks. Windows without any data are left out. The windows are those of the
 * network that enlarges most.
 *
 * @throws AppError `aborted` between passes, `gpu-failed`, and what `read` throws.
 */
export async function* predictScene(
  scene: ScenePixels,
  networks: readonly SceneNetwork[],
  { domain, flips, isWanted = () => true, context }: SceneOptions,
): AsyncGenerator<SceneRows> {
  const windowing = windowingFor(Math.max(...networks.map(({ scale }) => scale)))
  const signal = context?.signal
  const predict = async (windows: readonly PixelWindow[]): Promise<WindowMaps[]> => {
    const filled: { index: number; pixels: PatchPixels; inside: PixelWindow }[] = []
    for (const [index, window] of windows.entries()) {
      throwIfAborted(signal)
      const inside = insidePart(window, scene)
      if (!isWanted(inside)) continue
      const pixels = await scene.read(inside, signal)
      if (pixels.valid?.every(flag => flag === 0)) continue
      filled.push({ index, pixels, inside })
    }
    const maps: Float32Array[][] = filled.map(() => [])
    for (const { network, statistics, scale } of filled.length > 0 ? networks : []) {
      const window = windows[0]!
      const images = filled.map(({ pixels, inside }) =>
        mirrorEdges(normalise(pixels, statistics), inside, window, statistics.mean.length),
      )
      const inference = { domain, scale, flips, signal }
      const found = await averagedProbability(network, images, window.width, window.height, inference)
      for (const [i, probability] of found.entries()) maps[i]!.push(probability)
    }
    const results: WindowMaps[] = windows.map(() => null)
    for (const [i, { index, pixels, inside }] of filled.entries()) {
      for (const map of maps[i]!) withoutData(map, windows[index]!.width, pixels, inside)
      results[index] = maps[i]!
    }
    return results
  }
  const onWindows = (done: number, total: number) => {
    context?.onProgress?.({ label: `Window ${done} of ${total}`, done, total })
    if (done < total) throwIfAborted(signal)
  }
  for await (const rows of blendWindows(scene, windowing, networks.length, BATCH, predict, onWindows)) {
    const { top, count, maps: members } = rows
    yield { top, count, members }
  }
}

/** NaN where a pixel of the window holds no data. */
function withoutData(map: Float32Array, width: number, { valid }: PatchPixels, inside: PixelWindow): void {
  if (!valid) return
  for (let row = 0; row < inside.height; row++) {
    for (let column = 0; column < inside.width; column++) {
      if (valid[row * inside.width + column] === 0) map[row * width + column] = Number.NaN
    }
  }
}
