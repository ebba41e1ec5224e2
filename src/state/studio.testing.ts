import { AppError } from '../core/foundation/appError'
import { recoverMask } from '../core/masks/maskDiff'
import type { RenderedLayer } from '../core/patches/renderLayer'
import type { ProjectRecord } from '../core/project/projectRecords'
import type { AuditEntry } from '../core/review/auditLog'
import type { PointAuditRecord } from '../core/review/pointAudit'
import type { HistoryRecord, PatchRecord, UnfinishedRound } from '../core/review/records'
import { type ComparedMaps, compareMaps } from '../core/rounds/compareMaps'
import type { RoundRecord } from '../core/rounds/round'
import { emptySums } from '../core/scenes/boxSums'
import type { SceneRecord } from '../core/scenes/sceneRecord'
import type { ProjectStore } from '../storage/projectStore'
import { FIRST_PROJECT, openProjects } from '../storage/projects'
import type { EngineClient, EngineEvent, FilesClient } from '../worker/protocol'
import { createStudio } from './createStudio'
import type { Studio } from './studio'

export const SIDE = 8

/** A patch of 8 x 8 whose probability rises from left to right: 0, 1/8 ... 7/8. */
export function patchRecord(id: string, change: Partial<PatchRecord> = {}): PatchRecord {
  return {
    id,
    order: Number(id.replace(/\D/g, '')),
    name: id,
    path: `${id}.h5`,
    domain: 'target',
    width: SIDE,
    height: SIDE,
    hasLabel: false,
    heldOut: false,
    scale: 'l4s',
    georeference: null,
    problems: [],
    statistics: { count: 0, mean: [], m2: [] },
    ...change,
  }
}

export const ramp = () => Float32Array.from({ length: SIDE * SIDE }, (_, index) => (index % SIDE) / SIDE)

/** What a disk would hold: survives a second `openStudio` on the same object. */
export interface Disk {
  /** Those of scenes among them, with their margins. */
  patches: PatchRecord[]
  scenes?: SceneRecord[]
  masks: Map<string, Uint8Array>
  /** Labels that came with patches. */
  labels?: Map<string, Uint8Array>
  /** Latest applied step that a stored mask holds, by patch. */
  through?: Map<string, number>
  probabilities: Map<string, Float32Array>
  history: Map<number, HistoryRecord>
  threshold: number
  thresholdChosen?: boolean
  modelThreshold?: number
  ensemble?: string[] | null
  startFrom?: Record<string, string>
  baseRoundId?: string | null
  unfinished?: UnfinishedRound | null
  rounds?: RoundRecord[]
  audit?: AuditEntry[]
  pointAudits?: PointAuditRecord[]
  preferences: Map<string, string>
}

export function emptyDisk(patches: PatchRecord[]): Disk {
  return {
    patches,
    masks: new Map(),
    probabilities: new Map(patches.map(patch => [`${patch.id}/ensemble`, ramp()])),
    history: new Map(),
    threshold: 0.5,
    preferences: new Map(),
  }
}

function storeOn(disk: Disk): ProjectStore {
  const project = (): ProjectRecord => ({
    id: 'p',
    name: 'Test',
    createdAt: '',
    threshold: disk.threshold,
    thresholdChosen: disk.thresholdChosen,
    modelThreshold: disk.modelThreshold,
    ensemble: disk.ensemble ?? null,
    startFrom: disk.startFrom ?? {},
    baseRoundId: disk.baseRoundId ?? null,
  })
  const remove = (isGone: (patch: PatchRecord) => boolean) => {
    const gone = new Set(disk.patches.filter(isGone).map(({ id }) => id))
    disk.patches = disk.patches.filter(({ id }) => !gone.has(id))
    for (const [sequence, step] of disk.history) if (gone.has(step.patchId)) disk.history.delete(sequence)
  }
  return {
    project: async () => project(),
    updateProject: async change => {
      disk.threshold = change.threshold ?? disk.threshold
      disk.thresholdChosen = change.thresholdChosen ?? disk.thresholdChosen
      disk.modelThreshold = change.modelThreshold ?? disk.modelThreshold
      if (change.ensemble !== undefined) disk.ensemble = change.ensemble
      if (change.startFrom !== undefined) disk.startFrom = change.startFrom
      if (change.baseRoundId !== undefined) disk.baseRoundId = change.baseRoundId
      return project()
    },
    patches: async () => disk.patches.filter(patch => !patch.removed && !patch.cell?.margin),
    removedPatches: async () => disk.patches.filter(patch => patch.removed && !patch.cell?.margin),
    patch: async id => disk.patches.find(patch => patch.id === id) ?? patchRecord(id),
    putPatch: async () => undefined,
    updatePatch: async (id, change) => {
      disk.patches = disk.patches.map(patch => (patch.id === id ? { ...patch, ...change } : patch))
    },
    updatePatches: async changes => {
      disk.patches = disk.patches.map(patch => ({ ...patch, ...changes.get(patch.id) }))
    },
    readPixels: async id => ({
      data: new Float32Array(14 * SIDE * SIDE),
      valid: null,
      label: disk.labels?.get(id)?.slice() ?? null,
    }),
    readPixelWindow: async (_id, { width, height }, bands) => ({
      data: new Float32Array((bands?.length ?? 14) * width * height),
      valid: null,
    }),
    readReduced: async (_id, window, bands) => bands.map(() => emptySums(window, 8)),
    writeLabel: async (id, label) => {
      disk.labels = new Map([...(disk.labels ?? []), [id, label.slice()]])
    },
    removePatch: async id => remove(patch => patch.id === id),
    scenes: async () => disk.scenes ?? [],
    scene: async id => {
      const scene = disk.scenes?.find(each => each.id === id)
      if (!scene) throw new AppError('bad-argument', `There is no scene "${id}".`)
      return scene
    },
    putScene: async scene => {
      const others = disk.scenes ?? []
      disk.scenes = others.some(({ id }) => id === scene.id)
        ? others.map(each => (each.id === scene.id ? scene : each))
        : [...others, scene]
    },
    scenePieces: async sceneId =>
      disk.patches
        .filter(({ cell }) => cell?.sceneId === sceneId)
        .sort((a, b) => a.cell!.row - b.cell!.row || a.cell!.column - b.cell!.column),
    removeScene: async id => {
      disk.scenes = disk.scenes?.filter(scene => scene.id !== id)
      remove(({ cell }) => cell?.sceneId === id)
    },
    readMask: async id => {
      const mask = disk.masks.get(id)?.slice()
      const steps = [...disk.history.values()].filter(({ patchId }) => patchId === id)
      return mask ? recoverMask(mask, disk.through?.get(id) ?? 0, steps) : null
    },
    writeMask: async (id, mask, through) => {
      disk.masks.set(id, mask)
      const last = Math.max(0, ...[...disk.history.values()].map(step => (step.undone ? 0 : step.sequence)))
      disk.through ??= new Map()
      disk.through.set(id, through ?? last)
    },
    readProbability: async (id, model) => disk.probabilities.get(`${id}/${model}`) ?? null,
    writeProbability: async (id, model, probability) => {
      disk.probabilities.set(`${id}/${model}`, probability)
    },
    history: async () => [...disk.history.values()],
    historyStep: async sequence => disk.history.get(sequence) ?? null,
    putHistory: async steps => {
      for (const step of steps) disk.history.set(step.sequence, step)
    },
    removeHistory: async sequences => {
      for (const sequence of sequences) disk.history.delete(sequence)
    },
    auditLog: async () => disk.audit ?? [],
    appendAudit: async entries => {
      disk.audit = [...(disk.audit ?? []), ...entries]
    },
    pointAudits: async () => structuredClone(disk.pointAudits ?? []),
    putPointAudit: async audit => {
      const others = disk.pointAudits ?? []
      disk.pointAudits = others.some(({ id }) => id === audit.id)
        ? others.map(each => (each.id === audit.id ? structuredClone(audit) : each))
        : [...others, structuredClone(audit)]
    },
    removePointAudit: async id => {
      disk.pointAudits = disk.pointAudits?.filter(audit => audit.id !== id)
    },
    rounds: async () => disk.rounds ?? [],
    putRound: async () => undefined,
    writeModel: async () => undefined,
    describeModel: async () => undefined,
    readModel: async () => null,
    importedModels: async () => [],
    putImportedModel: async () => undefined,
    removeImportedModel: async () => undefined,
    unfinishedRound: async () => disk.unfinished ?? null,
    putUnfinishedRound: async round => {
      disk.unfinished = round
    },
    removeUnfinishedRound: async () => {
      disk.unfinished = null
    },
    freezeLabels: async () => undefined,
    readFrozen: async () => null,
    readCheckpoint: async () => null,
    writeCheckpoint: async () => undefined,
    removeCheckpoint: async () => undefined,
    persist: async () => true,
    storageUse: async () => [],
    removePredictions: async () => 0,
    saveArchive: async () => ({ name: 'Test', blob: new Blob(), notes: [] }),
    inspectArchive: async () => null,
    openArchive: async () => ({ notes: [] }),
    estimate: async () => ({ usage: 0, quota: 1 }),
    clear: async () => undefined,
  }
}

const picture: RenderedLayer = { width: 1, height: 1, rgba: new Uint8ClampedArray(4), range: [] }

/** A studio on a fake disk, with workers that compare maps, draw nothing and predict nothing. */
export function openStudio(
  disk: Disk,
  engineCall?: (
    method: string,
    request: unknown,
    options?: {
      signal?: AbortSignal
      onEvent?: (event: EngineEvent) => void
    },
  ) => Promise<unknown>,
): Studio {
  let ids = 0
  const files = {
    call: async (method: string, request: { patchId: string; maps: ComparedMaps }) => {
      if (method !== 'compareMaps') return picture
      const read = async (model: string) => disk.probabilities.get(`${request.patchId}/${model}`) ?? null
      return compareMaps(read, patchRecord(request.patchId), request.maps)
    },
    terminate: () => undefined,
  } as unknown as FilesClient
  const engine = {
    call: engineCall ?? (async () => ({ models: [], damaged: [] })),
    terminate: () => undefined,
  } as unknown as EngineClient
  return createStudio({
    storage: storeOn(disk),
    files,
    engine,
    projects: openProjects(),
    projectId: FIRST_PROJECT,
    goTo: () => undefined,
    preferences: {
      getItem: key => disk.preferences.get(key) ?? null,
      setItem: (key, value) => disk.preferences.set(key, value),
    },
    now: () => new Date('2026-01-01T00:00:00Z'),
    newId: () => `verdict-${disk.history.size}-${ids++}`,
    deliver: () => undefined,
  })
}
