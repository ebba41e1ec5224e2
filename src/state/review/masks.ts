import type { MaskDiff } from '../../core/masks/maskDiff'
import { maskFromProbability } from '../../core/masks/probability'
import { IGNORE, LANDSLIDE } from '../../core/patches/patch'
import type { PatchRecord } from '../../core/review/records'
import { ENSEMBLE } from '../../core/rounds/ensemble'
import { patchById } from '../patches/selectors'
import { type PatchPixels, probabilityKey } from '../pixelCache'
import type { Studio } from '../studio'
import { frozenPatchIds, isFrozen, isReviewable } from './selectors'

export async function loadPixels(studio: Studio, id: string): Promise<PatchPixels> {
  const cached = studio.pixels.pixels.get(id)
  if (cached) return cached
  const pixels = await readPixels(studio, id)
  studio.pixels.pixels.set(id, pixels)
  return pixels
}

/** Pixels from which the files worker reads: a second of the window's time goes into a file of 100 MB. */
const LARGE_AREA = 512 * 512

async function readPixels(studio: Studio, id: string): Promise<PatchPixels> {
  const patch = patchById(studio.store.getState(), id)
  const large = patch !== null && patch.width * patch.height > LARGE_AREA
  return large ? studio.files.call('pixels', { patchId: id }) : studio.storage.readPixels(id)
}

/** Pixels without room in the cache, which is for what is looked at. */
async function peekPixels(studio: Studio, id: string): Promise<PatchPixels> {
  return studio.pixels.pixels.get(id) ?? readPixels(studio, id)
}

export async function loadProbability(
  studio: Studio,
  id: string,
  modelId = ENSEMBLE,
): Promise<Float32Array | null> {
  const key = probabilityKey(id, modelId)
  const cached = studio.pixels.probabilities.get(key)
  if (cached !== undefined) return cached
  const probability = await studio.storage.readProbability(id, modelId)
  studio.pixels.probabilities.set(key, probability)
  return probability
}

/**
 * The mask as shown: what was painted or judged; else a patch's label; else the ensemble's probability at the
 * threshold; null where there is none of these yet.
 */
export async function loadMask(studio: Studio, patch: PatchRecord): Promise<Uint8Array | null> {
  const cached = studio.pixels.masks.get(patch.id)
  if (cached) return cached
  const mask = await readMask(studio, patch)
  // Another reader was faster, and its mask may have been painted on since.
  const shown = studio.pixels.masks.get(patch.id)
  if (shown) return shown
  if (mask) showMask(studio, patch.id, mask)
  else noShare(studio, patch.id)
  return mask
}

/** A copy of the label that came with a patch, whatever was painted on it since; null: it came without. */
export async function fileLabel(studio: Studio, id: string): Promise<Uint8Array | null> {
  return (await peekPixels(studio, id)).label?.slice() ?? null
}

/** There is no mask to take a patch's share of landslide from. */
export function noShare({ store }: Pick<Studio, 'store'>, id: string): void {
  store.change(({ review }) => ({ review: { shares: { ...review.shares, [id]: null } } }))
}

/** Reads the probability that the overlay shows of a patch, and has those who draw it look again. */
export async function loadShownProbability(studio: Studio, id: string): Promise<void> {
  const { layers, review } = studio.store.getState()
  const before = review.probabilityRevision[id] ?? 0
  await loadProbability(studio, id, layers.probabilityModel)
  studio.store.change(state => ({
    review: { probabilityRevision: { ...state.review.probabilityRevision, [id]: before + 1 } },
  }))
}

async function readMask(studio: Studio, patch: PatchRecord): Promise<Uint8Array | null> {
  if (isFrozen(studio.store.getState(), patch.id)) {
    const newest = studio.maskSaver.newest(patch.id)
    if (newest) return newest
    const stored = await studio.storage.readMask(patch.id)
    if (stored) return stored
  }
  if (patch.hasLabel) return fileLabel(studio, patch.id)
  const probability = await loadProbability(studio, patch.id)
  if (!probability) return null
  const valid = await peekValid(studio, patch)
  return maskFromProbability(probability, studio.store.getState().review.threshold, valid)
}

/** Which pixels of a patch hold data, null: all; its bands, of a cell 14 MB, are not read for it. */
export async function peekValid(
  studio: Studio,
  { id, width, height }: Pick<PatchRecord, 'id' | 'width' | 'height'>,
): Promise<Uint8Array | null> {
  const held = studio.pixels.pixels.get(id)
  if (held) return held.valid
  const whole = { column: 0, row: 0, width, height }
  return (await studio.storage.readPixelWindow(id, whole, [])).valid
}

/**
 * Puts a mask on screen: cache, revision and share together.
 *
 * @param change what was changed in place since it was last shown; absent: another mask, or all of it
 */
export function showMask(studio: Studio, id: string, mask: Uint8Array, change?: MaskDiff): void {
  studio.pixels.masks.set(id, mask)
  const share = change ? shareAfter(mask, change) : landslideShare(mask)
  studio.store.change(state => ({
    review: {
      maskRevision: { ...state.review.maskRevision, [id]: (state.review.maskRevision[id] ?? 0) + 1 },
      shares: { ...state.review.shares, [id]: share },
    },
  }))
}

/** `showMask` for many at once; the caches keep as many as they have room for. */
export function showMasks(studio: Studio, masks: ReadonlyMap<string, Uint8Array>): void {
  const {
    review: { maskRevision, shares },
  } = studio.store.getState()
  const revisions = { ...maskRevision }
  const after = { ...shares }
  for (const [id, mask] of masks) {
    studio.pixels.masks.set(id, mask)
    revisions[id] = (revisions[id] ?? 0) + 1
    after[id] = landslideShare(mask)
  }
  studio.store.change({ review: { maskRevision: revisions, shares: after } })
}

interface Counts {
  landslide: number
  judged: number
}

/** What was counted in a mask, so that a stroke on a large one costs what it changed. */
const counted = new WeakMap<Uint8Array, Counts>()

/** Share of landslide among the pixels that are not ignored, 0..1; 0 where all are. */
export function landslideShare(mask: Uint8Array): number {
  const counts = { landslide: 0, judged: 0 }
  for (const value of mask) {
    if (value === IGNORE) continue
    counts.judged++
    if (value === LANDSLIDE) counts.landslide++
  }
  counted.set(mask, counts)
  return shareOf(counts)
}

/** `landslideShare` of a mask in which only this changed, in place, since it was counted last. */
function shareAfter(mask: Uint8Array, { length, before, after }: MaskDiff): number {
  const counts = counted.get(mask)
  if (!counts) return landslideShare(mask)
  for (let run = 0; run < length.length; run++) {
    count(counts, before[run]!, -length[run]!)
    count(counts, after[run]!, length[run]!)
  }
  return shareOf(counts)
}

function count(counts: Counts, value: number, pixels: number): void {
  if (value === IGNORE) return
  counts.judged += pixels
  if (value === LANDSLIDE) counts.landslide += pixels
}

const shareOf = ({ landslide, judged }: Counts) => (judged > 0 ? landslide / judged : 0)

/** The ensemble's probability without room in the cache: thousands asked for must not push out what is on screen. */
export async function peekProbability(studio: Studio, patchId: string): Promise<Float32Array | null> {
  const cached = studio.pixels.probabilities.get(probabilityKey(patchId, ENSEMBLE))
  return cached === undefined ? studio.storage.readProbability(patchId, ENSEMBLE) : cached
}

/**
 * The mask as it would be shown, without room in the cache; null where there is none.
 *
 * @param known the ensemble's probability where it was read already
 */
export async function peekMask(
  studio: Studio,
  patch: PatchRecord,
  known?: Float32Array | null,
): Promise<Uint8Array | null> {
  const cached = studio.pixels.masks.get(patch.id)
  if (cached) return cached
  const state = studio.store.getState()
  if (isFrozen(state, patch.id)) {
    const stored = studio.maskSaver.newest(patch.id) ?? (await studio.storage.readMask(patch.id))
    if (stored) return stored
  }
  if (patch.hasLabel) return fileLabel(studio, patch.id)
  const probability = known ?? (await peekProbability(studio, patch.id))
  return probability && maskFromProbability(probability, state.review.threshold, null)
}

/** Drops masks that only the threshold made: they are made again when next looked at. */
export function forgetDerivedMasks(studio: Studio): void {
  const state = studio.store.getState()
  const shares = { ...state.review.shares }
  const frozen = frozenPatchIds(state)
  for (const patch of state.patches.list) {
    if (patch.hasLabel || frozen.has(patch.id)) continue
    studio.pixels.masks.delete(patch.id)
    delete shares[patch.id]
  }
  studio.store.change({ review: { shares } })
}

/**
 * Writes masks that were painted on and then undone back to the network's: on disk they may still be those of another
 * threshold. To be called before a worker reads masks from disk.
 */
export async function storeUnfrozenMasks(studio: Studio): Promise<void> {
  const state = studio.store.getState()
  const touched = new Set(state.review.history.map(step => step.patchId))
  for (const patch of state.patches.list) {
    if (!touched.has(patch.id) || !isReviewable(patch) || isFrozen(state, patch.id)) continue
    const mask = await loadMask(studio, patch)
    if (mask) void studio.writes.push(() => studio.storage.writeMask(patch.id, mask))
  }
  await studio.writes.settled()
}
