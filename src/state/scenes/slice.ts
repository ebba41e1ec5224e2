import type { SceneRecord } from '../../core/scenes/sceneRecord'
import { preferences } from '../preferences'
import type { SceneBuilder, WaitingScene } from './builder'

export interface ScenesSlice {
  /** In the order in which they were added; their cells are among the patches. */
  list: readonly SceneRecord[]
  /** Dropped scenes that a person decides on; null: none. */
  builder: SceneBuilder | null
  /** Scenes that were confirmed and are not added whole yet; the first is being added while the job runs. */
  waiting: readonly WaitingScene[]
  /** Ids of scenes whose cells the list hides. */
  folded: readonly string[]
  /** Id of the scene that a dialog is about. */
  asked: string | null
}

export const initialScenesSlice: ScenesSlice = {
  list: [],
  builder: null,
  waiting: [],
  folded: [],
  asked: null,
}

export const scenesPreferences = preferences<ScenesSlice>('scarp.scenes', initialScenesSlice, {
  list: null,
  builder: null,
  waiting: null,
  folded: null,
  asked: null,
})
