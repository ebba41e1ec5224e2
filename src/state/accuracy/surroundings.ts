import { toAppError } from '../../core/foundation/appError'
import type { PatchRecord } from '../../core/review/records'
import { basePicture, type Picture, pictureKey, pictureReady, renderPicture } from '../layers/pictures'
import { selectedPatch } from '../patches/selectors'
import type { PixelCache } from '../pixelCache'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import { markedPixel } from './selectors'

/** Pixels around an audited point within which its scene is shown, wherever its cell ends. */
const AROUND = 64

/** Of tiny cells the nearest ones. */
export const MOST_SURROUNDING = 8

/** A cell beside that of an audited point. */
export interface SurroundingCell {
  patch: PatchRecord
  /** Where it begins, in pixels of the point's cell. */
  column: number
  row: number
}

/** The cells of the scene that lie within `AROUND` of the audited point on the stage, the nearest first. */
export function surroundingCells(state: StudioState): SurroundingCell[] {
  const pixel = markedPixel(state)
  const place = pixel && selectedPatch(state)?.cell
  if (!place) return []
  const { sceneId, window } = place
  const found: (SurroundingCell & { distance: number })[] = []
  for (const patch of state.patches.list) {
    if (patch.cell?.sceneId !== sceneId || patch.id === pixel.patchId) continue
    const { width, height } = patch.cell.window
    const column = patch.cell.window.column - window.column
    const row = patch.cell.window.row - window.row
    const beside = (at: number, begin: number, length: number) =>
      Math.max(begin - at, at - begin - length + 1, 0)
    const distance = Math.max(beside(pixel.column, column, width), beside(pixel.row, row, height))
    if (distance <= AROUND) found.push({ patch, column, row, distance })
  }
  return found.sort((a, b) => a.distance - b.distance).slice(0, MOST_SURROUNDING)
}

/** The picture of a surrounding cell: stretched as that of the point's cell is, so that no edge shows; null: not made yet. */
export function surroundingPicture(
  state: StudioState,
  { renders }: Pick<PixelCache, 'renders'>,
): Picture | null {
  const picture = basePicture(state)
  if (picture.layer === 'hillshade') return picture
  const { selectedId } = state.view
  const own = selectedId && renders.get(pictureKey(selectedId, picture))
  if (!own) return null
  return { ...picture, limits: own.range.map(({ low, high }) => ({ low, high })), exactLimits: true }
}

/** Makes the pictures of the cells around an audited point ready, one after the other. */
export function watchSurroundings(studio: Studio): void {
  const { store, pixels } = studio
  let running = false
  const missing = () => {
    const state = store.getState()
    const picture = surroundingPicture(state, pixels)
    if (!picture) return null
    const cell = surroundingCells(state).find(
      ({ patch }) => !pixels.renders.get(pictureKey(patch.id, picture)),
    )
    return cell ? { id: cell.patch.id, picture } : null
  }
  const fill = async () => {
    if (running) return
    running = true
    try {
      for (let next = missing(); next; next = missing()) {
        await renderPicture(studio, next.id, next.picture)
        pictureReady(studio)
      }
    } catch (thrown) {
      studio.jobs.report('pictures', toAppError(thrown), fill)
    }
    running = false
  }
  store.subscribe((state, before) => {
    if (state.session.phase !== 'ready' || !markedPixel(state)) return
    const changed =
      state.accuracy !== before.accuracy ||
      state.view.selectedId !== before.view.selectedId ||
      state.layers !== before.layers
    if (changed) void fill()
  })
}
