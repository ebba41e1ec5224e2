import { SPECTRAL_BAND_COUNT } from '../../patches/bands'
import { IGNORE } from '../../patches/patch'
import type { TrainingSample } from '../trainingSample'
import type { Augmentation } from './augmentation'
import { bendColour } from './bendColour'
import { type CropFrame, cropFrame } from './cropFrame'

/**
 * Cuts, turns and colours a sample straight into slot `slot` of a batch, in one pass. Unrotated, pixels are copied;
 * rotated, they are interpolated (bilinear; the label takes the nearest pixel's).
 *
 * What lies outside the patch, and what would be interpolated from an invalid pixel (label 255 and every band 0) or
 * from outside, is 0 with label 255: no value is made up. Invalid pixels stay 0, since a colour shift must not make
 * data out of nothing. Slope and elevation are never coloured.
 *
 * 16 crops of 128 x 128 x 14 take 30 ms of one core plain, 50 with colours, 80 all rotated: work for a worker.
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
  const bands = augmentation.gain.length
  const area = side * side
  const out: Slot = {
    side,
    pixels: pixels.subarray(slot * area * bands, (slot + 1) * area * bands),
    label: label.subarray(slot * area, (slot + 1) * area),
  }
  const frame = cropFrame(augmentation, side)
  if (augmentation.angle === 0) copyCrop(sample, frame, bands, out)
  else resampleCrop(sample, frame, bands, out)
  colour(augmentation, bands, out)
}

interface Slot {
  side: number
  /** [side, side, bands] */
  pixels: Float32Array
  /** [side, side] */
  label: Int32Array
}

function copyCrop(sample: TrainingSample, frame: CropFrame, bands: number, { side, pixels, label }: Slot) {
  const { width, height } = sample
  for (let y = 0, out = 0; y < side; y++) {
    for (let x = 0; x < side; x++, out++) {
      const column = frame.column + x * frame.columnPerX + y * frame.columnPerY
      const row = frame.row + x * frame.rowPerX + y * frame.rowPerY
      if (column < 0 || row < 0 || column >= width || row >= height) {
        label[out] = IGNORE
        pixels.fill(0, out * bands, (out + 1) * bands)
        continue
      }
      const from = row * width + column
      label[out] = sample.label[from]!
      for (let band = 0; band < bands; band++) {
        pixels[out * bands + band] = sample.pixels[from * bands + band]!
      }
    }
  }
}

function resampleCrop(
  sample: TrainingSample,
  frame: CropFrame,
  bands: number,
  { side, pixels, label }: Slot,
) {
  const { width, height, pixels: values } = sample
  for (let y = 0, out = 0; y < side; y++) {
    for (let x = 0; x < side; x++, out++) {
      const column = frame.column + x * frame.columnPerX + y * frame.columnPerY
      const row = frame.row + x * frame.rowPerX + y * frame.rowPerY
      const left = Math.floor(column)
      const top = Math.floor(row)
      const fx = column - left
      const fy = row - top
      // A neighbour without weight is no source: it may be invalid, or lie outside.
      const right = fx > 0 ? left + 1 : left
      const bottom = fy > 0 ? top + 1 : top
      const a = top * width + left
      const b = top * width + right
      const c = bottom * width + left
      const d = bottom * width + right
      if (
        left < 0 ||
        top < 0 ||
        right >= width ||
        bottom >= height ||
        isInvalid(sample, a, bands) ||
        isInvalid(sample, b, bands) ||
        isInvalid(sample, c, bands) ||
        isInvalid(sample, d, bands)
      ) {
        label[out] = IGNORE
        pixels.fill(0, out * bands, (out + 1) * bands)
        continue
      }
      label[out] = sample.label[fy < 0.5 ? (fx < 0.5 ? a : b) : fx < 0.5 ? c : d]!
      for (let band = 0; band < bands; band++) {
        const upper = values[a * bands + band]! + fx * (values[b * bands + band]! - values[a * bands + band]!)
        const lower = values[c * bands + band]! + fx * (values[d * bands + band]! - values[c * bands + band]!)
        pixels[out * bands + band] = upper + fy * (lower - upper)
      }
    }
  }
}

function colour({ bend, gain, offset }: Augmentation, bands: number, { pixels, label }: Slot): void {
  const spectral = Math.min(SPECTRAL_BAND_COUNT, bands)
  for (let pixel = 0; pixel < label.length; pixel++) {
    const begin = pixel * bands
    if (label[pixel] === IGNORE && isZero(pixels, begin, bands)) continue
    for (let band = 0; band < spectral; band++) {
      pixels[begin + band] = bendColour(pixels[begin + band]!, bend) * gain[band]! + offset[band]!
    }
  }
}

function isInvalid({ label, pixels }: TrainingSample, pixel: number, bands: number): boolean {
  return label[pixel] === IGNORE && isZero(pixels, pixel * bands, bands)
}

function isZero(values: Float32Array, begin: number, count: number): boolean {
  for (let i = begin; i < begin + count; i++) if (values[i] !== 0) return false
  return true
}
