import type { Random } from '../../../core/foundation/random'
import { SPECTRAL_BAND_COUNT } from '../../../core/patches/bands'
import { LANDSLIDE } from '../../../core/patches/patch'
import type { AugmentationSettings } from '../../../core/rounds/roundConfig'
import type { TrainingSample } from '../trainingSample'

/** Draws where a crop lies: anywhere inside the patch, or over a landslide pixel; centred where the patch is smaller. */
function drawCrop(
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

/**
 * Draws one augmentation. Colour perturbation touches the 12 spectral bands only: slope and elevation are
 * measurements of the ground, which haze and sun do not change (the paper).
 *
 * Every draw is made whatever its range is and whatever the patch holds: switching one kind of perturbation off
 * leaves the others as they were.
 */
export function drawAugmentation(
  sample: TrainingSample,
  settings: AugmentationSettings,
  random: Random,
): Augmentation {
  const bands = sample.pixels.length / (sample.width * sample.height)
  const gain = new Float32Array(bands).fill(1)
  const offset = new Float32Array(bands)
  const place = drawCrop(sample, settings, random)
  if (!settings.augment) return { ...place, angle: 0, flip: false, turns: 0, bend: 1, gain, offset }
  const symmetric = (range: number) => (2 * random.uniform() - 1) * range
  const contrast = 1 + symmetric(settings.contrast)
  const brightness = symmetric(settings.brightness)
  const spectral = Math.min(SPECTRAL_BAND_COUNT, bands)
  for (let band = 0; band < spectral; band++) {
    gain[band] = contrast * (1 + symmetric(settings.bandJitter))
    offset[band] = brightness + symmetric(settings.bandJitter)
  }
  const flip = random.chance(0.5)
  const turns = random.integer(0, 3)
  const rotated = random.chance(settings.rotationShare)
  const angle = symmetric(settings.rotationDegrees)
  const bend = Math.exp(symmetric(settings.gamma))
  for (let band = 0; band < spectral; band++) {
    if (!random.chance(settings.bandDropout)) continue
    gain[band] = 0
    offset[band] = 0
  }
  return { ...place, angle: rotated ? angle : 0, flip, turns, bend, gain, offset }
}
/**
 * What one draw does to a patch: where it is cut, how it is turned, how its colours move. The crop is cut first, then
 * turned by `angle` about its centre, flipped left-right, and turned by quarters; colours come last.
 */
export interface Augmentation {
  /** Upper-left corner of the crop in the patch; negative where the patch is smaller than the crop. */
  column: number
  row: number
  /** Degrees anticlockwise as seen on the screen; 0: pixels are copied, not interpolated. */
  angle: number
  flip: boolean
  /** Quarter turns anticlockwise, 0 to 3, after the flip. */
  turns: number
  /** Slope of `bendColour` far from the mean; 1: straight. Spectral bands only. */
  bend: number
  /**
   * Per band: bent value * gain + offset, in z-score units. Identity (1 and 0) for slope and elevation; both 0 for a
   * band that is dropped, which leaves it at its mean.
   */
  gain: Float32Array
  offset: Float32Array
}
