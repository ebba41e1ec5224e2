import type { InventoryCounts } from '../../core/export/inventoryCounts'
import type { VectorFormat } from '../../core/export/vectorLayer'
import { plural } from '../../core/foundation/text'
import { EXACT, type InventoryOptions } from '../../core/inventory/inventory'
import { type MaskState, maskProvenance, maskVersion } from '../../core/review/provenance'
import type { PatchRecord } from '../../core/review/records'
import { areaShare } from '../../core/scenes/areaShare'
import type { SceneRecord } from '../../core/scenes/sceneRecord'
import { recordAudit } from '../review/audit'
import { storeUnfrozenMasks } from '../review/masks'
import { frozenPatchIds } from '../review/selectors'
import type { HistoryEntry } from '../review/slice'
import { UNTITLED } from '../session/projects'
import type { JobOptions } from '../shell/jobs'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import { changePatches } from './actions'
import { chosenOrShown } from './selectors'

/** `new`: as `all`, without those that left in an export as they are now. */
export type ExportScope = 'selected' | 'all' | 'new'

export interface ExportChoice {
  format: 'polygons' | 'bundle' | 'geotiff' | 'submission'
  scope: ExportScope
  /** Of all target patches, the masks that leave; the selection, else the patch on screen, leaves whatever became of its masks. */
  states: readonly MaskState[]
  includeProbability: boolean
  /** Of scenes: how far the networks differ. */
  includeDisagreement: boolean
  /** What cells leave as: a file for each scene, or one for all scenes on one grid. */
  mosaics: 'scene' | 'event'
  /** Of polygons, and of a bundle its options; absent: all of them as a GeoPackage. */
  polygons?: PolygonChoice
}

/** Files of an inventory, and how pixels become polygons. */
export interface PolygonChoice {
  formats: readonly VectorFormat[]
  options: InventoryOptions
}

/** GeoPackage holds everything that the others do, and opens styled. Nothing is left out unless it is asked for. */
export const DEFAULT_POLYGONS: PolygonChoice = { formats: ['gpkg'], options: EXACT }

/** Masks that an analyst answers for. */
export const DEFAULT_EXPORT_STATES: readonly MaskState[] = ['accepted', 'corrected']

/**
 * Patches by what became of their masks; targets that have none yet are under `none`, labels that are as their files have
 * them nowhere.
 */
export function patchesByMaskState(state: StudioState): Record<MaskState | 'none', string[]> {
  const painted = frozenPatchIds(state)
  const ids: Record<MaskState | 'none', string[]> = {
    accepted: [],
    corrected: [],
    'label-corrected': [],
    painted: [],
    predicted: [],
    rejected: [],
    unsure: [],
    none: [],
  }
  for (const patch of state.patches.list) {
    if (patch.hasLabel && !painted.has(patch.id)) continue
    const unjudged = painted.has(patch.id) ? 'painted' : patch.predictedBy ? 'predicted' : 'none'
    ids[state.review.verdicts[patch.id]?.kind ?? unjudged].push(patch.id)
  }
  return ids
}

/** Which patches an export would take. */
export function exportPatchIds(
  state: StudioState,
  { scope, states }: Pick<ExportChoice, 'scope' | 'states'>,
): string[] {
  if (scope === 'selected') return chosenOrShown(state).map(({ id }) => id)
  const byState = patchesByMaskState(state)
  const chosen = new Set(states.flatMap(one => byState[one]))
  const all = state.patches.list.filter(({ id }) => chosen.has(id))
  if (scope === 'all') return all.map(({ id }) => id)
  const versions = maskVersions(state)
  const isNew = ({ id, exported }: PatchRecord) => exported !== versions.get(id)
  // A mosaic of the new cells alone would lack the others.
  const scenes = new Set(all.filter(isNew).flatMap(({ cell }) => cell?.sceneId ?? []))
  return all.filter(patch => (patch.cell ? scenes.has(patch.cell.sceneId) : isNew(patch))).map(({ id }) => id)
}

/** What an export holds of a scene. */
export interface ExportedScene {
  scene: SceneRecord
  /** Cells that leave, and all of them. */
  included: number
  cells: number
  /** About which share of the scene's area lies in the cells that leave, 0..1. */
  share: number
}

/** The scenes whose cells are among these patches. */
export function exportedScenes(state: StudioState, patchIds: readonly string[]): ExportedScene[] {
  const chosen = new Set(patchIds)
  return state.scenes.list.flatMap(scene => {
    const cells = state.patches.list.filter(({ cell }) => cell?.sceneId === scene.id)
    const included = cells.filter(({ id }) => chosen.has(id))
    if (included.length === 0) return []
    const share = areaShare(
      scene,
      included.map(({ cell }) => cell!.window),
    )
    return [{ scene, included: included.length, cells: cells.length, share }]
  })
}

/** `maskVersion` of each patch's mask as it is now. */
export function maskVersions({ patches, review }: StudioState): Map<string, string> {
  const steps = new Map<string, HistoryEntry[]>(patches.list.map(({ id }) => [id, []]))
  for (const step of review.history) steps.get(step.patchId)?.push(step)
  return new Map(
    patches.list.map(patch => {
      const provenance = maskProvenance(patch, steps.get(patch.id)!, review.threshold)
      return [patch.id, maskVersion(provenance)]
    }),
  )
}

/** @returns what the exporter has to say of the file (no CRS, patches without a mask), null if it failed */
export async function exportProject(
  studio: Studio,
  choice: ExportChoice,
): Promise<{ fileName: string; notes: string[] } | null> {
  const {
    review: { threshold },
  } = studio.store.getState()
  const patchIds = exportPatchIds(studio.store.getState(), choice)
  if (patchIds.length === 0) return null
  return studio.jobs.run(
    'export',
    async options => {
      await storeUnfrozenMasks(studio)
      const versions = maskVersions(studio.store.getState())
      const { fileName, blob, notes } = await writeExport(studio, choice, { patchIds, threshold }, options)
      studio.deliver(fileName, blob)
      changePatches(studio, new Map(patchIds.map(id => [id, { exported: versions.get(id)! }])))
      const patches = plural(patchIds.length, 'patch', 'patches')
      recordAudit(studio, { kind: 'export', detail: `${fileName}: ${patches}. ${notes[0] ?? ''}` })
      return { fileName, notes }
    },
    { again: () => exportProject(studio, choice), work: 'export' },
  )
}

function writeExport(
  { files, store }: Studio,
  { format, includeProbability, includeDisagreement, mosaics, polygons = DEFAULT_POLYGONS }: ExportChoice,
  masks: { patchIds: string[]; threshold: number },
  options: JobOptions,
): Promise<{ fileName: string; blob: Blob; notes: string[] }> {
  switch (format) {
    case 'polygons':
      return files.call(
        'exportInventory',
        { ...masks, ...INVENTORY_MOSAICS, formats: [...polygons.formats], options: polygons.options },
        options,
      )
    case 'bundle': {
      const title = store.getState().session.project?.name ?? UNTITLED
      const request = { ...masks, ...INVENTORY_MOSAICS, options: polygons.options, title }
      return files.call('exportBundle', request, options)
    }
    case 'geotiff':
      return files.call(
        'exportMasks',
        { ...masks, includeProbability, includeDisagreement, mosaics },
        options,
      )
    case 'submission':
      return files.call('exportSubmission', masks, options)
  }
}

/** In an inventory a landslide that two scenes show is one. */
const INVENTORY_MOSAICS = { mosaics: 'event' } as const

/** What an export of polygons would hold, and leave out. @throws AppError `aborted`, and as reading the masks does */
export async function countPolygons(
  studio: Studio,
  patchIds: readonly string[],
  options: InventoryOptions,
  signal: AbortSignal,
): Promise<InventoryCounts> {
  await storeUnfrozenMasks(studio)
  const { threshold } = studio.store.getState().review
  return studio.files.call(
    'countInventory',
    { patchIds: [...patchIds], threshold, ...INVENTORY_MOSAICS, options },
    { signal },
  )
}
