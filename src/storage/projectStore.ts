import type { JobContext } from '../core/foundation/job'
import type { ArchiveSummary } from '../core/project/archiveFormat'
import type { ProjectReader } from '../core/project/projectReader'
import type { ImportedModelRecord, ProjectRecord } from '../core/project/projectRecords'
import type { InputFile } from '../core/raster/inputFile'
import type { ZipMember } from '../core/raster/zipArchive'
import type { AuditEntry } from '../core/review/auditLog'
import type { PointAuditRecord } from '../core/review/pointAudit'
import type { HistoryRecord, PatchRecord, UnfinishedRound } from '../core/review/records'
import type { RoundRecord } from '../core/rounds/round'
import type { SceneRecord } from '../core/scenes/sceneRecord'

/**
 * Everything that survives a reload. Records in IndexedDB, bytes in OPFS; every method is durable when its
 * promise resolves. Usable from the window and from workers. Errors: `storage-full`, `storage-failed`.
 */
export interface ProjectStore extends ProjectReader {
  updateProject(change: Partial<Omit<ProjectRecord, 'id'>>): Promise<ProjectRecord>

  /** Patches that were removed and can come back; cells among them, margins never. */
  removedPatches(): Promise<PatchRecord[]>
  putPatch(
    record: PatchRecord,
    pixels: { data: Float32Array; valid: Uint8Array | null; label: Uint8Array | null },
  ): Promise<void>
  updatePatch(id: string, change: Partial<PatchRecord>): Promise<void>
  /** Many at once, all or none: one flush to disk instead of thousands. */
  updatePatches(changes: ReadonlyMap<string, Partial<PatchRecord>>): Promise<void>
  /** Puts a label ([height, width] of 0, 1, 255) beside the pixels of a patch; it counts once its record says `hasLabel`. */
  writeLabel(id: string, label: Uint8Array): Promise<void>
  /** For good: record, files and steps. */
  removePatch(id: string): Promise<void>

  /** @throws AppError `bad-argument` if there is none of this id. */
  scene(id: string): Promise<SceneRecord>
  /** Adds a scene, or replaces what was known of it. */
  putScene(scene: SceneRecord): Promise<void>
  /** All pieces of a scene in strip order: cells, removed ones, margins. */
  scenePieces(sceneId: string): Promise<PatchRecord[]>
  /** For good: the scene with all its pieces, their files and steps. */
  removeScene(id: string): Promise<void>

  /** @param through sequence of the latest step, not undone, that it holds; by default the latest on record. */
  writeMask(patchId: string, mask: Uint8Array, through?: number): Promise<void>
  writeProbability(patchId: string, modelId: string, probability: Float32Array): Promise<void>

  /** One step; null where it is not on record. */
  historyStep(sequence: number): Promise<HistoryRecord | null>
  /**
   * Adds steps, or says again what is known of them, all or none: one flush to disk instead of thousands. A step that is
   * on record keeps its kind, its patch and its verdicts.
   *
   * @throws AppError `bad-argument` otherwise.
   */
  putHistory(steps: readonly HistoryRecord[]): Promise<void>
  removeHistory(sequences: number[]): Promise<void>
  /** Adds to the log, all or none; what is in it is never changed. */
  appendAudit(entries: readonly AuditEntry[]): Promise<void>

  /**
   * Adds an audit, or says again what is known of it: its name, reviewer and answers.
   *
   * @throws AppError `bad-argument` where its draw differs from what is on record
   */
  putPointAudit(audit: PointAuditRecord): Promise<void>
  /** For good; nothing there is fine. */
  removePointAudit(id: string): Promise<void>

  putRound(round: RoundRecord): Promise<void>
  /** Model folders made by rounds: files by name (manifest.json, weights.safetensors, ...). */
  writeModel(modelId: string, files: Record<string, Uint8Array>): Promise<void>
  /** Replaces the manifest and the card of a model that is there; its weights stay as they are. */
  describeModel(modelId: string, files: Record<string, Uint8Array>): Promise<void>
  /** @param names of the files wanted; all by default. Those that the folder lacks are left out. */
  readModel(modelId: string, names?: readonly string[]): Promise<Record<string, Uint8Array> | null>
  /** Imported models in the order of their arrival. */
  importedModels(): Promise<ImportedModelRecord[]>
  /** Writes the folder, then the record: without the record the model does not count. */
  putImportedModel(record: ImportedModelRecord, files: Record<string, Uint8Array>): Promise<void>
  /** Removes an imported model, its record first; nothing there is fine. Models of rounds are never removed. */
  removeImportedModel(id: string): Promise<void>

  /** The round that has started and is not on record; null: there is none. */
  unfinishedRound(): Promise<UnfinishedRound | null>
  /** Replaces what was known of it. */
  putUnfinishedRound(round: UnfinishedRound): Promise<void>
  /** Clears it away with its checkpoints and frozen labels, and, unless it is on record, its models and probabilities. */
  removeUnfinishedRound(): Promise<void>
  /**
   * Copies masks and ensemble probabilities, so that they stay to a round what they were when it began.
   * @param onPatch called after each probability.
   */
  freezeLabels(
    roundId: string,
    patchIds: { masks: readonly string[]; probabilities: readonly string[] },
    onPatch?: () => void,
  ): Promise<void>
  /** Bytes of a frozen mask (uint8) or ensemble probability (float32); null where there was none. */
  readFrozen(roundId: string, what: 'mask' | 'ensemble', patchId: string): Promise<Uint8Array | null>
  /** State of a round's network, by the network's name. A write replaces it whole or not at all. */
  readCheckpoint(roundId: string, name: string): Promise<Uint8Array | null>
  writeCheckpoint(roundId: string, name: string, bytes: Uint8Array): Promise<void>
  removeCheckpoint(roundId: string, name: string): Promise<void>

  /**
   * The whole project as one zip, with changes that are not on disk yet. `name`: the project's; `notes`: what was left out,
   * since it is damaged.
   */
  saveArchive(
    options: ArchiveOptions,
    context: JobContext,
  ): Promise<{ name: string; blob: Blob; notes: string[] }>
  /**
   * What an archive says it holds; null: the zip is no project archive.
   *
   * @param members of the zip, where its directory was read already.
   * @throws AppError `file-malformed`
   */
  inspectArchive(file: InputFile, members?: readonly ZipMember[]): Promise<ArchiveSummary | null>
  /**
   * Replaces this project with an archive: all of it, or, where anything is wrong with it, nothing. Afterwards the
   * project has to be opened again, in every tab and worker.
   *
   * @returns `notes`: what was mended so that it opens, a sentence each; the audit log says so too
   * @throws AppError `file-malformed`, `storage-full`, `aborted`
   */
  openArchive(file: InputFile, context: JobContext): Promise<{ notes: string[] }>
  estimate(): Promise<{ usage: number; quota: number }>
  /** What the project's files take, by what they are for. */
  storageUse(): Promise<StorageUse[]>
  /**
   * Removes the stored probabilities of networks other than these; those of the ensemble stay.
   * @returns bytes freed
   */
  removePredictions(keepModelIds: readonly string[]): Promise<number>
  /** Asks the browser not to clear this project when space runs short; false if it declines. Window only. */
  persist(): Promise<boolean>
  /** Empties the project: records and bytes. */
  clear(): Promise<void>
}

/** A change that waits for room, as the call that would write it. */
export type StoreCall = {
  [Name in keyof Changing]: { method: Name; args: Parameters<Changing[Name]> }
}[keyof Changing]

type Changing = Pick<
  ProjectStore,
  | 'updateProject'
  | 'updatePatch'
  | 'updatePatches'
  | 'writeMask'
  | 'putHistory'
  | 'removeHistory'
  | 'appendAudit'
  | 'putPointAudit'
  | 'removePointAudit'
>

/** Calls that the window makes through its queue, and that an archive can hold before they are written. */
export const CHANGING_CALLS: readonly (keyof Changing)[] = [
  'updateProject',
  'updatePatch',
  'updatePatches',
  'writeMask',
  'putHistory',
  'removeHistory',
  'appendAudit',
  'putPointAudit',
  'removePointAudit',
]

export interface ArchiveOptions {
  /** Changes that are not on disk, in their order. */
  unsaved: readonly StoreCall[]
  /** Whether the unfinished round goes along with its checkpoints: not while it trains. */
  includeUnfinished: boolean
}

/** Bytes of the project's files by what they are for. */
export interface StorageUse {
  /** `pixels`: with the small copies of cells; `networks`: probabilities of single networks; `checkpoints`: the unfinished round; `removed`: all of removed patches, and the margins of scenes of which each cell is one. */
  kind: 'pixels' | 'masks' | 'ensemble' | 'networks' | 'models' | 'checkpoints' | 'removed'
  bytes: number
}
