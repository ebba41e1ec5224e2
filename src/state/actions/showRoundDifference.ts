import type { Studio } from '../studio'
import { selectPatch } from './selectPatch'

/**
 * Shows on the map what became of it between two rounds, or where a round disagrees with the analyst.
 *
 * @param before null: where `round` disagrees with accepted and corrected masks
 * @param patchId to go to; null: the patch stays
 */
export async function showRoundDifference(
  studio: Studio,
  before: string | null,
  round: string,
  patchId: string | null = null,
): Promise<void> {
  studio.store.setState({
    overlay: before === null ? 'against-verdict' : 'round-difference',
    overlayRound: round,
    overlayRoundBefore: before,
    showProbability: true,
  })
  const { viewMode } = studio.store.getState()
  if (viewMode === 'sheet' || viewMode === 'map') studio.store.setState({ viewMode: 'single' })
  if (patchId !== null) await selectPatch(studio, patchId)
}
