import { createStore } from 'zustand/vanilla'
import { toAppError } from '../core/foundation/appError'
import { renderBase } from './actions/renderBase'
import { watchOtherPane } from './actions/viewModes'
import { JobRunner } from './jobRunner'
import { notify } from './notify'
import { PixelCache } from './pixelCache'
import { readShellPreferences, writeShellPreferences } from './shellPreferences'
import type { Studio, StudioDependencies } from './studio'
import { initialStudioState, type StudioState } from './studioState'
import { readViewModePreferences, writeViewModePreferences } from './viewModePreferences'
import { writeViewPreferences } from './viewPreferences'
import { WriteQueue } from './writeQueue'

/** Makes the studio; call `openProject` and `startEngine` on it next. */
export function createStudio(dependencies: StudioDependencies): Studio {
  const store = createStore<StudioState>()(() => ({
    ...initialStudioState,
    ...readShellPreferences(dependencies.preferences),
    ...readViewModePreferences(dependencies.preferences),
  }))
  const writes = new WriteQueue({
    onPending: pendingWrites => store.setState({ pendingWrites }),
    onRefused: saveError => store.setState({ saveError }),
    onUnsaved: unsaved => {
      if (unsaved || store.getState().unsaved) store.setState({ unsaved })
    },
  })
  const studio: Studio = {
    ...dependencies,
    store,
    pixels: new PixelCache(),
    writes,
    jobs: new JobRunner(store),
  }

  store.subscribe((state, before) => {
    writeShellPreferences(dependencies.preferences, state, before)
    writeViewModePreferences(dependencies.preferences, state, before)
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
  watchOtherPane(studio)
  return studio
}
