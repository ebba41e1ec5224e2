import type { Random } from '../../foundation/random'
import { LANDSLIDE } from '../../patches/patch'
import type { TrainingSample } from '../trainingSample'
import type { Augmentation, AugmentationSettings } from './augmentation'

/** Draws where a crop lies: anywhere inside the patch, or over a landslide pixel; centred where the patch is smaller. */
export function drawCrop(
  sample: TrainingSample,
  settings: Pick<AugmentationSettings, 'cropSize' | 'landslideShare'>,
  random: Random,
): Pick<Augmentation, 'column' | 'row'> {
  const { width, height } = sample
  const side = settings.cropSize
  // Drawn in every case, so that the number of draws does not depend on what a patch holds.
  const wantsLandslide = random.chance(settings.landslideShare)
  const [a, b, c] = [random.uniform(), random.uniform(), random.uniform()]
  const pixel = wantsLandslide ? landslidePixel(sample.label, a) : -1
  const place = (length: number, at: number | null, draw: number) => {
    const slack = length - side
    if (slack <= 0) return Math.floor(slack / 2)
    if (at === null) return Math.floor(draw * (slack + 1))
    const low = Math.max(0, at - side + 1)
    const high = Math.min(slack, at)
    return low + Math.floor(draw * (high - low + 1))
  }
  return {
    column: place(width, pixel < 0 ? null : pixel % width, b),
    row: place(height, pixel < 0 ? null : Math.floor(pixel / width), c),
  }
}

/** The landslide pixel at share `draw` of all landslide pixels, -1 where there is none. */
function landslidePixel(label: Uint8Array, draw: number): number {
  let count = 0
  for (const value of label) if (value === LANDSLIDE) count++
  let left = Math.floor(draw * count)
  for (let i = 0; count > 0 && i < label.length; i++) {
    if (label[i] === LANDSLIDE && left-- === 0) return i
  }
  return -1
}
