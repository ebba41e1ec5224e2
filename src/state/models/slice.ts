import { z } from '../../core/foundation/schema'
import type { EngineInfo } from '../../core/rounds/engineInfo'
import type { SelfTestReport } from '../../core/rounds/selfTestReport'
import type {
  DamagedModel,
  DroppedModel,
  ModelCheck,
  ModelFacts,
  ModelProposal,
  ModelSummary,
} from '../../worker/protocolModels'
import { preferences } from '../preferences'

/** A bare checkpoint that waits for a person's yes or no. */
export interface PendingCheckpoint {
  model: DroppedModel
  proposal: ModelProposal
  /** Why it could not be added; null until it was tried. */
  error: string | null
}

export interface ModelsSlice {
  engine:
    | { status: 'starting' }
    | { status: 'ready'; info: EngineInfo }
    | { status: 'failed'; code: string; message: string }
  list: readonly ModelSummary[]
  damaged: readonly DamagedModel[]
  /** False until the engine has listed its models for the first time. */
  listed: boolean
  /** Whether the list is unfolded. */
  open: boolean
  /** Ids chosen to predict; null: the latest round's models, before the first the starters. */
  ensemble: readonly string[] | null
  /** By family, the model that the next round continues from; absent: the latest round's, else a starter. */
  startFrom: Readonly<Record<string, string>>
  /** The first is on screen. */
  checkpoints: readonly PendingCheckpoint[]
  /** What the last check of each model gave in this tab. */
  checks: Readonly<Record<string, ModelCheck>>
  /** The model that is being checked. */
  checkingId: string | null
  /** What the last check of this machine gave in this tab. */
  machine: SelfTestReport | null
  /** Whether this machine is being checked. */
  checkingMachine: boolean
  /** Read when a model is first unfolded. */
  facts: Readonly<Record<string, ModelFacts>>
  /** Whose card or removal the dialog is about. */
  dialogId: string | null
}

export const initialModelsSlice: ModelsSlice = {
  engine: { status: 'starting' },
  list: [],
  damaged: [],
  listed: false,
  open: false,
  ensemble: null,
  startFrom: {},
  checkpoints: [],
  checks: {},
  checkingId: null,
  machine: null,
  checkingMachine: false,
  facts: {},
  dialogId: null,
}

export const modelsPreferences = preferences<ModelsSlice>('scarp.models', initialModelsSlice, {
  engine: null,
  list: null,
  damaged: null,
  listed: null,
  open: z.boolean(),
  ensemble: null,
  startFrom: null,
  checkpoints: null,
  checks: null,
  checkingId: null,
  machine: null,
  checkingMachine: null,
  facts: null,
  dialogId: null,
})
