import { randomStream } from '../foundation/random'
import type { PatchScores } from './uncertainty'

/** What a queue is ordered by; the highest score comes first. */
export type QueueOrder = 'disagreement' | 'entropy' | 'random' | 'file' | 'name'

/** What of a patch matters to the queue. */
export interface QueuePatch {
  id: string
  name: string
  /** Order in the project, ascending. */
  order: number
  /** A labelled patch is not reviewed: it stands behind those that are, but in order of file or name. */
  hasLabel: boolean
  scores?: PatchScores
}

export interface AuditPlan {
  /** The same seed draws the same sample of the same patches. */
  auditSeed: number
  /** Patches in the sample. */
  auditSize: number
}

/**
 * A simple random sample without replacement of the patches to review, whatever their scores and verdicts, so that what
 * it says of the networks holds for all of them. Each patch has a random number of its own, so that patches added later
 * get their fair chance without drawing the others again.
 *
 * @returns ids in the order drawn; all of them where the sample is larger than what there is.
 */
export function auditSample(patches: readonly QueuePatch[], { auditSeed, auditSize }: AuditPlan): string[] {
  return patches
    .filter(patch => !patch.hasLabel)
    .map(({ id }) => ({ id, key: randomStream(auditSeed, 'audit', id).uniform() }))
    .sort((a, b) => a.key - b.key)
    .slice(0, auditSize)
    .map(({ id }) => id)
}

const NAMES = new Intl.Collator('en', { numeric: true })

/**
 * The queue from front to back. By name: "image_2" before "image_10", equal names in file order. By score: the highest first, ties and then patches without a score in file order.
 * Random: the audit sample as drawn, then the rest in file order. Labelled patches come last, in file order.
 *
 * @returns ids of all the patches.
 */
export function sortQueue(patches: readonly QueuePatch[], by: QueueOrder, plan: AuditPlan): string[] {
  const inFile = [...patches].sort((a, b) => a.order - b.order)
  if (by === 'file') return inFile.map(({ id }) => id)
  if (by === 'name') return inFile.sort((a, b) => NAMES.compare(a.name, b.name)).map(({ id }) => id)
  const drawn = by === 'random' ? auditSample(patches, plan) : []
  const place = new Map(drawn.map((id, index) => [id, index]))
  const rank = (patch: QueuePatch): number => {
    if (patch.hasLabel) return Number.POSITIVE_INFINITY
    if (by === 'random') return place.get(patch.id) ?? drawn.length
    // Scores lie within 0..1.
    return patch.scores ? -patch.scores[by] : 1
  }
  const ranks = new Map(inFile.map(patch => [patch.id, rank(patch)]))
  // The sort is stable: equal ranks stay in file order. Infinity minus itself is NaN.
  return inFile
    .sort((a, b) => {
      const [first, second] = [ranks.get(a.id)!, ranks.get(b.id)!]
      return first === second ? 0 : first - second
    })
    .map(({ id }) => id)
}

/**
 * Why a patch stands where it stands, in one line for a person.
 *
 * @param networks how many networks predicted the patch
 * @param place its place in the audit sample from 0; -1: not in it
 */
export function queueReason(
  patch: QueuePatch,
  by: QueueOrder,
  { networks, place, auditSize, auditSeed }: AuditPlan & { networks: number; place: number },
): string {
  if (patch.hasLabel) return 'Label: to learn from, not to review'
  if (by === 'random') {
    return place >= 0
      ? `Audit sample, ${place + 1} of ${auditSize}: drawn at random (seed ${auditSeed}), whatever its score`
      : 'Behind the audit sample, in file order'
  }
  if (by === 'file') return 'File order'
  if (by === 'name') return 'By name'
  if (!patch.scores) return 'No prediction yet: behind those with a score, in file order'
  if (by === 'entropy')
    return `The ensemble is ${patch.scores.entropy.toFixed(2)} bit unsure in its worst 1 %`
  if (networks < 2) return 'One network alone predicted it: nothing to disagree with'
  return `Networks differ by ${patch.scores.disagreement.toFixed(2)} in its worst 1 %`
}
