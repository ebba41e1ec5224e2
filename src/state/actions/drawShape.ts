import { BACKGROUND } from '../../core/patches/patch'
import type { PixelPoint } from '../../core/review/pixelPoint'
import { polygonSpans } from '../../core/review/polygonSpans'
import { notify } from '../notify'
import { isReviewable, selectedPatch } from '../selectors'
import type { Studio } from '../studio'
import { beginEdit } from './editMask'

/** Sets what a closed line encloses to the class in hand, or, subtracting, to background; one undoable step. */
export function fillShape(studio: Studio, vertices: readonly PixelPoint[], subtract: boolean): void {
  const edit = beginEdit(studio)
  if (!edit) return
  const spans = polygonSpans(vertices, edit.patch.width, edit.patch.height)
  edit.paint(spans, subtract ? BACKGROUND : studio.store.getState().paintClass)
  if (edit.finish()) return
  const { clamps, protectedClasses } = studio.store.getState()
  const held = protectedClasses.length > 0 || Object.values(clamps).some(clamp => clamp.on)
  notify(
    studio.store,
    'information',
    held
      ? 'The shape changed nothing: its pixels are of that class already, or protected or clamped (see Edit).'
      : 'The shape changed nothing: its pixels are of that class already, or it holds none.',
  )
}

/** Adds a vertex to the polygon, beginning one where there is none. @param alt turns add and subtract round */
export function addVertex(studio: Studio, vertex: PixelPoint, alt = false): boolean {
  const state = studio.store.getState()
  const patch = selectedPatch(state)
  if (!isReviewable(patch) || state.loading) return false
  const draft = state.draft?.patchId === patch.id ? state.draft : null
  studio.store.setState({
    draft: {
      patchId: patch.id,
      vertices: [...(draft?.vertices ?? []), vertex],
      subtract: draft?.subtract ?? state.subtract !== alt,
    },
    showMask: true,
  })
  return true
}

export function removeVertex(studio: Studio): void {
  studio.store.setState(({ draft }) => {
    const vertices = draft?.vertices.slice(0, -1) ?? []
    return { draft: draft && vertices.length > 0 ? { ...draft, vertices } : null }
  })
}

/** Fills the polygon and ends it; fewer than three vertices go on being drawn. */
export function closePolygon(studio: Studio): void {
  const { draft } = studio.store.getState()
  if (!draft || draft.vertices.length < 3) return
  studio.store.setState({ draft: null })
  fillShape(studio, draft.vertices, draft.subtract)
}

export function cancelPolygon(studio: Studio): void {
  studio.store.setState({ draft: null })
}
