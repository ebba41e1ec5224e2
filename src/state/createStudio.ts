import { createStore } from 'zustand/vanilla'
import { watchFlips } from './actions/flipCounts'
import { watchQueue } from './actions/orderQueue'
import { watchOtherPane } from './actions/viewModes'
import { watchLayers } from './actions/watchLayers'
import { watchAudit } from './auditTrail'
import { readEditPreferences, writeEditPreferences } from './editPreferences'
import { JobRunner } from './jobRunner'
import { readLayerPreferences, writeLayerPreferences } from './layerPreferences'
import { pacedCount } from './pacedCount'
import { PixelCache } from './pixelCache'
import { readQueuePreferences, writeQueuePreferences } from './queuePreferences'
import { switchableStore } from './recordCalls'
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
    ...readQueuePreferences(dependencies.preferences),
    ...readViewModePreferences(dependencies.preferences),
    ...readLayerPreferences(dependencies.preferences),
    ...readEditPreferences(dependencies.preferences),
  }))
  const writes = new WriteQueue({
    onPending: pacedCount(pendingWrites => store.setState({ pendingWrites })),
    onRefused: saveError => store.setState({ saveError }),
    onUnsaved: unsaved => {
      if (unsaved || store.getState().unsaved) store.setState({ unsaved })
    },
  })
  const switchable = switchableStore(dependencies.storage)
  const studio: Studio = {
    ...dependencies,
    storage: switchable.storage,
    recordCalls: switchable.record,
    async reopenStorage() {
      if (dependencies.openStorage) switchable.use(await dependencies.openStorage())
    },
    store,
    pixels: new PixelCache(),
    writes,
    jobs: new JobRunner(store),
  }

  store.subscribe((state, before) => {
    writeShellPreferences(dependencies.preferences, state, before)
    writeQueuePreferences(dependencies.preferences, state, before)
    writeViewModePreferences(dependencies.preferences, state, before)
    writeLayerPreferences(dependencies.preferences, state, before)
    writeEditPreferences(dependencies.preferences, state, before)
    if (state.phase !== 'ready' || before.phase !== 'ready') return
    writeViewPreferences(dependencies.preferences, state, before)
  })
  watchLayers(studio)
  watchOtherPane(studio)
  watchAudit(studio)
  watchQueue(studio)
  watchFlips(studio)
  return studio
}
