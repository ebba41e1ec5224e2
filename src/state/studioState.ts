import { createStore, type StoreApi } from 'zustand/vanilla'
import { type AccuracySlice, accuracyPreferences, initialAccuracySlice } from './accuracy/slice'
import { type EditSlice, editPreferences, initialEditSlice } from './edit/slice'
import { type InventorySlice, initialInventorySlice, inventoryPreferences } from './inventory/slice'
import { initialLayersSlice, type LayersSlice, layersPreferences } from './layers/slice'
import { initialModelsSlice, type ModelsSlice, modelsPreferences } from './models/slice'
import { initialPatchesSlice, type PatchesSlice, patchesPreferences } from './patches/slice'
import type { PreferenceStorage } from './preferences'
import { initialReviewSlice, type ReviewSlice, reviewPreferences } from './review/slice'
import { initialRoundsSlice, type RoundsSlice, roundsPreferences } from './rounds/slice'
import { initialScenesSlice, type ScenesSlice, scenesPreferences } from './scenes/slice'
import { initialSessionSlice, type SessionSlice } from './session/slice'
import { initialShellSlice, type ShellSlice, shellPreferences } from './shell/slice'
import { initialViewSlice, type ViewSlice, viewPreferences } from './view/slice'

/** Ids, revisions and small values only, each under its feature: pixels lie in the `PixelCache`. */
export interface StudioState {
  session: SessionSlice
  patches: PatchesSlice
  review: ReviewSlice
  edit: EditSlice
  view: ViewSlice
  layers: LayersSlice
  models: ModelsSlice
  rounds: RoundsSlice
  scenes: ScenesSlice
  inventory: InventorySlice
  accuracy: AccuracySlice
  shell: ShellSlice
}

export const initialStudioState: StudioState = {
  session: initialSessionSlice,
  patches: initialPatchesSlice,
  review: initialReviewSlice,
  edit: initialEditSlice,
  view: initialViewSlice,
  layers: initialLayersSlice,
  models: initialModelsSlice,
  rounds: initialRoundsSlice,
  scenes: initialScenesSlice,
  inventory: initialInventorySlice,
  accuracy: initialAccuracySlice,
  shell: initialShellSlice,
}

/** Fields to set, feature by feature; what is not named stays. */
export type StateChange = { [Feature in keyof StudioState]?: Partial<StudioState[Feature]> }

/** `state` with the fields of `change`. */
export function withChange(state: StudioState, change: StateChange): StudioState {
  const changed = Object.entries(change).map(([feature, fields]) => [
    feature,
    { ...state[feature as keyof StudioState], ...fields },
  ])
  return { ...state, ...Object.fromEntries(changed) }
}

/** The state, for everyone to read and for actions to change. */
export interface StudioStore
  extends Pick<StoreApi<StudioState>, 'getState' | 'getInitialState' | 'subscribe'> {
  /** Sets fields of one feature or several, in one step that subscribers see once. */
  change(change: StateChange | ((state: StudioState) => StateChange)): void
}

const KEPT = {
  patches: patchesPreferences,
  review: reviewPreferences,
  edit: editPreferences,
  view: viewPreferences,
  layers: layersPreferences,
  models: modelsPreferences,
  rounds: roundsPreferences,
  scenes: scenesPreferences,
  inventory: inventoryPreferences,
  accuracy: accuracyPreferences,
  shell: shellPreferences,
}

/** The store with what was kept of the last visit; what is kept is saved as it changes. */
export function createStudioStore(storage: PreferenceStorage): StudioStore {
  const saved = Object.entries(KEPT).map(([feature, kept]) => [feature, kept.read(storage)])
  const { getState, getInitialState, setState, subscribe } = createStore<StudioState>()(() => ({
    ...initialStudioState,
    ...Object.fromEntries(saved),
  }))
  subscribe((state, before) => {
    for (const feature of Object.keys(KEPT) as (keyof typeof KEPT)[]) {
      if (state[feature] !== before[feature]) save(feature, state, before)
    }
  })
  function save<Feature extends keyof typeof KEPT>(
    feature: Feature,
    state: StudioState,
    before: StudioState,
  ): void {
    const kept = KEPT[feature] as unknown as {
      write(storage: PreferenceStorage, now: StudioState[Feature], before: StudioState[Feature]): void
    }
    kept.write(storage, state[feature], before[feature])
  }
  return {
    getState,
    getInitialState,
    subscribe,
    change(change) {
      const state = getState()
      const parts = typeof change === 'function' ? change(state) : change
      if (parts !== state) setState(withChange(state, parts))
    },
  }
}
