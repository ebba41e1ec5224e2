import { throwIfAborted } from '../../core/foundation/appError'
import type { DifferenceCounts, Grid } from '../../core/masks/compareMasks'
import { pixelSizeOf } from '../../core/raster/pixelSize'
import type { PatchRecord } from '../../core/review/records'
import type { ComparedMaps, Comparison, MapChange } from '../../core/rounds/compareMaps'
import { type RoundRecord, roundEnsemble } from '../../core/rounds/round'
import { setLayers } from '../layers/actions'
import { loadMask } from '../review/masks'
import { isReviewable } from '../review/selectors'
import { closeDialog, openDialog } from '../shell/actions'
import type { Studio } from '../studio'
import { selectPatch, showViewMode } from '../view/actions'

/** What became of a patch's map between two rounds. */
export interface PatchDifference {
  patchId: string
  name: string
  /** null where one of the rounds did not map the patch. */
  between: MapChange | null
  /** Where the later round's map disagrees with the mask that was accepted or corrected; null: there is no such verdict. */
  against: MapChange | null
  /** Square kilometres of a pixel; null where it is not known. */
  pixelArea: number | null
}

/**
 * Compares the stored maps of two rounds on every target patch at the threshold as it is set now, and the later one with
 * the analyst's verdicts. The files worker reads and compares, one patch after another.
 *
 * @param onPatch called after each with its share of the work, 0..1
 * @throws AppError `aborted`, and what the store throws.
 */
export async function compareRoundMaps(
  studio: Studio,
  before: RoundRecord,
  after: RoundRecord,
  { signal, onPatch }: { signal?: AbortSignal; onPatch?: (share: number) => void } = {},
): Promise<PatchDifference[]> {
  const targets = studio.store.getState().patches.list.filter(isReviewable)
  const differences: PatchDifference[] = []
  for (const [index, patch] of targets.entries()) {
    throwIfAborted(signal)
    const maps = await comparedMaps(studio, before, after, patch)
    const { size } = pixelSizeOf(patch.georeference, patch.width, patch.height)
    differences.push({
      patchId: patch.id,
      name: patch.name,
      ...(await studio.files.call('compareMaps', { patchId: patch.id, maps }, { signal })),
      pixelArea: size && (size.width * size.height) / 1e6,
    })
    onPatch?.((index + 1) / targets.length)
  }
  return differences
}

/** Codes of `changePicture` on the grid of a small picture of the patch; null: there is nothing to compare. */
export async function drawRoundChange(
  studio: Studio,
  { before, after, what }: { before: RoundRecord; after: RoundRecord; what: Comparison },
  patch: PatchRecord,
  picture: Grid,
  signal: AbortSignal,
): Promise<Uint8Array | null> {
  const maps = await comparedMaps(studio, before, after, patch)
  return studio.files.call('drawChange', { patchId: patch.id, maps, what, picture }, { signal })
}

async function comparedMaps(
  studio: Studio,
  before: RoundRecord,
  after: RoundRecord,
  patch: PatchRecord,
): Promise<ComparedMaps> {
  const modelsOf = (round: RoundRecord) => roundEnsemble(round).map(({ modelId }) => modelId)
  return {
    before: modelsOf(before),
    after: modelsOf(after),
    threshold: studio.store.getState().review.threshold,
    judged: await judgedMask(studio, patch),
  }
}

async function judgedMask(studio: Studio, patch: PatchRecord): Promise<Uint8Array | null> {
  const kind = studio.store.getState().review.verdicts[patch.id]?.kind
  if (kind !== 'accepted' && kind !== 'corrected') return null
  return (
    studio.pixels.masks.get(patch.id) ?? (await studio.storage.readMask(patch.id)) ?? loadMask(studio, patch)
  )
}

/** All patches together; the area is null unless every patch that counts has a known size. */
export function totalDifference(
  differences: readonly PatchDifference[],
  what: Comparison,
): (DifferenceCounts & { patches: number; changedArea: number | null }) | null {
  const counted = differences.filter(difference => difference[what] !== null)
  if (counted.length === 0) return null
  const total = { gained: 0, lost: 0, compared: 0, patches: counted.length, changedArea: 0 as number | null }
  for (const { [what]: counts, pixelArea } of counted) {
    if (!counts) continue
    total.gained += counts.gained
    total.lost += counts.lost
    total.compared += counts.compared
    const area = pixelArea === null ? null : (counts.gained + counts.lost) * pixelArea
    total.changedArea = total.changedArea === null || area === null ? null : total.changedArea + area
  }
  return total
}

/** Chooses the two rounds that the dialog compares. @param pair ids, the earlier one first */
export function compareRounds({ store }: Pick<Studio, 'store'>, pair: readonly [string, string]): void {
  store.change({ rounds: { compared: pair } })
}

/** Opens the dialog on two rounds. */
export function openComparison(studio: Pick<Studio, 'store'>, pair: readonly [string, string]): void {
  compareRounds(studio, pair)
  openDialog(studio, 'compare-rounds')
}

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
  closeDialog(studio)
  setLayers(studio, {
    overlay: before === null ? 'against-verdict' : 'round-difference',
    overlayRound: round,
    overlayRoundBefore: before,
    showProbability: true,
  })
  const { mode } = studio.store.getState().view
  if (mode === 'sheet' || mode === 'map') showViewMode(studio, 'single')
  if (patchId !== null) await selectPatch(studio, patchId)
}
