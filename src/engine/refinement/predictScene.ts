import { throwIfAborted } from '../../core/foundation/appError'
import { type JobContext, yieldToEventLoop } from '../../core/foundation/job'
import type { Domain, PatchPixels } from '../../core/patches/patch'
import { type BandStatistics, normalise } from '../../core/patches/statistics'
import type { PixelWindow } from '../../core/raster/rasterSource'
import type { SegmentationNetwork } from '../models/network'
import {
  blendWindows,
  insidePart,
  mirrorEdges,
  type Windowing,
  type WindowMaps,
  windowingFor,
  windowsOf,
} from './blendWindows'
import type { FinishedWindows } from './finishedWindows'
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
  /** Whether anything in a window is asked for; one that is not is left out. Asked of all before the first. */
  isWanted?: (window: PixelWindow) => boolean
  /** Windows that an interrupted run of the very same settings finished; those of this one are added. */
  finished?: FinishedWindows
  context?: JobContext
}

/** Rows of a scene, from the top down. */
interface SceneRows {
  top: number
  count: number
  /** [count, width] float32 of each network, probability of landslide 0..1; NaN where the pixel holds no data. */
  members: Float32Array[]
}

/**
 * Probabilities of landslide of several networks for a raster of any size, read by windows: every window once, from the
 * top left to the bottom right, for all networks. Windows without any data are left out. The windows are those of the
 * network that enlarges most. Each has a pass of its own: kernels are chosen by the number of images in a pass, and round
 * differently, so that only then a pixel's bits do not depend on what else is asked for.
 *
 * Progress counts the windows that are wanted; its label may be that of the shaders that come first.
 *
 * @throws AppError `aborted` between passes, `gpu-failed`, and what `read` throws.
 */
export async function* predictScene(
  scene: ScenePixels,
  networks: readonly SceneNetwork[],
  { domain, flips, isWanted = () => true, finished, context }: SceneOptions,
): AsyncGenerator<SceneRows> {
  const windowing = sceneWindowing(networks)
  const signal = context?.signal
  const wanted = await wantedWindows(scene, windowing, isWanted, signal)
  const total = wanted.size
  let done = 0
  const predict = async (window: PixelWindow): Promise<WindowMaps> => {
    if (!wanted.has(placeOf(window))) return null
    throwIfAborted(signal)
    const onDone = () => context?.onProgress?.({ label: `Window ${++done} of ${total}`, done, total })
    const known = await finished?.read(window)
    if (known !== undefined) {
      onDone()
      return known
    }
    const inside = insidePart(window, scene)
    const pixels = await scene.read(inside, signal)
    const filled = pixels.valid?.every(flag => flag === 0) !== true
    const passes: Promise<Float32Array[]>[] = []
    for (const { network, statistics, scale } of filled ? networks : []) {
      // Some backends compute without ever waiting: a cancel has to be heard before each pass.
      await yieldToEventLoop()
      throwIfAborted(signal)
      const image = mirrorEdges(normalise(pixels, statistics), inside, window, statistics.mean.length)
      const onPreparing: JobContext['onProgress'] = ({ label }) =>
        context?.onProgress?.({ label, done, total })
      const inference = { domain, scale, flips, signal, onPreparing }
      const pass = averagedProbability(network, [image], window.width, window.height, inference)
      // The next network's pass is prepared meanwhile; what this one throws is thrown below.
      pass.catch(() => {})
      passes.push(pass)
    }
    const maps = (await Promise.all(passes)).map(([map]) => map!)
    for (const map of maps) withoutData(map, window.width, pixels, inside)
    await finished?.add(window, filled ? maps : null)
    onDone()
    if (done < total) throwIfAborted(signal)
    return filled ? maps : null
  }
  for await (const { top, count, maps } of blendWindows(scene, windowing, networks.length, predict)) {
    yield { top, count, members: maps }
  }
}

/**
 * Places (`placeOf`) of the windows of a raster in which anything is asked for.
 *
 * @throws AppError `aborted`
 */
export async function wantedWindows(
  raster: { width: number; height: number },
  windowing: Windowing,
  isWanted: (window: PixelWindow) => boolean,
  signal?: AbortSignal,
): Promise<Set<string>> {
  const wanted = new Set<string>()
  for (const [index, window] of windowsOf(raster, windowing).entries()) {
    if (index % 64 === 0) await yieldToEventLoop()
    throwIfAborted(signal)
    if (isWanted(insidePart(window, raster))) wanted.add(placeOf(window))
  }
  return wanted
}

export function placeOf({ column, row }: PixelWindow): string {
  return `${column} ${row}`
}

/** The windows that several networks share: those of the one that enlarges most. */
export function sceneWindowing(networks: readonly Pick<SceneNetwork, 'scale'>[]): Windowing {
  return windowingFor(Math.max(...networks.map(({ scale }) => scale)))
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
