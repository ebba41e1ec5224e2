import { overlayKey } from '../../state/actions/loadOverlay'
import { probabilityKey } from '../../state/pixelCache'
import type { Overlay } from '../../state/slices/layersSlice'
import { useStudio, useStudioState } from '../studioContext'

const WHY: Readonly<Record<Overlay, string>> = {
  probability: 'This patch has no prediction yet: run the ensemble.',
  disagreement: 'This patch has no prediction of single networks yet: run the ensemble.',
  entropy: 'This patch has no prediction yet: run the ensemble.',
  'round-mask': 'The round did not map this patch.',
  'round-difference': 'One of the rounds did not map this patch.',
  'against-verdict': 'There is nothing to compare: the patch is not accepted, or the round did not map it.',
}

/** Why the chosen overlay shows nothing on this patch, where it does. */
export function OverlayAbsence() {
  const studio = useStudio()
  const overlay = useStudioState(state => state.overlay)
  const loading = useStudioState(state => state.loading)
  const key = useStudioState(state => {
    if (!state.selectedId) return null
    return state.overlay === 'probability'
      ? probabilityKey(state.selectedId, state.probabilityModel)
      : overlayKey(state, state.selectedId)
  })
  useStudioState(state => state.renderRevision)
  if (!key || loading) return null
  const { probabilities, overlays } = studio.pixels
  const held = overlay === 'probability' ? probabilities.get(key) : overlays.get(key)
  return held === null ? <p className="hint">{WHY[overlay]}</p> : null
}
