import { createStore } from 'zustand/vanilla'
import { toAppError } from '../core/foundation/appError'
import { renderBase } from './actions/renderBase'
import { JobRunner } from './jobRunner'
import { notify } from './notify'
import { PixelCache } from './pixelCache'
import { readShellPreferences, writeShellPreferences } from './shellPreferences'
import type { Studio, StudioDependencies } from './studio'
import { initialStudioState, type StudioState } from './studioState'
import { writeViewPreferences } from './viewPreferences'
import { WriteQueue } from './writeQueue'

/** Makes the studio; call `openProject` and `startEngine` on it next. */
export function createStudio(dependencies: StudioDependencies): Studio {
  const store = createStore<StudioState>()(() => ({
    ...initialStudioState,
    ...readShellPreferences(dependencies.preferences),
  }))
  const writes = new WriteQueue(
    pendingWrites => store.setState({ pendingWrites }),
    saveError => store.setState({ saveError }),
  )
  const studio: Studio = {
    ...dependencies,
    store,
    pixels: new PixelCache(),
    writes,
    jobs: new JobRunner(store),
  }

  store.subscribe((state, before) => {
    writeShellPreferences(dependencies.preferences, state, before)
    if (state.phase !== 'ready' || before.phase !== 'ready') return
    const rendering =
      state.baseLayer !== before.baseLayer ||
      state.percentile !== before.percentile ||
      state.hillshadeBlend > 0 !== before.hillshadeBlend > 0
    if (rendering && state.selectedId) {
      const bump = () => store.setState(current => ({ renderRevision: current.renderRevision + 1 }))
      renderBase(studio, state.selectedId)
        .then(bump)
        .catch((thrown: unknown) => notify(store, 'error', toAppError(thrown).message))
    }
    writeViewPreferences(dependencies.preferences, state, before)
  })
  return studio
}
