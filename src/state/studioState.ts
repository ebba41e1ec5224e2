import { type EditSlice, initialEditSlice } from './slices/editSlice'
import { type EngineSlice, initialEngineSlice } from './slices/engineSlice'
import { initialJobSlice, type JobSlice } from './slices/jobSlice'
import { initialLandslidesSlice, type LandslidesSlice } from './slices/landslidesSlice'
import { initialLayersSlice, type LayersSlice } from './slices/layersSlice'
import { initialModelsSlice, type ModelsSlice } from './slices/modelsSlice'
import { initialProjectSlice, type ProjectSlice } from './slices/projectSlice'
import { initialQueueSlice, type QueueSlice } from './slices/queueSlice'
import { initialReviewSlice, type ReviewSlice } from './slices/reviewSlice'
import { initialRoundsSlice, type RoundsSlice } from './slices/roundsSlice'
import { initialSessionSlice, type SessionSlice } from './slices/sessionSlice'
import { initialShellSlice, type ShellSlice } from './slices/shellSlice'
import { initialViewModeSlice, type ViewModeSlice } from './slices/viewModeSlice'
import { initialViewSlice, type ViewSlice } from './slices/viewSlice'

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
