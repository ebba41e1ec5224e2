import { AppError } from '../../core/foundation/appError'
import { quickLook } from '../../core/scenes/quickLook'
import type { FoundScene } from '../../core/scenes/scene'
import type { FilesApi } from '../protocol'
import type { KeptDrop } from './sceneDrops'

/** Pixels along the side of what is decoded to learn how long that takes: a tile of a product. */
const TIMED_SIDE = 1024

/**
 * A picture of one of a drop's scenes, and by the way how fast its files decode.
 *
 * @throws AppError as `quickLook`, `bad-argument` where there is no such scene
 */
export async function lookAtScene(
  drop: KeptDrop,
  name: string,
  size: number,
  signal?: AbortSignal,
): Promise<FilesApi['quickLook']['result']> {
  const scene = drop.found.scenes.find(found => found.name === name)
  if (!scene) throw new AppError('bad-argument', `There is no scene "${name}" among these files.`)
  const picture = await quickLook(scene, drop.open, size, signal)
  drop.decodeSeconds ??= await timeDecoding(drop, scene, signal)
  return picture
}

/** Seconds that a million pixels of one band take, by a block in the middle. */
async function timeDecoding(drop: KeptDrop, { bands }: FoundScene, signal?: AbortSignal): Promise<number> {
  const band = Object.values(bands).reduce((best, next) => (next.width > best.width ? next : best))
  const raster = await drop.open(band.path, signal)
  const along = (length: number) => {
    const side = Math.min(TIMED_SIDE, length)
    // From the corner of a tile, so that no more is decoded than is counted.
    return [Math.floor((length - side) / 2 / TIMED_SIDE) * TIMED_SIDE, side] as const
  }
  const [column, width] = along(raster.width)
  const [row, height] = along(raster.height)
  const begin = performance.now()
  await drop.caches.bands.read(raster, { window: { column, row, width, height }, bands: [band.band], signal })
  return ((performance.now() - begin) / 1000 / (width * height)) * 1e6
}
