import type { PatchDifference } from '../../state/actions/compareRoundMaps'
import { formatShare } from '../formatScore'

export type What = 'between' | 'against'

export interface DifferenceRow {
  patchId: string
  name: string
  gained: string
  lost: string
  /** Of what changed, square kilometres. */
  area: string
  share: string
}

/** Patches that could be compared, most pixels changed first. */
export function differenceRows(differences: readonly PatchDifference[], what: What): DifferenceRow[] {
  return differences
    .flatMap(difference => {
      const counts = difference[what]
      return counts ? [{ difference, counts, changed: counts.gained + counts.lost }] : []
    })
    .sort((a, b) => b.changed - a.changed)
    .map(({ difference: { patchId, name, pixelArea }, counts, changed }) => ({
      patchId,
      name,
      gained: counts.gained.toLocaleString('en'),
      lost: counts.lost.toLocaleString('en'),
      area: pixelArea === null ? '–' : (changed * pixelArea).toFixed(3),
      share: counts.compared > 0 ? formatShare(changed / counts.compared) : '–',
    }))
}
