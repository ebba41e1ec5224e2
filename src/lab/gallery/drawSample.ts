import { IGNORE, LANDSLIDE } from '../../core/patches/patch'
import { percentileRange } from '../../core/patches/stretch'
import type { TrainingSample } from '../../engine/training/trainingSample'
import { type Colour, paint, type RgbPicture } from './rgbPicture'

/** A sample, or a crop of one. */
export type Drawable = Omit<TrainingSample, 'label'> & { label: ArrayLike<number> }

/** One to three bands (0-based; one is grey), each from `low` (black) to `high` (white) in z-score units. */
export interface Channel {
  band: number
  low: number
  high: number
}

const OUTLINE: Colour = [255, 225, 0]
const HATCH: readonly [Colour, Colour] = [
  [70, 40, 80],
  [40, 25, 50],
]

/** Channels stretched between a sample's own percentiles, so that its crops show what was done to their colours. */
export function channelsOf(sample: Drawable, bands: readonly number[]): Channel[] {
  const count = sample.width * sample.height
  const stride = sample.pixels.length / count
  return bands.map(band => {
    const plane = Float32Array.from({ length: count }, (_, pixel) => sample.pixels[pixel * stride + band]!)
    const valid = Uint8Array.from({ length: count }, (_, pixel) => (isMissing(sample, pixel) ? 0 : 1))
    return { band, ...percentileRange(plane, valid, 0.02) }
  })
}

/** Draws a sample into a square of `side` pixels: hatched where there is no data, landslides outlined. */
export function drawSample(
  picture: RgbPicture,
  left: number,
  top: number,
  side: number,
  sample: Drawable,
  channels: readonly Channel[],
): void {
  const { width, height, pixels, label } = sample
  const stride = pixels.length / (width * height)
  // The longer side fills the square.
  const step = Math.max(width, height) / side
  const pixelAt = (x: number, y: number) => {
    const column = Math.floor((x + 0.5) * step)
    const row = Math.floor((y + 0.5) * step)
    return x < 0 || y < 0 || column >= width || row >= height ? -1 : row * width + column
  }
  const isSlide = (x: number, y: number) => label[pixelAt(x, y)] === LANDSLIDE
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const pixel = pixelAt(x, y)
      if (pixel < 0) continue
      const edge =
        isSlide(x, y) && !(isSlide(x - 1, y) && isSlide(x + 1, y) && isSlide(x, y - 1) && isSlide(x, y + 1))
      const grey = (place: number) => {
        const { band, low, high } = channels[Math.min(place, channels.length - 1)]!
        return Math.min(255, Math.max(0, (255 * (pixels[pixel * stride + band]! - low)) / (high - low)))
      }
      const colour: Colour = edge
        ? OUTLINE
        : isMissing(sample, pixel)
          ? HATCH[(x + y) % 8 < 4 ? 0 : 1]
          : [grey(0), grey(1), grey(2)]
      paint(picture, left + x, top + y, colour)
    }
  }
}

function isMissing({ width, height, pixels, label }: Drawable, pixel: number): boolean {
  if (label[pixel] !== IGNORE) return false
  const stride = pixels.length / (width * height)
  for (let i = pixel * stride; i < (pixel + 1) * stride; i++) if (pixels[i] !== 0) return false
  return true
}
