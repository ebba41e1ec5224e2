import type { MaskDiff } from '../../core/review/maskDiff'
import { maskFromProbability } from '../../core/review/maskFromProbability'
import type { PatchRecord } from '../../storage/projectStore'
import { landslideShare, shareAfter } from '../landslideShare'
import { maskSaver } from '../maskSaver'
import { type PatchPixels, probabilityKey } from '../pixelCache'
import { isFrozen } from '../selectors'
import type { Studio } from '../studio'

export async function loadPixels(studio: Studio, id: string): Promise<PatchPixels> {
  const cached = studio.pixels.pixels.get(id)
  if (cached) return cached
  const pixels = await studio.storage.readPixels(id)
  studio.pixels.pixels.set(id, pixels)
  return pixels
}

export async function loadProbability(
  studio: Studio,
  id: string,
  modelId = 'ensemble',
): Promise<Float32Array | null> {
  const key = probabilityKey(id, modelId)
  const cached = studio.pixels.probabilities.get(key)
  if (cached !== undefined) return cached
  const probability = await studio.storage.readProbability(id, modelId)
  studio.pixels.probabilities.set(key, probability)
  return probability
}

/**
 * The mask as shown: a patch's label; else what was painted or judged; else the ensemble's probability at the
 * threshold; null where there is none of these yet.
 */
export async function loadMask(studio: Studio, patch: PatchRecord): Promise<Uint8Array | null> {
  const cached = studio.pixels.masks.get(patch.id)
  if (cached) return cached
  const mask = await readMask(studio, patch)
  if (mask) showMask(studio, patch.id, mask)
  else studio.store.setState(state => ({ shares: { ...state.shares, [patch.id]: null } }))
  return mask
}

async function readMask(studio: Studio, patch: PatchRecord): Promise<Uint8Array | null> {
  if (patch.hasLabel) return (await loadPixels(studio, patch.id)).label
  if (isFrozen(studio.store.getState(), patch.id)) {
    const newest = maskSaver(studio).newest(patch.id)
    if (newest) return newest
    const stored = await studio.storage.readMask(patch.id)
    if (stored) return stored
  }
  const probability = await loadProbability(studio, patch.id)
  if (!probability) return null
  const { valid } = await loadPixels(studio, patch.id)
  return maskFromProbability(probability, studio.store.getState().threshold, valid)
}

/**
 * Puts a mask on screen: cache, revision and share together.
 *
 * @param change what was changed in place since it was last shown; absent: another mask, or all of it
 */
export function showMask(studio: Studio, id: string, mask: Uint8Array, change?: MaskDiff): void {
  studio.pixels.masks.set(id, mask)
  const share = change ? shareAfter(mask, change) : landslideShare(mask)
  studio.store.setState(state => ({
    maskRevision: { ...state.maskRevision, [id]: (state.maskRevision[id] ?? 0) + 1 },
    shares: { ...state.shares, [id]: share },
  }))
}

/** `showMask` for many at once; the caches keep as many as they have room for. */
export function showMasks(studio: Studio, masks: ReadonlyMap<string, Uint8Array>): void {
  const { maskRevision, shares } = studio.store.getState()
  const revisions = { ...maskRevision }
  const after = { ...shares }
  for (const [id, mask] of masks) {
    studio.pixels.masks.set(id, mask)
    revisions[id] = (revisions[id] ?? 0) + 1
    after[id] = landslideShare(mask)
  }
  studio.store.setState({ maskRevision: revisions, shares: after })
}
