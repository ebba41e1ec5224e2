import { randomStream } from '../../core/foundation/random'
import { DEM_BAND, SLOPE_BAND } from '../../core/patches/bands'
import { LANDSLIDE } from '../../core/patches/patch'
import type { AugmentationSettings } from '../../core/training/augmentation/augmentation'
import { drawAugmentation } from '../../core/training/augmentation/drawAugmentation'
import { writeAugmented } from '../../core/training/augmentation/writeAugmented'
import type { TrainingSample } from '../../core/training/trainingSample'
import { AUGMENTATION_LINES, describeAugmentation } from './describeAugmentation'
import { channelsOf, type Drawable, drawSample } from './drawSample'
import { drawText, TEXT_HEIGHT } from './drawText'
import { type Colour, emptyPicture, type RgbPicture } from './rgbPicture'

export interface GalleryRow {
  name: string
  sample: TrainingSample
}

export interface GalleryOptions {
  seed: number
  /** Augmented crops of each patch. */
  count: number
  settings: AugmentationSettings
  /** Bands (0-based) shown as red, green and blue. */
  composite: readonly number[]
}

/** Side of a crop in the picture; slope and elevation stand below at half of it. */
const SIDE = 256
const GAP = 10
const LINE = TEXT_HEIGHT + 4
const CELL = SIDE + GAP
const ROW = SIDE + SIDE / 2 + AUGMENTATION_LINES * LINE + 2 * GAP
const PAPER: Colour = [24, 26, 30]
const INK: Colour = [225, 225, 225]

/**
 * A contact sheet: a row a patch, the patch as it is and then augmented crops of it, each with landslides outlined,
 * slope and elevation below, and what was drawn in words. All of a row is stretched alike.
 */
export function gallerySheet(rows: readonly GalleryRow[], options: GalleryOptions): RgbPicture {
  const { seed, count, settings, composite } = options
  const picture = emptyPicture(CELL * (count + 1) + GAP, ROW * rows.length + GAP, PAPER)
  for (const [index, { name, sample }] of rows.entries()) {
    const top = GAP + index * ROW
    const colours = channelsOf(sample, composite)
    const slope = channelsOf(sample, [SLOPE_BAND])
    const elevation = channelsOf(sample, [DEM_BAND])
    const cell = (place: number, shown: Drawable, lines: string[]) => {
      const left = GAP + place * CELL
      drawSample(picture, left, top, SIDE, shown, colours)
      drawSample(picture, left, top + SIDE, SIDE / 2, shown, slope)
      drawSample(picture, left + SIDE / 2, top + SIDE, SIDE / 2, shown, elevation)
      for (const [line, text] of lines.entries()) {
        drawText(picture, left, top + SIDE + SIDE / 2 + 6 + line * LINE, SIDE, text, INK)
      }
    }
    const slides = sample.label.reduce((sum, value) => sum + (value === LANDSLIDE ? 1 : 0), 0)
    cell(0, sample, [
      name,
      `${sample.width} x ${sample.height}`,
      `${slides} landslide pixels`,
      'below: slope, DEM',
    ])
    for (let place = 1; place <= count; place++) {
      const augmentation = drawAugmentation(sample, settings, randomStream(seed, 'gallery', name, place))
      const side = settings.cropSize
      const pixels = new Float32Array(side * side * augmentation.gain.length)
      const label = new Int32Array(side * side)
      writeAugmented(sample, augmentation, side, 0, pixels, label)
      cell(place, { width: side, height: side, pixels, label }, describeAugmentation(augmentation))
    }
  }
  return picture
}
