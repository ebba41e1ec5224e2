import { AppError } from '../../core/foundation/appError'
import { normalise } from '../../core/patches/normalise'
import { IGNORE } from '../../core/patches/patch'
import type { PatchSpool } from '../patchSpool'
import type { GalleryRow } from './gallerySheet'

/**
 * Up to `count` patches of a spool, evenly picked, those with landslides before the others; normalised by the
 * statistics of all. Unlabelled pixels count as background: it is the picture that matters here.
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
