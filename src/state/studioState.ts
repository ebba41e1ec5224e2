import { type EditSlice, initialEditSlice } from './edit/slice'
import { initialLayersSlice, type LayersSlice } from './layers/slice'
import { type EngineSlice, initialEngineSlice, initialModelsSlice, type ModelsSlice } from './models/slice'
import { initialQueueSlice, type QueueSlice } from './patches/slice'
import {
  initialLandslidesSlice,
  initialReviewSlice,
  type LandslidesSlice,
  type ReviewSlice,
} from './review/slice'
import { initialRoundsSlice, type RoundsSlice } from './rounds/slice'
import {
  initialProjectSlice,
  initialSessionSlice,
  type ProjectSlice,
  type SessionSlice,
} from './session/slice'
import { initialJobSlice, initialShellSlice, type JobSlice, type ShellSlice } from './shell/slice'
import { initialViewModeSlice, initialViewSlice, type ViewModeSlice, type ViewSlice } from './view/slice'

/** Ids, revisions and small values only: pixels lie in the `PixelCache`. */
export interface StudioState
  extends ProjectSlice,
    JobSlice,
    ViewSlice,
    ViewModeSlice,
    LayersSlice,
    ReviewSlice,
    QueueSlice,
    EditSlice,
    EngineSlice,
    ModelsSlice,
    RoundsSlice,
    LandslidesSlice,
    ShellSlice,
    SessionSlice {}

export const initialStudioState: StudioState = {
  ...initialProjectSlice,
  ...initialJobSlice,
  ...initialViewSlice,
  ...initialViewModeSlice,
  ...initialLayersSlice,
  ...initialReviewSlice,
  ...initialQueueSlice,
  ...initialEditSlice,
  ...initialEngineSlice,
  ...initialModelsSlice,
  ...initialRoundsSlice,
  ...initialLandslidesSlice,
  ...initialSessionSlice,
  ...initialShellSlice,
}
