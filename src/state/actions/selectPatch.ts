import { toAppError } from '../../core/foundation/appError'
import { neighbour } from '../queueSelectors'
import { patchById, selectedPatch } from '../selectors'
import type { Studio } from '../studio'
import { loadMask, loadPixels, loadProbability } from './loadMask'
import { renderBase } from './renderBase'

/** Shows a patch; what it needs is read, then its neighbours' pictures are made ready. */
export async function selectPatch(studio: Studio, id: string | null): Promise<void> {
  const patch = patchById(studio.store.getState(), id)
  studio.store.setState({ selectedId: patch?.id ?? null, loading: patch !== null, loadError: null })
  if (!patch) return
  try {
    await Promise.all([loadPixels(studio, patch.id), renderBase(studio, patch.id)])
    await Promise.all([loadMask(studio, patch), loadShownProbability(studio, patch.id)])
    if (studio.store.getState().selectedId !== patch.id) return
    studio.store.setState({ loading: false })
    await Promise.all(
      ([1, -1] as const).map(async offset => {
        const near = neighbour(studio.store.getState(), offset)
        if (near) await renderBase(studio, near.id)
      }),
    )
  } catch (thrown) {
    if (studio.store.getState().selectedId !== patch.id) return
    studio.store.setState({ loading: false, loadError: toAppError(thrown).message })
  }
}

async function loadShownProbability(studio: Studio, id: string): Promise<void> {
  const { probabilityModel } = studio.store.getState()
  const before = studio.store.getState().probabilityRevision[id] ?? 0
  await loadProbability(studio, id, probabilityModel)
  studio.store.setState(state => ({
    probabilityRevision: { ...state.probabilityRevision, [id]: before + 1 },
  }))
}

/** Reads again what a prediction or another network changed on the selected patch. */
export async function refreshSelected(studio: Studio): Promise<void> {
  const patch = selectedPatch(studio.store.getState())
  if (!patch) return
  await loadShownProbability(studio, patch.id)
  await loadMask(studio, patch)
}

export async function showProbabilityOf(studio: Studio, modelId: string): Promise<void> {
  studio.store.setState({ probabilityModel: modelId, showProbability: true })
  await refreshSelected(studio)
}

export function selectNeighbour(studio: Studio, offset: 1 | -1): void {
  const patch = neighbour(studio.store.getState(), offset)
  if (patch) void selectPatch(studio, patch.id)
}
