import { maskFromProbability } from '../../core/review/maskFromProbability'
import { probabilityKey } from '../pixelCache'
import { frozenPatchIds, isFrozen, isReviewable, selectedPatch } from '../selectors'
import type { Studio } from '../studio'
import { loadMask, showMask } from './loadMask'
import { recordAudit } from './recordAudit'

const saveTimers = new WeakMap<Studio, ReturnType<typeof setTimeout>>()
const SAVE_DELAY_MS = 150

/** Moves the threshold and derives masks anew wherever the analyst has neither painted nor judged. */
export function setThreshold(studio: Studio, threshold: number): void {
  const rounded = Math.round(Math.min(0.99, Math.max(0.01, threshold)) * 100) / 100
  const state = studio.store.getState()
  if (rounded === state.threshold) return
  studio.store.setState({ threshold: rounded })
  forgetDerivedMasks(studio)
  const patch = selectedPatch(studio.store.getState())
  if (isReviewable(patch) && !isFrozen(state, patch.id)) {
    const probability = studio.pixels.probabilities.get(probabilityKey(patch.id, 'ensemble'))
    const valid = studio.pixels.pixels.get(patch.id)?.valid
    if (probability && valid !== undefined) {
      showMask(studio, patch.id, maskFromProbability(probability, rounded, valid))
    }
  }
  clearTimeout(saveTimers.get(studio))
  saveTimers.set(
    studio,
    setTimeout(() => {
      const latest = studio.store.getState().threshold
      void studio.writes.push(() => studio.storage.updateProject({ threshold: latest }))
      recordAudit(studio, { kind: 'threshold', detail: `Threshold set to ${latest.toFixed(2)}` })
    }, SAVE_DELAY_MS),
  )
}

/** Masks that only the threshold made are made again when next looked at. */
export function forgetDerivedMasks(studio: Studio): void {
  const state = studio.store.getState()
  const shares = { ...state.shares }
  const frozen = frozenPatchIds(state)
  for (const patch of state.patches) {
    if (patch.hasLabel || frozen.has(patch.id)) continue
    studio.pixels.masks.delete(patch.id)
    delete shares[patch.id]
  }
  studio.store.setState({ shares })
}

/**
 * Masks once painted on and then undone back to the network's lie on disk as they were at another threshold:
 * written anew before a worker reads masks from disk.
 */
export async function storeUnfrozenMasks(studio: Studio): Promise<void> {
  const state = studio.store.getState()
  const touched = new Set(state.history.map(step => step.patchId))
  for (const patch of state.patches) {
    if (!touched.has(patch.id) || !isReviewable(patch) || isFrozen(state, patch.id)) continue
    const mask = await loadMask(studio, patch)
    if (mask) void studio.writes.push(() => studio.storage.writeMask(patch.id, mask))
  }
  await studio.writes.settled()
}
