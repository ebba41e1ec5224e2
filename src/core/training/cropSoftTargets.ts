import { IGNORE } from '../patches/patch'
import type { Augmentation } from './augmentation/augmentation'
import { cropFrame } from './augmentation/cropFrame'
import type { TrainingSample } from './trainingSample'

/**
 * Writes what each pixel of an augmented crop should be: the probability of landslide that its label says (smoothed),
 * or the sample's own soft target, taken from the pixel that the label came from.
 *
 * @param label [side, side] of the crop, as `writeAugmented` left it; 255 stays without a target (0).
 * @param smoothing e: a hard label means 1 - e / 2 and e / 2.
 * @param targets [side, side] float32, written.
 */
export function cropSoftTargets(
  { width, height, soft }: TrainingSample,
  augmentation: Augmentation,
  side: number,
  label: Int32Array,
  smoothing: number,
  targets: Float32Array,
): void {
  const frame = cropFrame(augmentation, side)
  for (let y = 0, out = 0; y < side; y++) {
    for (let x = 0; x < side; x++, out++) {
      if (label[out] === IGNORE) {
        targets[out] = 0
        continue
      }
      // Halves go down, as the labels of rotated crops do.
      const column = nearest(frame.column + x * frame.columnPerX + y * frame.columnPerY, width)
      const row = nearest(frame.row + x * frame.rowPerX + y * frame.rowPerY, height)
      const probability = soft?.[row * width + column] ?? Number.NaN
      targets[out] = Number.isNaN(probability) ? hard(label[out]!, smoothing) : probability
    }
  }
}

function nearest(position: number, length: number): number {
  const low = Math.floor(position)
  return Math.min(length - 1, Math.max(0, position - low < 0.5 ? low : low + 1))
}

function hard(label: number, smoothing: number): number {
  return label * (1 - smoothing) + smoothing / 2
}
