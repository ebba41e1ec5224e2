import { plural } from '../../core/foundation/text'
import { type MaskState, maskProvenance, maskVersion } from '../../core/review/provenance'
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
  const versions = scope === 'new' ? maskVersions(state) : null
  return state.patches.list
    .filter(({ id, exported }) => chosen.has(id) && (versions === null || exported !== versions.get(id)))
    .map(({ id }) => id)
}

/** `maskVersion` of each patch's mask as it is now. */
function maskVersions({ patches, review }: StudioState): Map<string, string> {
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
      const { fileName, blob, notes } =
        choice.format === 'geotiff'
          ? await studio.files.call(
              'exportMasks',
              { patchIds, threshold, includeProbability: choice.includeProbability },
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
