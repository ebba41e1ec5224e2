import {
  type FlipProfile,
  flipProfile,
  flippedPixels,
  maskFromProbability,
} from '../../core/masks/probability'
import type { Verdict } from '../../core/review/verdict'
import { ENSEMBLE } from '../../core/rounds/ensemble'
import { selectedPatch } from '../patches/selectors'
import { probabilityKey } from '../pixelCache'
import { notifyError } from '../shell/notices'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import { recordAudit } from './audit'
import { forgetDerivedMasks, peekMask, peekProbability, showMask } from './masks'
import { isFrozen, isReviewable } from './selectors'

const SAVE_TIMER = 'threshold'

/** Saved and logged once the slider rests. */
const SAVE_DELAY_MS = 150

/** Moves the threshold, and with it every mask that the analyst has neither painted nor judged. */
export function setThreshold(studio: Studio, threshold: number): void {
  const rounded = Math.round(Math.min(0.99, Math.max(0.01, threshold)) * 100) / 100
  if (rounded === studio.store.getState().review.threshold) return
  studio.store.change({ review: { thresholdChosen: true } })
  moveThreshold(studio, rounded)
}

/**
 * Takes note of what was chosen for the models that have just predicted, and goes there unless the analyst has chosen a
 * threshold.
 */
export function followModels(studio: Studio, modelThreshold: number): void {
  const { review } = studio.store.getState()
  studio.store.change({ review: { modelThreshold } })
  if (!review.thresholdChosen && modelThreshold !== review.threshold) moveThreshold(studio, modelThreshold)
  else if (modelThreshold !== review.modelThreshold) {
    void studio.writes.push(() => studio.storage.updateProject({ modelThreshold }))
  }
}

/** Back to the threshold of the models; from then on it follows them. */
export function useModelThreshold(studio: Studio): void {
  const { modelThreshold } = studio.store.getState().review
  if (modelThreshold === null) return
  studio.store.change({ review: { thresholdChosen: false } })
  moveThreshold(studio, modelThreshold)
}

function moveThreshold(studio: Studio, rounded: number): void {
  const state = studio.store.getState()
  studio.store.change({ review: { threshold: rounded } })
  forgetDerivedMasks(studio)
  const patch = selectedPatch(studio.store.getState())
  if (isReviewable(patch) && !isFrozen(state, patch.id)) {
    const probability = studio.pixels.probabilities.get(probabilityKey(patch.id, ENSEMBLE))
    const valid = studio.pixels.pixels.get(patch.id)?.valid
    if (probability && valid !== undefined) {
      showMask(studio, patch.id, maskFromProbability(probability, rounded, valid))
    }
  }
  studio.timers.start(SAVE_TIMER, SAVE_DELAY_MS, () => {
    const { threshold, thresholdChosen, modelThreshold } = studio.store.getState().review
    const kept = { threshold, thresholdChosen, ...(modelThreshold !== null && { modelThreshold }) }
    void studio.writes.push(() => studio.storage.updateProject(kept))
    const whose = thresholdChosen ? '' : ', as chosen for the models'
    recordAudit(studio, { kind: 'threshold', detail: `Threshold set to ${threshold.toFixed(2)}${whose}` })
  })
}

/** Saves a threshold that was moved a moment ago, without waiting for the slider to rest. */
export function saveThreshold(studio: Studio): void {
  studio.timers.finish(SAVE_TIMER)
}

interface KnownProfile {
  verdictId: string
  /** The probabilities that it was made from. */
  revision: string
  /** null: there is nothing to compare. */
  profile: FlipProfile | null
}

/**
 * Keeps `flips` up to date while threshold, verdicts and maps change: which masks, accepted as the networks made them,
 * would differ at the current threshold. None is changed. Masks corrected by hand are not compared: they are the
 * analyst's at any threshold.
 */
export function watchFlips(studio: Studio): void {
  const known = new Map<string, KnownProfile>()
  let reading = false

  const count = (state: StudioState): string[] => {
    const pixels: Record<string, number> = {}
    const missing: string[] = []
    for (const [id, verdict] of Object.entries(state.review.verdicts)) {
      if (verdict.kind !== 'accepted' || asShown(state, verdict)) continue
      const found = known.get(id)
      if (found?.verdictId !== verdict.id || found.revision !== revisionOf(state, id)) missing.push(id)
      else if (found.profile) {
        const flipped = flippedPixels(found.profile, state.review.threshold)
        if (flipped > 0) pixels[id] = flipped
      }
    }
    const {
      review: { flips },
    } = state
    const ids = Object.keys(pixels)
    const same =
      flips.pending === missing.length &&
      ids.length === Object.keys(flips.pixels).length &&
      ids.every(id => flips.pixels[id] === pixels[id])
    if (!same) studio.store.change({ review: { flips: { pixels, pending: missing.length } } })
    return missing
  }

  const read = async (): Promise<void> => {
    if (reading) return
    reading = true
    try {
      for (let missing = count(studio.store.getState()); missing[0]; ) {
        const [id] = missing
        await compare(studio, id, known)
        missing = count(studio.store.getState())
      }
    } catch (thrown) {
      notifyError(studio.store, thrown, 'storage-failed')
    } finally {
      reading = false
    }
  }

  studio.store.subscribe((state, before) => {
    if (state.session.phase !== 'ready') return
    const moved =
      state.review.threshold !== before.review.threshold ||
      state.review.verdicts !== before.review.verdicts ||
      state.review.probabilityRevision !== before.review.probabilityRevision ||
      before.session.phase !== 'ready'
    if (moved && count(state).length > 0) void read()
  })
}

/** True where the mask is by construction what the networks show at the current threshold: nothing has to be read. */
function asShown(state: StudioState, verdict: Verdict): boolean {
  if (verdict.threshold !== state.review.threshold) return false
  const models = state.patches.list.find(patch => patch.id === verdict.patchId)?.predictedBy ?? []
  return models.join() === verdict.modelIds.join()
}

/** Which prediction is stored: the models say it across reloads, and no two rounds' are alike. */
function revisionOf(state: StudioState, patchId: string): string {
  return (state.patches.list.find(patch => patch.id === patchId)?.predictedBy ?? []).join()
}

async function compare(studio: Studio, id: string, known: Map<string, KnownProfile>): Promise<void> {
  const state = studio.store.getState()
  const patch = state.patches.list.find(other => other.id === id)
  const verdict = state.review.verdicts[id]
  if (!verdict) return
  const revision = revisionOf(state, id)
  const mask = patch ? await peekMask(studio, patch) : null
  const probability = patch ? await peekProbability(studio, id) : null
  const profile = mask && probability ? flipProfile(mask, probability) : null
  known.set(id, { verdictId: verdict.id, revision, profile })
}
