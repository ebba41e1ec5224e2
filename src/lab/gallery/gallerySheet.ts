import type { PatchSpool } from '../../cli/node/patchSpool'
import { AppError } from '../../core/foundation/appError'
import { randomStream } from '../../core/foundation/random'
import { BANDS, DEM_BAND, SLOPE_BAND, SPECTRAL_BAND_COUNT } from '../../core/patches/bands'
import { countValue, IGNORE, LANDSLIDE } from '../../core/patches/patch'
import { normalise } from '../../core/patches/statistics'
import type { AugmentationSettings } from '../../core/rounds/roundConfig'
import { type Augmentation, drawAugmentation } from '../../engine/training/augmentation/drawAugmentation'
import { writeAugmented } from '../../engine/training/augmentation/writeAugmented'
import type { TrainingSample } from '../../engine/training/trainingSample'
import { channelsOf, type Drawable, drawSample } from './drawSample'
import { type Colour, drawText, emptyPicture, type RgbPicture, TEXT_HEIGHT } from './rgbPicture'

const AUGMENTATION_LINES = 5

/** The drawn values in `AUGMENTATION_LINES` short lines; the last names the bands that were dropped. */
function describeAugmentation({
  column,
  row,
  angle,
  flip,
  turns,
  bend,
  gain,
  offset,
}: Augmentation): string[] {
  const spectral = Array.from({ length: Math.min(SPECTRAL_BAND_COUNT, gain.length) }, (_, band) => band)
  const dropped = spectral.filter(band => gain[band] === 0 && offset[band] === 0)
  const kept = spectral.filter(band => !dropped.includes(band))
  const range = (values: Float32Array) => {
    const of = kept.map(band => values[band]!)
    return of.length === 0 ? '' : `${Math.min(...of).toFixed(2)} to ${Math.max(...of).toFixed(2)}`
  }
  return [
    `crop ${column},${row} angle ${angle.toFixed(1)}`,
    `${flip ? 'flip' : 'no flip'}, turn ${turns * 90}, bend ${bend.toFixed(2)}`,
    `gain ${range(gain)}`,
    `offset ${range(offset)}`,
    dropped.length > 0 ? `no ${dropped.map(band => BANDS[band]!.name).join(' ')}` : '',
  ]
}

interface GalleryRow {
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
 * A contact sheet with one row per patch: the patch itself, then augmented crops of it, each with landslides outlined,
 * slope and elevation below, and the drawn values as text. A row shares one stretch.
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
    const slides = countValue(sample.label, LANDSLIDE)
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

/**
 * Up to `count` patches of a spool, picked evenly, those with landslides first; normalised by the
 * statistics of all. Unlabelled pixels count as background: only the picture matters here.
 *
 * @throws AppError `bad-argument` where there is none.
 */
export async function galleryRows(spool: PatchSpool, count: number): Promise<GalleryRow[]> {
  const withSlides = spool.patches.filter(({ landslidePixels }) => landslidePixels > 0)
  const without = spool.patches.filter(({ landslidePixels }) => landslidePixels === 0)
  const chosen = evenly(withSlides, count)
  chosen.push(...evenly(without, count - chosen.length))
  if (chosen.length === 0)
    throw new AppError('bad-argument', 'The inputs hold no patch with 14 bands to draw.')
  const statistics = spool.statisticsOf('source')
  return Promise.all(
    chosen.map(async ({ id, name }) => {
      const patch = await spool.load(id)
      const { width, height, valid } = patch
      const label = patch.label ? Uint8Array.from(patch.label) : new Uint8Array(width * height)
      if (valid)
        for (let pixel = 0; pixel < label.length; pixel++) if (valid[pixel] === 0) label[pixel] = IGNORE
      return { name, sample: { width, height, pixels: normalise(patch, statistics), label } }
    }),
  )
}

function evenly<T>(items: readonly T[], count: number): T[] {
  const taken = Math.min(count, items.length)
  return Array.from(
    { length: Math.max(0, taken) },
    (_, place) => items[Math.floor((place * items.length) / taken)]!,
  )
}
