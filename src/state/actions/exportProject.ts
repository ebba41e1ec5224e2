import { isReviewable } from '../selectors'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import { recordAudit } from './recordAudit'
import { storeUnfrozenMasks } from './setThreshold'

export type ExportScope = 'selected' | 'reviewed' | 'all'

export interface ExportChoice {
  format: 'geotiff' | 'submission'
  scope: ExportScope
  includeProbability: boolean
}

/** Which patches an export would take: reviewed ones are accepted or corrected, never rejected or unsure. */
export function exportPatchIds(state: StudioState, scope: ExportScope): string[] {
  if (scope === 'selected') return state.selectedId ? [state.selectedId] : []
  return state.patches
    .filter(patch => isReviewable(patch))
    .filter(patch => {
      const kind = state.verdicts[patch.id]?.kind
      return scope === 'all' || kind === 'accepted' || kind === 'corrected'
    })
    .map(patch => patch.id)
}

/** @returns what the exporter has to say of the file (no CRS, patches without a mask), null if it failed */
export async function exportProject(
  studio: Studio,
  choice: ExportChoice,
): Promise<{ fileName: string; notes: string[] } | null> {
  const { threshold } = studio.store.getState()
  const patchIds = exportPatchIds(studio.store.getState(), choice.scope)
  if (patchIds.length === 0) return null
  return studio.jobs.run('export', async options => {
    await storeUnfrozenMasks(studio)
    const { fileName, blob, notes } =
      choice.format === 'geotiff'
        ? await studio.files.call(
            'exportMasks',
            { patchIds, threshold, includeProbability: choice.includeProbability },
            options,
          )
        : await studio.files.call('exportSubmission', { patchIds, threshold }, options)
    studio.deliver(fileName, blob)
    const count = patchIds.length === 1 ? '1 patch' : `${patchIds.length} patches`
    recordAudit(studio, { kind: 'export', detail: `${fileName}: masks of ${count}` })
    return { fileName, notes }
  })
}
