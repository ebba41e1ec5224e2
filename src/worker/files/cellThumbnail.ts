import { compositeBands } from '../../core/patches/baseLayers'
import { type RenderedLayer, thumbnail } from '../../core/patches/renderLayer'
import type { Limits } from '../../core/patches/stretch'
import { boxesOf, REDUCED_SIDE } from '../../core/scenes/boxSums'
import type { ProjectStore } from '../../storage/projectStore'
import { blank, type SceneCell, setMeans } from './cellMeans'

/**
 * A small true-colour picture of a cell, as `thumbnail` draws it of a patch, without reading the bands that it does not show;
 * one of up to an eighth of the cell's size is drawn from its small copy.
 *
 * @throws AppError as the store's reading
 */
export async function cellThumbnail(
  store: Pick<ProjectStore, 'readPixelWindow' | 'readReduced'>,
  { id, window }: SceneCell,
  size: number,
  limits?: readonly Limits[],
): Promise<RenderedLayer> {
  const bands = compositeBands('true-colour')
  const boxes = boxesOf(window, REDUCED_SIDE)
  if (size <= Math.max(boxes.width, boxes.height)) {
    const sums = await store.readReduced(id, window, bands)
    const pixels = blank(boxes.width, boxes.height)
    for (const [index, band] of bands.entries()) setMeans(pixels, band, sums[index]!, 0)
    return thumbnail(pixels, size, limits)
  }
  const { width, height } = window
  const { data, valid } = await store.readPixelWindow(id, { column: 0, row: 0, width, height }, bands)
  const pixels = { ...blank(width, height), valid }
  for (const [index, band] of bands.entries()) {
    const area = width * height
    pixels.data.set(data.subarray(index * area, (index + 1) * area), band * area)
  }
  return thumbnail(pixels, size, limits)
}
