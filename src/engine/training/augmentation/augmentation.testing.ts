import type { TrainingSample } from '../trainingSample'
import type { Augmentation } from './drawAugmentation'
import { writeAugmented } from './writeAugmented'

export const BANDS = 14

/** Pixel value = 1 + its index, in every band; one landslide pixel at `landslide`. */
export function sampleOf(width: number, height: number, landslide = -1): TrainingSample {
  const pixels = new Float32Array(width * height * BANDS)
  for (let i = 0; i < width * height; i++) pixels.fill(i + 1, i * BANDS, (i + 1) * BANDS)
  const label = new Uint8Array(width * height)
  if (landslide >= 0) label[landslide] = 1
  return { width, height, pixels, label }
}

/** Marks a pixel as invalid, as `normalise` and `maskedTruth` do. */
export function invalidate(sample: TrainingSample, pixel: number): void {
  sample.label[pixel] = 255
  sample.pixels.fill(0, pixel * BANDS, (pixel + 1) * BANDS)
}

/** The identity on a patch of any size. */
export function plainAugmentation(): Augmentation {
  const gain = new Float32Array(BANDS).fill(1)
  return {
    column: 0,
    row: 0,
    angle: 0,
    flip: false,
    turns: 0,
    bend: 1,
    gain,
    offset: new Float32Array(BANDS),
  }
}

/** One crop of `side` pixels; `first` is its first band. */
export function augmented(sample: TrainingSample, side: number, change: Partial<Augmentation>) {
  // Not zero, so that a pixel which is left out shows.
  const pixels = new Float32Array(side * side * BANDS).fill(-7)
  const label = new Int32Array(side * side).fill(-7)
  writeAugmented(sample, { ...plainAugmentation(), ...change }, side, 0, pixels, label)
  return { pixels, label, first: band(pixels, 0) }
}

/** One band of an NHWC crop. */
export function band(pixels: Float32Array, index: number): number[] {
  return Array.from({ length: pixels.length / BANDS }, (_, pixel) => pixels[pixel * BANDS + index]!)
}
