import type { EngineInfo } from '../../core/rounds/engineInfo'
import type {
  DamagedModel,
  DroppedModel,
  ModelCheck,
  ModelFacts,
  ModelProposal,
  ModelSummary,
} from '../../worker/protocolModels'

/** A bare checkpoint that waits for a person's yes or no. */
export interface PendingCheckpoint {
  model: DroppedModel
  proposal: ModelProposal
  /** Why it could not be added; null until it was tried. */
  error: string | null
}

export interface ModelsSlice {
  models: readonly ModelSummary[]
  damagedModels: readonly DamagedModel[]
  /** False until the engine has listed its models for the first time. */
  modelsListed: boolean
  /** Ids chosen to predict; null: the latest round's models, before the first the starters. */
  ensemble: readonly string[] | null
  /** By family, the model that the next round goes on from; absent: the latest round's, else a starter. */
  startFrom: Readonly<Record<string, string>>
  /** The first is on screen. */
  checkpoints: readonly PendingCheckpoint[]
  /** What the last check of each model gave in this tab. */
  checks: Readonly<Record<string, ModelCheck>>
  /** Whose check is under way. */
  checkingId: string | null
  /** Read when a model is first unfolded. */
  facts: Readonly<Record<string, ModelFacts>>
  /** Whose card or removal the dialog is about. */
  dialogModelId: string | null
}

export const initialModelsSlice: ModelsSlice = {
  models: [],
  damagedModels: [],
  modelsListed: false,
  ensemble: null,
  startFrom: {},
  checkpoints: [],
  checks: {},
  checkingId: null,
  facts: {},
  dialogModelId: null,
}

export interface EngineSlice {
  engine:
    | { status: 'starting' }
    | { status: 'ready'; info: EngineInfo }
    | { status: 'failed'; code: string; message: string }
}

export const initialEngineSlice: EngineSlice = { engine: { status: 'starting' } }
