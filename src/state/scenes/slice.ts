import type { SceneRecord } from '../../core/scenes/sceneRecord'
import { preferences } from '../preferences'

export interface ScenesSlice {
  /** In the order in which they were added; their cells are among the patches. */
  list: readonly SceneRecord[]
}

export const initialScenesSlice: ScenesSlice = {
  list: [],
}

export const scenesPreferences = preferences<ScenesSlice>('scarp.scenes', initialScenesSlice, {
  list: null,
})
