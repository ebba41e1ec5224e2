import { toAppError } from '../../core/foundation/appError'
import { forEachPixel, labelComponents } from '../../core/masks/components'
import { type Landslide, type LandslideOrder, orderLandslides } from '../../core/masks/landslideAttributes'
import { cellsBeside, componentsIn, joinMasks, type Piece } from '../../core/masks/mosaic'
import { componentOutline } from '../../core/masks/outlines'
import type { PixelPoint, PixelSpans } from '../../core/masks/pixelSpans'
import { BACKGROUND, IGNORE } from '../../core/patches/patch'
import type { PatchRecord } from '../../core/review/records'
import { isAuditing } from '../accuracy/selectors'
import { beginEdit } from '../edit/beginEdit'
import { cellsOfScene, selectedPatch } from '../patches/selectors'
import type { ListedPixels } from '../pixelCache'
import { notify } from '../shell/notices'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import type { ViewSlice } from '../view/slice'
import { peekMask } from './masks'
import type { ReviewSlice } from './slice'

/** Whether the list is of the masks that are shown now; otherwise it is about to be made again. */
export function landslidesAreCurrent(state: StudioState): boolean {
  const {
    review: { landslides, maskRevision },
    view: { selectedId },
  } = state
  if (landslides === null || landslides.patchId !== selectedId) return false
  const { patchId, revision, beside } = landslides
  return Object.entries({ ...beside, [patchId]: revision }).every(
    ([id, listed]) => listed === (maskRevision[id] ?? 0),
  )
}

/** Landslides of the patch on screen as they are listed; empty where they are of another patch. */
export function listedLandslides({
  review: { landslides, landslideOrder },
  view: { selectedId },
}: {
  review: Pick<ReviewSlice, 'landslides' | 'landslideOrder'>
  view: Pick<ViewSlice, 'selectedId'>
}): Landslide[] {
  return landslides?.patchId === selectedId ? orderLandslides(landslides.list, landslideOrder) : []
}

/** The landslide that is outlined; null: none, or its mask has changed. */
export function selectedLandslide(state: StudioState): Landslide | null {
  if (!landslidesAreCurrent(state)) return null
  return state.review.landslides?.list.find(({ number }) => number === state.review.selectedLandslide) ?? null
}

/** Whether the selected landslide may be taken out. */
export function canChangeLandslide(state: StudioState): boolean {
  return selectedLandslide(state) !== null && selectedPatch(state) !== null && !state.view.loading
}

interface ShownMask {
  patch: PatchRecord
  mask: Uint8Array
  revision: number
}

/** Cells that a landslide is followed over at most: further than any landslide goes, and soon done. */
const MOST_CELLS = 25

/** Cells beside a cell on which its landslides go on, with their masks as shown; none for other patches. */
async function readBeside(studio: Studio, patch: PatchRecord, mask: Uint8Array): Promise<ShownMask[]> {
  if (!patch.cell) return []
  const placed = cellsOfScene(studio.store.getState(), patch).flatMap(cell =>
    cell.cell ? [{ patch: cell, window: cell.cell.window }] : [],
  )
  const own = { window: patch.cell.window, values: mask }
  const pieces = [own]
  const found: ShownMask[] = []
  const looked = new Set([patch.id])
  for (;;) {
    const joined = joinMasks(pieces)
    const { column, row, width, height } = joined.window
    const inside = { ...own.window, column: own.window.column - column, row: own.window.row - row }
    const { labels } = componentsIn(labelComponents(joined.values, width, height), inside)
    const isOurs = (x: number, y: number) => labels[(y - row) * width + x - column] !== 0
    const others = placed.filter(one => !looked.has(one.patch.id))
    const next = cellsBeside(pieces, isOurs, others).slice(0, MOST_CELLS - looked.size)
    if (next.length === 0) return found
    for (const { patch: cell, window } of next) {
      looked.add(cell.id)
      const revision = studio.store.getState().review.maskRevision[cell.id] ?? 0
      const shown = await peekMask(studio, cell)
      // Nothing goes on where nothing was predicted; painted on, it is looked at again.
      const values = shown ?? new Uint8Array(window.width * window.height)
      pieces.push({ window, values })
      found.push({ patch: cell, mask: values, revision })
    }
  }
}

/** Lists the landslides of the mask on screen; found in a worker, so that a large mask stops nobody. */
export async function findLandslides(studio: Studio): Promise<void> {
  const state = studio.store.getState()
  const patch = selectedPatch(state)
  const mask = patch && studio.pixels.masks.get(patch.id)
  if (!patch || !mask) {
    studio.store.change({ review: { landslides: null, landslidesError: null, selectedLandslide: null } })
    return
  }
  const revision = state.review.maskRevision[patch.id] ?? 0
  let beside: ShownMask[] = []
  const isStale = () => {
    const { view, review } = studio.store.getState()
    const all = [{ patch, revision }, ...beside]
    return (
      view.selectedId !== patch.id ||
      all.some(one => (review.maskRevision[one.patch.id] ?? 0) !== one.revision)
    )
  }
  try {
    beside = await readBeside(studio, patch, mask)
    if (isStale()) return
    const others = beside.map(one => ({ patchId: one.patch.id, mask: one.mask }))
    const request = { patchId: patch.id, mask, ...(others.length > 0 && { beside: others }) }
    const list = await studio.files.call('landslides', request)
    if (isStale()) return
    const selected = keptSelection(studio, patch.id, list.length)
    studio.pixels.landslidesOver = beside.map(one => ({ window: one.patch.cell!.window, values: one.mask }))
    studio.store.change({
      review: {
        landslides: {
          patchId: patch.id,
          revision,
          beside: Object.fromEntries(beside.map(one => [one.patch.id, one.revision])),
          list,
        },
        landslidesError: null,
        selectedLandslide: selected,
      },
    })
  } catch (thrown) {
    if (isStale()) return
    studio.store.change({ review: { landslides: null, landslidesError: toAppError(thrown).message } })
  }
}

/** After one was taken out, the selection is where `changeLandslide` put it; on another patch there is none. */
function keptSelection(studio: Studio, patchId: string, count: number): number | null {
  const {
    review: { landslides, selectedLandslide: number },
  } = studio.store.getState()
  if (landslides?.patchId !== patchId || number === null || number > count) return null
  return number
}

export function setLandslideOrder({ store }: Pick<Studio, 'store'>, order: LandslideOrder): void {
  store.change({ review: { landslideOrder: order } })
}

/** Outlines a landslide and brings it into view; null: none. @param bring false: the view stays where it is */
export function selectLandslide(studio: Studio, number: number | null, bring = true): void {
  studio.store.change(state => ({
    review: {
      selectedLandslide: number,
      landslideRequest: state.review.landslideRequest + (number === null || !bring ? 0 : 1),
    },
  }))
}

/**
 * Outlines the landslide under a pixel, once those of the mask on screen are found.
 *
 * @param pixel of the patch on screen
 * @param bring brings it into view
 * @returns false: there is none, another patch came on screen, or an audit hides them
 */
export async function selectLandslideAt(
  studio: Studio,
  { column, row }: PixelPoint,
  { bring }: { bring: boolean },
): Promise<boolean> {
  const { selectedId } = studio.store.getState().view
  // An audit is blind: an outline would say what the map says.
  if (isAuditing(studio.store.getState())) return false
  if (!landslidesAreCurrent(studio.store.getState())) await findLandslides(studio)
  const listed = listedPixels(studio)
  if (!listed || studio.store.getState().view.selectedId !== selectedId) return false
  const { components, origin } = listed
  const [x, y] = [Math.floor(column) - origin.column, Math.floor(row) - origin.row]
  const inside = x >= 0 && y >= 0 && x < components.width && y < components.height
  const number = inside ? components.labels[y * components.width + x]! : 0
  if (number === 0) return false
  selectLandslide(studio, number, bring)
  return true
}

/** First pixel of the selected landslide in reading order, counted from the patch on screen; null: none is selected. */
export function selectedFirstPixel(studio: Pick<Studio, 'store' | 'pixels'>): PixelPoint | null {
  const landslide = selectedLandslide(studio.store.getState())
  const listed = landslide && listedPixels(studio)
  if (!listed) return null
  const { components, origin } = listed
  const { column, row } = components.windows[landslide.number - 1]!
  const line = row * components.width
  const first = components.labels.indexOf(landslide.number, line + column) - line
  return { column: first + origin.column, row: row + origin.row }
}

/** The next or previous in the list as it is ordered, round and round. */
export function stepLandslide(studio: Studio, by: 1 | -1): void {
  const state = studio.store.getState()
  const list = listedLandslides(state)
  if (list.length === 0) return
  const at = list.findIndex(({ number }) => number === state.review.selectedLandslide)
  const next = at < 0 ? (by > 0 ? 0 : list.length - 1) : (at + by + list.length) % list.length
  selectLandslide(studio, list[next]!.number)
}

/** null: the list is not of what is shown. */
function listedPixels({ store, pixels }: Pick<Studio, 'store' | 'pixels'>): ListedPixels | null {
  const state = store.getState()
  const patch = selectedPatch(state)
  const mask = patch && pixels.masks.get(patch.id)
  if (!patch || !mask || !landslidesAreCurrent(state)) return null
  const { landslides } = state.review
  const known = pixels.listedPixels
  if (known?.of === landslides) return known
  pixels.listedPixels = { of: landslides!, ...joinedPixels(patch, mask, pixels.landslidesOver) }
  return pixels.listedPixels
}

function joinedPixels(
  { width, height, cell }: PatchRecord,
  mask: Uint8Array,
  over: readonly Piece<Uint8Array>[],
): ListedPixels {
  if (!cell || over.length === 0) {
    return { components: labelComponents(mask, width, height), origin: { column: 0, row: 0 } }
  }
  const { window, values } = joinMasks([{ window: cell.window, values: mask }, ...over])
  const origin = { column: window.column - cell.window.column, row: window.row - cell.window.row }
  const inside = { column: -origin.column, row: -origin.row, width, height }
  return { components: componentsIn(labelComponents(values, window.width, window.height), inside), origin }
}

/**
 * The edge of the selected landslide, all of it.
 *
 * @returns SVG path in pixels from `origin`, which is a place on the patch on screen; null: none is selected
 */
export function landslideOutline(
  studio: Pick<Studio, 'store' | 'pixels'>,
): { path: string; origin: PixelPoint } | null {
  const landslide = selectedLandslide(studio.store.getState())
  const listed = landslide && listedPixels(studio)
  return listed && { path: componentOutline(listed.components, landslide.number), origin: listed.origin }
}

/**
 * Takes the selected landslide out of the mask, or has training ignore it, as one step that can be undone, on all the
 * cells that it lies on; the next in the list is selected. A verdict given before no longer holds, as after any stroke.
 * Protected classes and ranges hold as for a brush: what they keep of it stays, and is said.
 */
export function changeLandslide(studio: Studio, to: 'background' | 'ignore'): void {
  const state = studio.store.getState()
  const landslide = selectedLandslide(state)
  const listed = landslide && listedPixels(studio)
  const edit = listed && beginEdit(studio, 'scene')
  if (!edit) return
  const { components, origin } = listed
  const corner = edit.inRaster(origin)
  const spans: PixelSpans = { starts: [], lengths: [] }
  forEachPixel(components, landslide.number, index => {
    const column = corner.column + (index % components.width)
    const row = corner.row + Math.floor(index / components.width)
    spans.starts.push(row * edit.raster.width + column)
    spans.lengths.push(1)
  })
  edit.paint(spans, to === 'background' ? BACKGROUND : IGNORE)
  const order = listedLandslides(state).map(({ number }) => number)
  edit.finish(pixels => {
    const left = landslide.pixels - pixels
    if (left === 0) {
      selectLandslide(studio, numberAfter(order, landslide.number))
      return
    }
    // What stays may get other numbers: the next removal must not hit another landslide.
    if (pixels > 0) selectLandslide(studio, null)
    const what = pixels > 0 ? `${left} of its ${landslide.pixels} pixels stay` : 'The landslide stays'
    notify(studio.store, 'information', `${what}: protected, or outside the ranges that limit edits.`)
  })
}

/** Who is looked at once this one is gone: the next in the list, else the one before; numbers above it move down. */
function numberAfter(order: readonly number[], gone: number): number | null {
  const at = order.indexOf(gone)
  const next = order[at + 1] ?? order[at - 1]
  if (next === undefined) return null
  return next > gone ? next - 1 : next
}
