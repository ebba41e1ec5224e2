import type { Domain } from '../core/patches/patch'
import type { BackendName } from '../core/rounds/engineInfo'
import type { ModelManifest } from '../core/rounds/modelManifest'
import type { NetworkFamily } from '../core/rounds/networks'

/** Types only, see `protocol.ts`. The engine worker's calls about models. */

/** A model as it was dropped: a folder's files, or one bare checkpoint. */
export interface DroppedModel {
  /** The folder's or the file's path, for messages. */
  path: string
  kind: 'folder' | 'checkpoint'
  /** By name inside the folder; a checkpoint has exactly one. */
  files: Record<string, Blob>
}

export interface ModelSummary {
  id: string
  title: string
  family: NetworkFamily
  preset: string
  bands: number
  classes: number
  /** Trainable values. */
  parameters: number
  /** "starter" ships with the app; "imported" was dropped; "round" came out of this project. */
  origin: 'starter' | 'imported' | 'round'
  /** Index of the round that made it; null for the others. */
  round: number | null
  /** Landslide F1 on held-out patches as the manifest has it; null: unknown. */
  heldOutF1: number | null
  /** Whether it predicts where nothing was chosen: the latest round's, before the first the starters. */
  current: boolean
  /** False where part of its weights is fresh: it starts a round, and cannot predict before. */
  canPredict: boolean
  hasGolden: boolean
}

/** One row of a checkpoint's table of keys: a name and what is to be said of it. */
export interface KeyRow {
  name: string
  detail: string
}

/** What became of a checkpoint's keys that did not simply load. */
export interface KeyGroup {
  kind: 'missing' | 'unexpected' | 'mis-shaped' | 'unusable' | 'ignored'
  count: number
  /** The first few hundred. */
  rows: KeyRow[]
}

/** What a bare checkpoint was recognised as, before it becomes a model here. */
export interface ModelProposal {
  path: string
  /** A name to begin with. */
  title: string
  family: NetworkFamily
  preset: string
  parameters: number
  /** Bands that the checkpoint was made for, and that its model has here. */
  bands: { checkpoint: number; model: number }
  /** Classes of its head, and of the model here; the checkpoint's is null where it has no head. */
  classes: { checkpoint: number | null; model: number }
  /** Whose key names it has: "transformers". */
  peer: string
  encoderOnly: boolean
  canPredict: boolean
  /** Parameters that took a value, and all of the network's. */
  loaded: number
  wanted: number
  /** Empty where everything fits. */
  groups: KeyGroup[]
}

/** A stored model that cannot be listed, and why. */
export interface DamagedModel {
  id: string
  message: string
  origin: ModelSummary['origin']
}

/** Card and facts of a model, for its details. */
export interface ModelFacts {
  manifest: ModelManifest
  /** MODEL_CARD.md; null where the folder has none. */
  card: string | null
  /** What was done to an imported model on the way in. */
  notes: string[]
}

export interface ModelCheck {
  /** Largest absolute difference of a probability from the golden outputs, both domains. */
  largest: number
  tolerance: number
  passed: boolean
  backend: BackendName
  adapter: string
  seconds: number
}

export interface ModelApi {
  /** Every model that can be used here: starters, imported ones in order of arrival, rounds' from the latest on. */
  models: { request: Record<string, never>; result: { models: ModelSummary[]; damaged: DamagedModel[] } }
  /**
   * Says what a bare checkpoint is and what of it fits. Stores nothing.
   * @throws AppError `file-too-large`, `model-invalid`, `weights-mismatch`
   */
  recogniseModel: { request: { model: DroppedModel }; result: ModelProposal }
  /**
   * Takes a model into the project: a folder as it is once its hashes and weights are right, a checkpoint as a folder
   * made of it. A model that is already here is not added twice (`added` false).
   *
   * `bandNames`: the bands of a checkpoint's first layer in its order (`readBandNames`), by which it is adapted to the
   * 14; without them it is by position where their number differs.
   * @throws AppError as `recogniseModel`, and `bands-mismatch`, `bad-argument`, `storage-full`
   */
  addModel: {
    request: { model: DroppedModel; title?: string; bandNames?: readonly string[] }
    result: { id: string; title: string; added: boolean }
  }
  /** Only imported ones. @throws AppError `bad-argument` for others */
  removeModel: { request: { modelId: string }; result: null }
  modelFacts: { request: { modelId: string }; result: ModelFacts }
  /** Runs the golden input through the model. @throws AppError `model-invalid` where it has no golden outputs */
  checkModel: { request: { modelId: string }; result: ModelCheck }
  /**
   * The folder as a zip; or the weights alone for PyTorch, one .safetensors with the peer's key names and one domain's
   * statistics.
   */
  exportModel: {
    request: { modelId: string; format: 'folder' | Domain }
    result: { fileName: string; blob: Blob }
  }
}
