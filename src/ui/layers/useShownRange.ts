import { basePicture, pictureKey } from '../../state/actions/renderBase'
import type { RenderedLayer } from '../../worker/protocol'
import { useStudio, useStudioState } from '../studioContext'

/** What the base picture on screen is stretched to, a channel; null until it is drawn. */
export function useShownRange(): RenderedLayer['range'] | null {
  const studio = useStudio()
  const key = useStudioState(state =>
    state.selectedId ? pictureKey(state.selectedId, basePicture(state)) : null,
  )
  useStudioState(state => state.renderRevision)
  useStudioState(state => state.loading)
  return (key && studio.pixels.renders.get(key)?.range) || null
}
