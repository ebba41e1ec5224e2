import { plural } from '../../core/foundation/text'
import { type MaskState, maskProvenance, maskVersion } from '../../core/review/provenance'
import type { PatchRecord } from '../../core/review/records'
import { areaShare } from '../../core/scenes/areaShare'
import type { SceneRecord } from '../../core/scenes/sceneRecord'
import { recordAudit } from '../review/audit'
import { storeUnfrozenMasks } from '../review/masks'
import { frozenPatchIds } from '../review/selectors'
import type { HistoryEntry } from '../review/slice'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import { changePatches } from './actions'
import { chosenOrShown } from './selectors'

/** `new`: as `all`, without those that left in an export as they are now. */
export type ExportScope = 'selected' | 'all' | 'new'

export interface ExportChoice {
  format: 'geotiff' | 'submission'
  scope: ExportScope
  /** Of all target patches, the masks that leave; the selection, else the patch on screen, leaves whatever became of its masks. */
  states: readonly MaskState[]
  includeProbability: boolean
  /** Of scenes: how far the networks differ. */
  includeDisagreement: boolean
  /** What cells leave as: a file for each scene, or one for all scenes on one grid. */
  mosaics: 'scene' | 'event'
}

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
  const { includeProbability, includeDisagreement, mosaics } = choice
  const patchIds = exportPatchIds(studio.store.getState(), choice)
  if (patchIds.length === 0) return null
  return studio.jobs.run(
    'export',
    async options => {
      await storeUnfrozenMasks(studio)
      const versions = maskVersions(studio.store.getState())
      const { fileName, blob, notes } =
        choice.format === 'geotiff'
          ? await studio.files.call(
              'exportMasks',
              { patchIds, threshold, includeProbability, includeDisagreement, mosaics },
              options,
            )
          : await studio.files.call('exportSubmission', { patchIds, threshold }, options)
      studio.deliver(fileName, blob)
      changePatches(studio, new Map(patchIds.map(id => [id, { exported: versions.get(id)! }])))
      const patches = plural(patchIds.length, 'patch', 'patches')
      recordAudit(studio, { kind: 'export', detail: `${fileName}: ${patches}. ${notes[0] ?? ''}` })
      return { fileName, notes }
    },
    { again: () => exportProject(studio, choice), work: 'export' },
  )
}
