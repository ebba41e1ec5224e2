import { plural } from '../../core/foundation/text'
import { maskAgreement } from '../../core/masks/compareMasks'
import { wholeChange } from '../../core/masks/maskDiff'
import { maskFromProbability } from '../../core/masks/probability'
import { notePart, verdictColumns, verdictTitle } from '../../core/review/auditLog'
import type { PatchRecord } from '../../core/review/records'
import { maskHash, type Verdict, type VerdictKind } from '../../core/review/verdict'
import { roundOfModels } from '../../core/rounds/round'
import {
  chosenPatches,
  nextToReview,
  patchById,
  patchesById,
  queuedPatches,
  selectedPatch,
} from '../patches/selectors'
import type { JobTerms } from '../shell/jobs'
import { notify } from '../shell/notices'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import { selectPatch } from '../view/actions'
import { recordAudit } from './audit'
import { appendStep, appendSteps } from './history'
import { correctedLabel } from './labels'
import { fileLabel, loadMask, peekMask, peekProbability, showMask, showMasks } from './masks'
import { baseNow, baseOf, isEditedLabel, isReviewable, isUnreviewed, strokeCount } from './selectors'

/**
 * Judges the selected patch exactly as shown: mask, its hash, threshold, round and models are frozen with it. Then goes
 * to the next patch of the queue, unless that is switched off.
 */
export async function giveVerdict(studio: Studio, asked: AskedVerdict): Promise<void> {
  const patch = selectedPatch(studio.store.getState())
  if (patch && asked === 'accepted' && isEditedLabel(studio.store.getState(), patch)) {
    await acceptLabel(studio, patch)
    return
  }
  if (!isReviewable(patch)) return
  // An edit that waits for a cell beside is part of what is shown.
  await studio.laying
  const mask = await loadMask(studio, patch)
  if (!mask) {
    notify(studio.store, 'information', 'There is no mask to judge yet: run the ensemble, or paint one.')
    return
  }
  const shown = mask.slice()
  const verdict = await judgePatch(studio, patch.id, { asked, mask: shown })
  const state = studio.store.getState()
  const next = nextToReview(state)
  if (!commitVerdicts(studio, 'verdict', [{ verdict, mask: shown }])) return
  studio.store.change({ review: { noteOpen: false } })
  if (state.review.autoAdvance) await advance(studio, next?.id ?? null)
}

/** What an analyst may ask for; whether a mask was corrected shows by itself. */
type AskedVerdict = Exclude<VerdictKind, 'corrected' | 'label-corrected'>

/** Accepts a label as it was painted, and stays: it is none of the queue. */
async function acceptLabel(studio: Studio, patch: PatchRecord): Promise<void> {
  const [mask, label] = await Promise.all([loadMask(studio, patch), fileLabel(studio, patch.id)])
  if (!mask || !label) return
  const shown = mask.slice()
  if (shown.every((value, index) => value === label[index])) {
    notify(studio.store, 'information', 'The label is as its file has it: there is nothing to accept.')
    return
  }
  const verdict = await correctedLabel(studio, patch, shown, label)
  if (!commitVerdicts(studio, 'verdict', [{ verdict, mask: shown }])) return
  notify(
    studio.store,
    'information',
    'Label corrected: the next round uses it instead of the label of the file.',
  )
}

/** Goes to the next patch without a verdict. */
export async function skipPatch(studio: Studio): Promise<void> {
  studio.store.change({ review: { noteOpen: false } })
  await advance(studio, nextToReview(studio.store.getState())?.id ?? null)
}

async function advance(studio: Studio, id: string | null): Promise<void> {
  const state = studio.store.getState()
  if (id !== null && id !== state.view.selectedId) {
    await selectPatch(studio, id)
    return
  }
  if (!state.patches.list.some(patch => isReviewable(patch) && !state.review.verdicts[patch.id])) {
    notify(
      studio.store,
      'information',
      'Every target patch has a verdict. Start a round, or export the masks.',
    )
  }
}

/** Unreviewed patches whose confidence is at least this, 0..1, the surest first; those without a score never are. */
export function confidentPatches(state: StudioState, least: number): PatchRecord[] {
  const sure = (patch: PatchRecord) => patch.scores?.confidence ?? -1
  return queuedPatches(state)
    .filter(patch => isUnreviewed(state, patch) && sure(patch) >= least)
    .sort((a, b) => sure(b) - sure(a))
}

/**
 * Accepts them all as shown, in one step of the history. Cancelled before its end it accepts none.
 *
 * @returns how many were accepted: fewer than asked for where one has no mask or was judged meanwhile, none where
 *   nothing may be changed any more.
 */
export async function bulkAccept(studio: Studio, patchIds: readonly string[]): Promise<number> {
  const judged = await judgeEach(studio, patchIds, 'accepted', {
    label: 'Accepting in bulk',
    terms: { again: () => bulkAccept(studio, patchIds), work: 'bulk-accept' },
  })
  if (!judged) return 0
  const state = studio.store.getState()
  const still = judged.filter(({ patch }) => isUnreviewed(state, patch))
  if (!commitVerdicts(studio, 'bulk-accept', still)) return 0
  sayJudged(studio, 'accepted', still.length)
  return still.length
}

/** Judges all selected patches as shown, in one step of the history; labels, and patches without a mask, are left out. */
export async function judgeSelected(studio: Studio, asked: AskedVerdict): Promise<void> {
  const chosen = chosenPatches(studio.store.getState()).filter(isReviewable)
  const ids = chosen.map(({ id }) => id)
  const judged = await judgeEach(studio, ids, asked, {
    label: 'Judging in bulk',
    terms: { again: () => judgeSelected(studio, asked), work: null },
  })
  if (!judged) return
  if (judged.length === 0) {
    notify(studio.store, 'information', 'There is no mask to judge yet: run the ensemble, or paint one.')
    return
  }
  const kind = asked === 'accepted' ? 'bulk-accept' : 'verdict'
  if (!commitVerdicts(studio, kind, judged, studio.newId())) return
  sayJudged(studio, asked, judged.length, ids.length - judged.length)
}

/** What many patches are judged as, each as shown; null: cancelled, which changes none. */
function judgeEach(
  studio: Studio,
  patchIds: readonly string[],
  asked: AskedVerdict,
  { label, terms }: { label: string; terms: JobTerms },
): Promise<(JudgedPatch & { patch: PatchRecord })[] | null> {
  const patches = patchesById(studio.store.getState())
  const judge = async (id: string) => {
    const patch = patches.get(id)
    const probability = await peekProbability(studio, id)
    const mask = patch && (await peekMask(studio, patch, probability))
    if (!patch || !mask) return null
    const shown = mask.slice()
    const verdict = await judgePatch(studio, id, { asked, mask: shown, probability })
    return { patch, mask: shown, verdict }
  }
  return studio.jobs.workThrough('review', label, patchIds, judge, terms)
}

const DONE: Readonly<Record<AskedVerdict, (patches: string) => string>> = {
  accepted: patches => `Accepted ${patches}.`,
  rejected: patches => `Rejected ${patches}.`,
  unsure: patches => `Marked ${patches} as unsure.`,
}

function sayJudged(studio: Studio, asked: AskedVerdict, count: number, without = 0): void {
  const left = without > 0 ? ` ${without} had no mask.` : ''
  const done = DONE[asked](plural(count, 'patch', 'patches'))
  notify(studio.store, 'information', `${done}${left} One undo reverts it all.`)
}

/**
 * Accepts the masks that the current threshold changes as it shows them now, in one step of the history. What was
 * corrected by hand, rejected or unsure stays.
 *
 * @param patchIds by default all that `flips` counts
 */
export async function reacceptMasks(
  studio: Studio,
  patchIds = Object.keys(studio.store.getState().review.flips.pixels),
): Promise<void> {
  const {
    review: { threshold },
  } = studio.store.getState()
  const patches = patchesById(studio.store.getState())
  const judge = async (id: string) => {
    const patch = patches.get(id)
    const probability = await peekProbability(studio, id)
    const old = patch && (await peekMask(studio, patch, probability))
    if (!old || !probability) return null
    const before = old.slice()
    const mask = maskFromProbability(probability, threshold, null)
    const verdict = await judgePatch(studio, id, { asked: 'accepted', mask, threshold, probability })
    return { before, mask, verdict }
  }
  const judged = await studio.jobs.workThrough('review', 'Re-accepting masks', patchIds, judge, {
    again: () => reacceptMasks(studio, patchIds),
    work: 're-accept',
  })
  if (!judged) return
  const {
    review: { verdicts },
  } = studio.store.getState()
  // Left out: judged otherwise, or painted on, while this one was being read.
  const still = judged.filter(({ verdict }) => {
    return verdicts[verdict.patchId]?.kind === 'accepted' && verdict.kind === 'accepted'
  })
  if (!commitVerdicts(studio, 're-accept', still)) return
  const masksText = plural(still.length, 'mask')
  notify(
    studio.store,
    'information',
    `Re-accepted ${masksText} at ${threshold.toFixed(2)}. One undo reverts it all.`,
  )
}

/**
 * Takes the selected patch's verdict away, as a step that can be undone; the verdict stays in the log. A mask that was
 * not painted follows the threshold again; a painted one stays.
 */
export async function clearVerdict(studio: Studio): Promise<void> {
  const patch = selectedPatch(studio.store.getState())
  if (!patch || !studio.store.getState().review.verdicts[patch.id]) return
  const judged = await loadMask(studio, patch)
  const probability = await peekProbability(studio, patch.id)
  const state = studio.store.getState()
  const verdictBefore = state.review.verdicts[patch.id]
  if (!verdictBefore) return
  const follows = judged && probability && strokeCount(state.review.history, patch.id) === 0
  const mask = follows ? maskFromProbability(probability, state.review.threshold, null) : judged
  const taken = appendStep(
    studio,
    {
      kind: 'verdict',
      patchId: patch.id,
      verdictBefore,
      verdictAfter: null,
      ...(judged && mask && { diff: wholeChange(judged, mask), remask: true }),
    },
    mask,
  )
  if (!taken) return
  const detail = `${verdictTitle(verdictBefore.kind)} cleared`
  recordAudit(studio, { ...verdictColumns(verdictBefore), kind: 'verdict-cleared', detail })
  if (mask) showMask(studio, patch.id, mask)
}

interface JudgedPatch {
  verdict: Verdict
  /** [height, width] of 0, 1, 255, as judged. */
  mask: Uint8Array
  /** What was on screen until now, where that is another mask. */
  before?: Uint8Array
}

/**
 * Puts verdicts on the undo stack, on disk, in the log and, where they bring other masks, on screen.
 *
 * @param group many at once are undone and redone as one; a single verdict is a step by itself
 * @returns false where nothing may be changed now: a notice says why, and no verdict was kept
 */
function commitVerdicts(
  studio: Studio,
  kind: 'verdict' | 'bulk-accept' | 're-accept',
  judged: readonly JudgedPatch[],
  group = kind === 'verdict' ? undefined : studio.newId(),
): boolean {
  const {
    review: { verdicts },
  } = studio.store.getState()
  const taken = appendSteps(
    studio,
    judged.map(({ verdict, mask, before }) => ({
      step: {
        kind: 'verdict',
        patchId: verdict.patchId,
        verdictBefore: verdicts[verdict.patchId] ?? null,
        verdictAfter: verdict,
        ...(before && { diff: wholeChange(before, mask), remask: true }),
        ...(group !== undefined && { group }),
      },
      mask,
    })),
  )
  if (!taken) return false
  const many = group === undefined ? '' : ', one of many at once'
  recordAudit(
    studio,
    ...judged.map(({ verdict }) => {
      const old = verdicts[verdict.patchId]
      const was = old ? `, was ${old.kind}` : ''
      return {
        ...verdictColumns(verdict),
        kind,
        supersedes: old?.id ?? null,
        detail: `${verdictTitle(verdict.kind)}${was}${many}${notePart(verdict.note)}`,
      }
    }),
  )
  const changed = judged.filter(({ before }) => before !== undefined)
  if (changed.length > 0)
    showMasks(studio, new Map(changed.map(({ verdict, mask }) => [verdict.patchId, mask])))
  return true
}

export interface JudgeOptions {
  asked: AskedVerdict
  /** [height, width] of 0, 1, 255, as shown. */
  mask: Uint8Array
  /** The mask is this threshold's, 0..1; by default that of the former verdict, else today's. */
  threshold?: number
  /** The ensemble's, where it was read already. */
  probability?: Float32Array | null
}

/** A verdict on a mask as shown. "accepted" becomes "corrected" by itself once a pixel was changed by hand. */
async function judgePatch(
  studio: Studio,
  patchId: string,
  { asked, mask, threshold: wanted, probability: known }: JudgeOptions,
): Promise<Verdict> {
  const hash = await maskHash(mask)
  const probability = known ?? (await peekProbability(studio, patchId))
  const state = studio.store.getState()
  const patch = patchById(state, patchId)
  const base = patch && wanted === undefined ? baseOf(state, patch) : patch && baseNow(state, patch)
  const prediction = base?.prediction
  // Projects of older versions do not say what a mask began from: then it is what predicted last.
  const models = prediction === undefined ? patch?.predictedBy : prediction?.models.map(({ id }) => id)
  const modelIds = models ?? []
  const corrected = asked === 'accepted' && strokeCount(state.review.history, patchId) > 0
  // A mask that was painted or judged before is still the one of that threshold.
  const before = base?.threshold ?? state.review.verdicts[patchId]?.threshold
  const threshold = wanted ?? before ?? state.review.threshold
  return {
    id: studio.newId(),
    patchId,
    kind: corrected ? 'corrected' : asked,
    threshold,
    roundId: prediction ? prediction.roundId : (roundOfModels(state.rounds.list, modelIds)?.id ?? null),
    modelIds,
    ...(prediction !== undefined && { prediction }),
    ...(state.review.reviewer && { reviewer: state.review.reviewer }),
    maskHash: hash,
    at: studio.now().toISOString(),
    ...(patch?.note && { note: patch.note }),
    ...(probability && {
      agreement: maskAgreement(maskFromProbability(probability, threshold, null), mask),
    }),
  }
}
