import type { Random } from '../foundation/random'
import { SPECTRAL_BAND_COUNT } from '../patches/bands'
import { IGNORE, LANDSLIDE } from '../patches/patch'
import type { TrainingSample } from './trainingSample'

/** What one draw does to a patch: where it is cut, how it is turned, how its colours move. */
export interface Augmentation {
  /** Upper-left corner of the crop in the patch; negative where the patch is smaller than the crop. */
  column: number
  row: number
  flip: boolean
  /** Quarter turns, 0 to 3, after the flip. */
  turns: number
  /** Per band: value * gain + offset, in z-score units. Identity for slope and elevation. */
  gain: Float32Array
  offset: Float32Array
}

export interface AugmentationSettings {
  /** Side of the square crop, pixels. */
  cropSize: number
  /** False: no flips, turns or colours; crops are still drawn. */
  augment: boolean
  /** Share of draws whose crop is placed over a landslide pixel, where the patch holds one. */
  landslideShare: number
  /** Largest contrast change common to the spectral bands (gain 1 +- this). */
  contrast: number
  /** Largest brightness change common to the spectral bands, in standard deviations. */
  brightness: number
  /** Largest change of one band alone, in gain and in standard deviations. */
  bandJitter: number
}

/** Half of the crops are placed over a landslide: patches hold 49 background pixels per landslide pixel. */
export const defaultAugmentation: AugmentationSettings = {
  cropSize: 128,
  augment: true,
  landslideShare: 0.5,
  contrast: 0.2,
  brightness: 0.2,
  bandJitter: 0.05,
}

/**
 * Draws one augmentation. Colour perturbation touches the 12 spectral bands only: slope and elevation are
 * measurements of the ground, which haze and sun do not change (the paper).
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
  if (!settings.augment) return { ...place, flip: false, turns: 0, gain, offset }
  const symmetric = (range: number) => (2 * random.uniform() - 1) * range
  const contrast = 1 + symmetric(settings.contrast)
  const brightness = symmetric(settings.brightness)
  for (let band = 0; band < Math.min(SPECTRAL_BAND_COUNT, bands); band++) {
    gain[band] = contrast * (1 + symmetric(settings.bandJitter))
    offset[band] = brightness + symmetric(settings.bandJitter)
  }
  return { ...place, flip: random.chance(0.5), turns: random.integer(0, 3), gain, offset }
}

function drawCrop(sample: TrainingSample, settings: AugmentationSettings, random: Random) {
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
 * Cuts, turns and colours a sample straight into slot `slot` of a batch. Pixels outside the patch are 0 with label
 * 255. Invalid pixels (label 255 and every band 0) stay 0, since a colour shift must not make data out of nothing.
 *
 * @param pixels [B, side, side, bands] float32; @param label [B, side, side] int32.
 */
export function writeAugmented(
  sample: TrainingSample,
  augmentation: Augmentation,
  side: number,
  slot: number,
  pixels: Float32Array,
  label: Int32Array,
): void {
  const { width, height } = sample
  const { gain, offset, flip, turns } = augmentation
  const bands = gain.length
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [u, v] = turned(x, y, side, flip, turns)
      const column = u + augmentation.column
      const row = v + augmentation.row
      const out = (slot * side + y) * side + x
      if (column < 0 || row < 0 || column >= width || row >= height) {
        label[out] = IGNORE
        pixels.fill(0, out * bands, (out + 1) * bands)
        continue
      }
      const from = row * width + column
      const value = sample.label[from]!
      label[out] = value
      const empty = value === IGNORE && isZero(sample.pixels, from * bands, bands)
      for (let band = 0; band < bands; band++) {
        const original = sample.pixels[from * bands + band]!
        pixels[out * bands + band] = empty ? 0 : original * gain[band]! + offset[band]!
      }
    }
  }
}

/** Where the output pixel (x, y) comes from: the inverse of flipping left-right, then turning anticlockwise. */
function turned(x: number, y: number, side: number, flip: boolean, turns: number): [number, number] {
  const last = side - 1
  let [u, v] = [x, y]
  if (turns === 1) [u, v] = [last - y, x]
  else if (turns === 2) [u, v] = [last - x, last - y]
  else if (turns === 3) [u, v] = [y, last - x]
  return flip ? [last - u, v] : [u, v]
}

function isZero(values: Float32Array, begin: number, count: number): boolean {
  for (let i = begin; i < begin + count; i++) if (values[i] !== 0) return false
  return true
}
