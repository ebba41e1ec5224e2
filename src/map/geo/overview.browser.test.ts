import { expect, test, vi } from 'vitest'
import { eventually } from '../../core/foundation/eventually.testing'
import type { RenderedLayer } from '../../core/patches/renderLayer'
import { openProject } from '../../state/session/openProject'
import { emptyDisk, openStudio, patchRecord, SIDE } from '../../state/studio.testing'
import { MASK_COLOUR } from '../overlayColours'
import { GeoOverview } from './overview'
import { MapSpace, placePatches } from './placement'

/** Side by side, in pixels of their own; probabilities rise from row to row (`studio.testing.ts`). */
const patches = ['left', 'right'].map((id, index) => ({
  ...patchRecord(id),
  georeference: { transform: [SIDE * index, 1, 0, 0, 0, -1] as const, crs: 'EPSG:32633', geoKeys: null },
}))

const GREY = 90

function greyPicture(): RenderedLayer {
  const rgba = new Uint8ClampedArray(SIDE * SIDE * 4).map((_, index) => (index % 4 === 3 ? 255 : GREY))
  return { width: SIDE, height: SIDE, rgba, range: [] }
}

/** sRGB of a pixel of the overview. */
function pixelOf(picture: ImageBitmap, column: number, row: number): number[] {
  const canvas = new OffscreenCanvas(picture.width, picture.height)
  const context = canvas.getContext('2d')!
  context.drawImage(picture, 0, 0)
  return [...context.getImageData(column, row, 1, 1).data.subarray(0, 3)]
}

test('the overview shows the masks over the ground, and follows each when it changes', async () => {
  const disk = emptyDisk(patches)
  const high = new Float32Array(SIDE * SIDE).fill(0.9)
  disk.probabilities.set('left/ensemble', high)
  disk.probabilities.delete('right/ensemble')
  const studio = openStudio(disk)
  await openProject(studio)
  vi.spyOn(studio.files, 'call').mockImplementation((async () => greyPicture()) as never)
  const [group] = placePatches(studio.store.getState().patches.list).groups
  const space = new MapSpace(group!)
  const overview = new GeoOverview(studio, () => undefined)
  const show = () => overview.show(group!, space, null)
  const colours = () =>
    overview.image && [
      pixelOf(overview.image, SIDE / 2, SIDE / 2),
      pixelOf(overview.image, SIDE + SIDE / 2, SIDE / 2),
    ]
  const ground = [GREY, GREY, GREY]
  const tinted = MASK_COLOUR.map(value => Math.round(GREY * 0.62 + value * 0.38))

  show()
  await eventually(() => expect(colours()).toEqual([tinted, ground]))

  studio.store.change({ layers: { showMask: false } })
  show()
  await eventually(() => expect(colours()).toEqual([ground, ground]))

  // What a new prediction does: the mask is gone until it is read again.
  studio.store.change({ layers: { showMask: true } })
  disk.probabilities.set('right/ensemble', high)
  studio.pixels.probabilities.clear()
  studio.pixels.masks.delete('right')
  studio.store.change(({ review }) => {
    const { right: _, ...shares } = review.shares
    return { review: { shares } }
  })
  show()
  await eventually(() => expect(colours()).toEqual([tinted, tinted]))
  overview.destroy()
})
