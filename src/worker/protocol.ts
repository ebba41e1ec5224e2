import type { InventoryCounts } from '../core/export/inventoryCounts'
import type { VectorFormat } from '../core/export/vectorLayer'
import type { InventoryOptions } from '../core/inventory/inventory'
import type { InventoryTable } from '../core/inventory/inventoryTable'
import type { Grid } from '../core/masks/compareMasks'
import type { Landslide } from '../core/masks/landslideAttributes'
import type { BaseLayer } from '../core/patches/baseLayers'
import type { RefusedFile, Remark } from '../core/patches/importPatches'
import type { Domain, ValueScale } from '../core/patches/patch'
import type { Contours, Sun } from '../core/patches/relief'
import type { RenderedLayer, RenderOptions } from '../core/patches/renderLayer'
import type { ChannelHistogram, Limits } from '../core/patches/stretch'
import type { StatisticsRule } from '../core/patches/targetStatistics'
import type { ArchiveSummary } from '../core/project/archiveFormat'
import type { FileNote } from '../core/raster/fileNote'
import type { Georeference, PixelWindow } from '../core/raster/rasterSource'
import type { StratumPixels } from '../core/review/auditDesign'
import type { AuditPoint } from '../core/review/pointAudit'
import type { PredictionOrigin } from '../core/review/predictionOrigin'
import type { PatchRecord, SavedProgress } from '../core/review/records'
import type { PatchScores } from '../core/review/uncertainty'
import type { ComparedMaps, Comparison, MapChange } from '../core/rounds/compareMaps'
import type { BackendName, EngineInfo } from '../core/rounds/engineInfo'
import type { NetworkFamily } from '../core/rounds/networks'
import type { RoundRecord, TrainingEvent } from '../core/rounds/round'
import type { RoundConfig } from '../core/rounds/roundConfig'
import type { SelfTestReport } from '../core/rounds/selfTestReport'
import type { Polygon } from '../core/scenes/polygons'
import type { FoundScene, Resampling, StackRecipe, TerrainFile } from '../core/scenes/scene'
import type { SceneRecord } from '../core/scenes/sceneRecord'
import type { ProjectStore, StoreCall } from '../storage/projectStore'
import type { DroppedModel, ModelApi } from './protocolModels'
import type { WorkerClient } from './rpc/messages'

/** Types only: nothing here may carry code, so that the UI bundle stays free of TensorFlow.js. */

/** What an import meets, as it goes: each patch, remark and refusal, and what is not for the import to decide on. */
export type ImportEvent =
  /**
   * A patch is stored; `replaced` where it took the place of one from the same file. `remarks` on its file stay with it
   * as its record's `problems`. `scaleInDoubt`: another value scale may be the right one.
   */
  | {
      kind: 'added'
      patchId: string
      path: string
      replaced: boolean
      remarks: FileNote[]
      scaleInDoubt: boolean
    }
  /** A mask that fits a patch of the project: for a person to attach, as a label or as a correction. */
  | { kind: 'mask'; path: string; patchId: string }
  /** A patch was left out, since the project has the patch `patchId`, for the reason given. */
  | ({ kind: 'left-out'; path: string; patchId: string } & FileNote)
  | ({ kind: 'remark' } & Remark)
  | ({ kind: 'refused' } & RefusedFile)
  /** Scenes, or terrain and areas for them: for a person to decide on. The files worker keeps them as `drop.id`. */
  | { kind: 'scenes'; drop: SceneDrop }
  /** A model: for the engine worker to take in, a bare checkpoint only once a person agrees. */
  | { kind: 'model'; model: DroppedModel }
  /** A project archive: opened by a person's decision, never by the drop itself. */
  | { kind: 'archive'; path: string; file: Blob; summary: ArchiveSummary }

/** A file by its path, and the patch that it is a mask of. */
export interface MaskOfPatch {
  path: string
  patchId: string
}

/** Scenes and what belongs to them, as they were found among dropped files. */
export interface SceneDrop {
  /** What the files worker keeps the files under. */
  id: string
  scenes: FoundScene[]
  elevation: TerrainFile[]
  slopes: TerrainFile[]
  /** Paths of files that hold areas of interest. */
  areas: string[]
}

/** How a scene is to be taken in: what was found out, and what a person changed. */
export interface SceneChoices {
  /** Name of one of the drop's scenes. */
  scene: string
  /** Files that stand for bands, by the band's name, other than those that were found; null: none. */
  bands: Readonly<Record<string, { path: string; band: number } | null>>
  /** reflectance = (stored + offset) / quantification; null: as found. */
  quantification: number | null
  offset: number | null
  resampling: Resampling
  /** Paths of elevation models, the first on top. */
  elevation: readonly string[]
  /** Path of a raster of slopes; null: made of the elevation. */
  slope: string | null
  /** null: the whole scene. `drawn`: rings in the scene's pixels. */
  area: { kind: 'file'; path: string } | { kind: 'drawn'; polygons: Polygon[] } | null
}

/** What adding a scene would make and take. */
export interface ScenePlan {
  recipe: StackRecipe
  /** Bounds of the area, in the scene's pixels. */
  window: PixelWindow
  /** Rings in the scene's pixels; null: the whole scene. */
  area: Polygon[] | null
  /** Cells to judge, and pieces in all with the margin around the area. */
  cells: number
  pieces: number
  /** Of the project's storage. */
  bytes: number
  /** About how long adding it takes, by what was measured so far; null: not known yet. */
  seconds: number | null
  /** Share of the scene that has elevation, 0..1. */
  covered: number
  /** Id of the scene in the project that this goes on with; null: it is a new one. */
  continues: string | null
  /** Things to know, each a sentence. */
  remarks: string[]
}

/** Masks of an inventory, and how their pixels become polygons. */
export interface InventoryRequest {
  patchIds: string[]
  threshold: number
  /** "event": scenes on one grid are one raster, so that what two of them show is in the inventory once. */
  mosaics: 'scene' | 'event'
  options: InventoryOptions
}

/** What a patch gives to an audit by points. */
export interface AuditedPixels {
  patchId: string
  strata: StratumPixels
  /** Of the mask as shown, in whatever stratum. */
  landslides: number
  /** Square metres; null: not known. */
  pixelArea: number | null
}

/** The files worker: decodes, derives, renders, exports. Knows no tensor. */
export interface FilesApi {
  /**
   * Decodes dropped files (and zips of them) into the project, and finds the models and archives among them; an
   * `ImportEvent` reports each. `domain` "auto": labelled -> source, else target. `added` says at the end which source
   * patches are held out. Cancelling ends it between files: what was added until then stays, whole; read the store
   * again.
   *
   * With `again`, only these images are read, in the scale that a person chose for them, and only they are reported.
   * Each takes the place of the patch that it gave before (`patchId`), unless that was edited or judged.
   *
   * @throws AppError `bad-argument` for several archives
   */
  import: {
    request: {
      files: { path: string; file: Blob }[]
      domain: Domain | 'auto'
      /** A drop of scenes that these files join: a DEM that was missing, another band. */
      drop?: string
      again?: { images: { path: string; patchId: string | null }[]; scale: ValueScale }
    }
    result: { added: PatchRecord[] }
  }
  /**
   * What adding a scene would make and take; nothing is stored. Quick: no band is read.
   *
   * @throws AppError what stops it, as `planStack`, `readArea` and `openElevation` say it; `bad-argument` where the worker
   *   does not have the drop any more
   */
  planScene: { request: { drop: string; choices: SceneChoices }; result: ScenePlan }
  /**
   * A small true-colour picture of a whole scene from low resolution, with `step` pixels of the scene along one of its;
   * where there is no data it is transparent. Within seconds for a whole product.
   */
  quickLook: {
    request: { drop: string; scene: string; size: number }
    result: RenderedLayer & { step: number }
  }
  /**
   * Adds a scene: its record first, then its pieces one by one (`added` for each cell), its samples in between. One that
   * was interrupted goes on where it was left. Cancelling leaves what is whole, to go on with.
   *
   * @throws AppError as `planScene`, `storage-full`, `aborted`
   */
  addScene: {
    request: { drop: string; choices: SceneChoices }
    result: { scene: SceneRecord; added: PatchRecord[] }
  }
  /** Forgets a drop and what was unpacked of it. */
  closeDrop: { request: { drop: string }; result: null }
  /**
   * A layer of a window of a scene as the map draws it, from its cells and at `step` pixels of the scene to one of the
   * picture; transparent where no cell lies.
   */
  sceneTile: {
    request: {
      sceneId: string
      window: PixelWindow
      step: number
      layer: BaseLayer
      /** How many cells the scene has: where the worker knows another number, it reads again which. */
      cells: number
      /** A hillshade multiplied into the layer, by `blend` 0..1. */
      shade?: { blend: number; sun: Sun }
    } & Omit<RenderOptions, 'cellSize' | 'exactLimits'>
    result: RenderedLayer
  }
  /**
   * Outlines of the polygons in a GeoJSON, GeoPackage or Shapefile, in the coordinate system of a raster: rings of x, y, x, y ...
   *
   * @throws AppError as `readArea`
   */
  readOutlines: {
    request: {
      path: string
      file: Blob
      georeference: Pick<Georeference, 'crs' | 'geoKeys'>
      /** A Shapefile's .prj. */
      beside?: readonly { path: string; file: Blob }[]
    }
    result: number[][]
  }
  /**
   * Burns dropped polygons of landslides onto the patches and cells that they lie on, as `burnInventory`; nothing is stored.
   * `missed`: those that they don't lie on, or that have no place.
   *
   * @throws AppError as `readInventory`
   */
  burnPolygons: {
    request: { files: { path: string; file: Blob }[] }
    result: {
      masks: (MaskOfPatch & { mask: Uint8Array<ArrayBuffer>; notes: FileNote[] })[]
      missed: number
    }
  }
  /** Reads masks of patches of the project out of dropped files; nothing is stored. */
  readMasks: {
    request: { files: { path: string; file: Blob }[]; masks: MaskOfPatch[] }
    /** [height, width] of 0, 1, 255 for each; `notes`: what a person should know before attaching it. */
    result: { masks: (MaskOfPatch & { mask: Uint8Array; notes: FileNote[] })[]; refused: RefusedFile[] }
  }
  /**
   * Reads a file that is to take the place of a patch's, on the same grid, and stores it as a removed patch with the name,
   * the label and the place in the list of the former one.
   *
   * @throws AppError `shape-mismatch` for another size or place, `bad-argument` where a patch has these pixels already, and
   *   what is wrong with the file
   */
  readReplacement: {
    request: { patchId: string; path: string; file: Blob }
    result: { patch: PatchRecord }
  }
  /**
   * Generates (seeded) and adds the demo project: two regions, source labelled, target not. Patches that are already
   * there are remarked on, not added twice. `size` in pixels (128), `sourceCount` (12) and `targetCount` (8) are for
   * tests and slow machines.
   */
  openDemo: {
    request: { seed: number; size?: number; sourceCount?: number; targetCount?: number }
    result: { added: PatchRecord[] }
  }
  /** A base layer; `RenderOptions` says what the choices mean. The size of a pixel comes from the raster. */
  render: {
    request: { patchId: string; layer: BaseLayer } & Omit<RenderOptions, 'cellSize'>
    result: RenderedLayer
  }
  /** Pixels of a patch as they are stored; for large ones, which the window would stand still to read. */
  pixels: { request: { patchId: string }; result: Awaited<ReturnType<ProjectStore['readPixels']>> }
  /** Distribution of band expressions over the valid pixels of a patch. @throws AppError `bad-argument` */
  histograms: { request: { patchId: string; channels: readonly string[] }; result: ChannelHistogram[] }
  /** Contour lines of the elevation; `interval` in metres, null: chosen by the relief. */
  contours: { request: { patchId: string; interval: number | null }; result: Contours }
  /** Where the networks are unsure, [height, width] 0..1, NaN without data; null: not predicted yet. */
  uncertainty: {
    request: { patchId: string; kind: 'disagreement' | 'entropy' }
    result: Float32Array | null
  }
  /**
   * Landslides (8-connected components) of a mask as it is on screen, in reading order, with their attributes.
   *
   * @param beside other cells of its scene on which some of them go on, with their masks as shown: they count whole
   */
  landslides: {
    request: { patchId: string; mask: Uint8Array; beside?: { patchId: string; mask: Uint8Array }[] }
    result: Landslide[]
  }
  /**
   * Landslides of the masks of patches as they are stored, those of a scene's cells on one raster, with their attributes.
   * Rasters are named as an export of all of the patches names them.
   *
   * @param only ids of the rasters that are read (`rasterIdOf`), with those that show the same ground; the others are left out
   * @returns `read`: the ids of all that were read; `sharing`: pairs of ids of rasters that show the same ground, read or
   *   not; `remarks`: what is to be said of that
   */
  inventoryTable: {
    request: { patchIds: string[]; only: string[]; threshold: number }
    result: { table: InventoryTable; read: string[]; sharing: [string, string][]; remarks: string[] }
  }
  /**
   * Pixels of each stratum (`auditStrata`) of patches, of their masks as shown and within areas of interest; `missing`: names
   * of those without one. Ground that several patches show counts in one of them; `sharedPixels`: what the others left out. Reads
   * every mask, and with a stratum of disagreement every network's probability, one patch at a time.
   */
  countAudited: {
    request: { patchIds: string[]; threshold: number; disagreementFrom: number | null }
    result: { patches: AuditedPixels[]; missing: string[]; sharedPixels: number }
  }
  /**
   * Points for an audit, ascending by number, from what `countAudited` found; reads the patches that they fall on.
   *
   * @throws AppError `bad-argument` where the map changed since it was counted
   */
  drawAudited: {
    request: {
      patches: AuditedPixels[]
      /** Points of each stratum. */
      sizes: StratumPixels
      seed: number
      threshold: number
      disagreementFrom: number | null
    }
    result: { points: AuditPoint[] }
  }
  /** The class of the masks as shown at pixels: 1 landslide, 0 not, null: nothing, or the patch is gone. */
  mapAtPoints: {
    request: { points: Pick<AuditPoint, 'patchId' | 'column' | 'row'>[]; threshold: number }
    result: { classes: (0 | 1 | null)[] }
  }
  /** Two rounds' maps of a patch, and the later one against what was made of it. */
  compareMaps: {
    request: { patchId: string; maps: ComparedMaps }
    result: Record<Comparison, MapChange | null>
  }
  /** The same as codes on the grid of a small picture (`changePicture`); null: a map is missing. */
  drawChange: {
    request: { patchId: string; maps: ComparedMaps; what: Comparison; picture: Grid }
    result: Uint8Array<ArrayBuffer> | null
  }
  /** A small true-colour picture, stretched to `limits` (red, green, blue in raw units), else by its own percentiles. */
  thumbnail: { request: { patchId: string; size: number; limits?: readonly Limits[] }; result: RenderedLayer }
  /**
   * Masks as shown (0, 1, 255) to GeoTIFF with colour table, nodata 255 and the source's georeference; zip if many. Cells
   * leave as one mosaic a scene, or one of an event of all scenes on one grid; disagreement of cells only.
   */
  exportMasks: {
    request: {
      patchIds: string[]
      threshold: number
      includeProbability: boolean
      includeDisagreement: boolean
      mosaics: 'scene' | 'event'
    }
    result: { fileName: string; blob: Blob; notes: string[] }
  }
  /**
   * Landslides as polygons with their attributes, one inventory of all these masks; a zip if there are several files. Written
   * row by row of cells.
   *
   * @throws AppError `export-failed` if no patch has a mask, `storage-full`, `aborted`
   */
  exportInventory: {
    request: InventoryRequest & { formats: VectorFormat[] }
    result: { fileName: string; blob: Blob; notes: string[] }
  }
  /**
   * An inventory of these masks with all that is needed to judge it, in one zip: rasters, GeoPackage, accuracy, journal,
   * networks, report, STAC item, checksums. Written row by row of cells.
   *
   * @throws AppError `export-failed` if no patch has a mask, `storage-full`, `aborted`
   */
  exportBundle: {
    request: InventoryRequest & { title: string }
    result: { fileName: string; blob: Blob; notes: string[] }
  }
  /** What an inventory of these masks would hold, and what its options would leave out and fill. */
  countInventory: { request: InventoryRequest; result: InventoryCounts }
  /** The whole project as one zip. `unsaved`: changes that wait for room on the disk, in their order. */
  saveArchive: {
    request: { unsaved: StoreCall[]; includeUnfinished: boolean }
    result: { fileName: string; blob: Blob; notes: string[] }
  }
  /** What an archive holds; null: the zip is no project archive. */
  inspectArchive: { request: { path: string; file: Blob }; result: ArchiveSummary | null }
  /**
   * Opens an archive as a project of its own (`asNew`), or replaces this one with it, all of it or nothing. A project that
   * was replaced has to be opened again by every worker and window: `restart` them.
   */
  openArchive: {
    request: { path: string; file: Blob; asNew: boolean }
    /** `projectId`: of the new project; null: this one was replaced. `notes`: what was mended so that it opens. */
    result: { projectId: string | null; notes: string[] }
  }
  /** Copies the whole project as one of its own, which this worker does not open. */
  duplicateProject: { request: { name: string }; result: { projectId: string } }
  /** The competition's zip: mask_N.h5 at its root. */
  exportSubmission: {
    request: { patchIds: string[]; threshold: number }
    result: { fileName: string; blob: Blob; notes: string[] }
  }
}

/** Streamed while a job runs, at most a few times a second. */
export type EngineEvent =
  /** What the job computes on; it may differ from what was started (WASM predicts, software WebGPU trains). */
  | { kind: 'engine'; info: EngineInfo }
  | TrainingEvent
  /** What made it and its scores are left out at the end of a round: they stand in the patch's record. */
  | {
      kind: 'predicted'
      patchId: string
      prediction?: PredictionOrigin
      scores?: PatchScores
      /** Of the mean of the models that predicted it; absent where the end of the work says it. */
      maskThreshold?: number
    }
  /** How fast a round trains, over the last seconds, and the GPU memory it holds; at most once a second. */
  | { kind: 'pace'; secondsPerStep: number; tensorBytes: number; gpuBytes: number }
  /** The state of the network in training is on disk. */
  | { kind: 'saved'; progress: SavedProgress }
  /** It could not be saved; training continues. */
  | { kind: 'not-saved'; message: string }
  | { kind: 'device-lost'; message: string }

/** What training takes of the GPU. */
export interface RoundNeed {
  networks: {
    family: NetworkFamily
    preset: string
    peakBytes: number
    largestBytes: number
    /** What an optimiser step of one domain takes: kernels started, bytes they bind, multiplications and additions. */
    step: { dispatches: number; bytesMoved: number; flop: number }
  }[]
  /** Crops of a pass, and passes of a step, that these figures are for. */
  microBatch: number
  accumulate: number
  /** Whether they are for gradient checkpointing. */
  checkpointing: boolean
  /** Bytes that the device allows one buffer; null: unknown. */
  largestBuffer: number | null
}

/** The engine worker: owns TensorFlow.js and the device. */
export interface EngineApi extends ModelApi {
  /**
   * Chooses and starts a backend; every other call starts one by itself if need be. With "auto" and no hardware GPU,
   * predictions run on WASM and a round switches to software WebGPU by itself: `canTrain` says whether it could.
   */
  start: { request: { prefer: BackendName | 'auto' }; result: EngineInfo }
  /**
   * Writes per-network and "ensemble" probabilities for each patch, NaN where a pixel holds no data. Patch by patch:
   * event `predicted` once a patch's are all stored; cancelling keeps those done. `PatchRecord.predictedBy` then
   * names the models. Jobs of the engine take turns: a second call waits for the first.
   */
  predict: {
    request: { patchIds: string[]; modelIds: string[]; statistics: StatisticsRule }
    /**
     * `maskThreshold`: of the mean of these models. `normalisation`: in words, by what they z-scored the patches, once for
     * each that differs.
     */
    result: { patchIds: string[]; seconds: number; maskThreshold: number; normalisation: string[] }
  }
  /**
   * Trains, keeps the best weights, predicts the target again and writes the round record. Fields left out of `config`
   * take `roundConfigFor` the preset. Nothing of the round is visible in the store until it is complete (then `predicted`
   * for each patch whose ensemble changed): a cancelled one leaves no trace. `startFrom` names the model that a family
   * starts from; left out: the latest round's, else a starter, else fresh weights.
   *
   * Its state is saved as it trains, so that one that was paused, failed, or lost its tab or device stays as
   * `ProjectStore.unfinishedRound`, which `resumeRound` finishes and `discardRound` clears away. Only one tab trains.
   * @throws AppError `paused`; `bad-argument` while there is an unfinished round or another tab trains
   */
  startRound: {
    request: {
      config: Partial<RoundConfig>
      startFrom?: Partial<Record<NetworkFamily, string>>
      /** Ids of the models that predict now: those of families that are not trained stay in the ensemble. */
      ensemble?: string[]
      /** Round that this one continues; absent or null: the latest. */
      parentRoundId?: string | null
      saveEverySeconds?: number
    }
    result: RoundRecord
  }
  /** Finishes the unfinished round on what it began with; on the same machine its weights are those of a run in one go. */
  resumeRound: { request: { saveEverySeconds?: number }; result: RoundRecord }
  /** Clears the unfinished round away with all that it made. @throws AppError `bad-argument` while it runs */
  discardRound: { request: Record<string, never>; result: null }
  /** Has the round that runs save its state and end with `paused` before its next step; none: nothing happens. */
  pauseRound: { request: Record<string, never>; result: null }
  /**
   * Rehearses a round's training for its GPU memory, about a second a network. `budgetBytes`: choose the largest batch
   * that stays within it; null: as configured.
   * @throws AppError `gpu-limit` where nothing fits, `gpu-unavailable` without WebGPU
   */
  estimateRound: {
    request: {
      config: Partial<RoundConfig>
      startFrom?: Partial<Record<NetworkFamily, string>>
      /** As `startRound` takes it. */
      parentRoundId?: string | null
      budgetBytes: number | null
    }
    result: RoundNeed
  }
  /**
   * Checks what this machine computes, kernel by kernel, network by network and on the models that ship, and times it
   * where asked to. Takes its turn like a prediction; on WebGPU even where there is only a software adapter, which
   * predictions would not use.
   */
  checkMachine: { request: { benchmark: boolean }; result: SelfTestReport }
  /** TensorFlow.js and GPU memory, for the gauge and the leak test. */
  memory: {
    request: Record<string, never>
    result: { tensors: number; bytes: number; gpuBytes: number | null }
  }
}

export type FilesClient = WorkerClient<FilesApi, ImportEvent>
export type EngineClient = WorkerClient<EngineApi, EngineEvent>
