import type { JobState } from '../../state/slices/jobSlice'
import { ALL_FAMILIES, FAMILY_TITLES, type RoundsSlice } from '../../state/slices/roundsSlice'
import { formatDuration } from '../formatDuration'

/** Where a running round is, in one sentence for a screen reader: "SegFormer, step 120 of 600, loss 0.43, ...". */
export function spokenProgress(job: JobState, live: RoundsSlice['live'], pausing: boolean): string {
  if (job.cancelling) return 'Cancelling the round.'
  if (pausing) return 'Pausing the round after this step.'
  const parts: string[] = []
  // Networks are trained in turn: the one that has begun last is the one under way.
  const family = ALL_FAMILIES.findLast(candidate => live?.[candidate])
  const network = family && live?.[family]
  if (family && network) {
    parts.push(FAMILY_TITLES[family], `step ${network.step} of ${network.steps}`)
    const loss = network.losses.at(-1)?.[1]
    if (loss !== undefined) parts.push(`loss ${loss.toFixed(2)}`)
    const f1 = network.heldOut.at(-1)?.[1] ?? null
    if (f1 !== null) parts.push(`held-out F1 ${f1.toFixed(2)}`)
  } else parts.push('The round has begun')
  const left = job.progress?.etaSeconds ?? null
  if (left !== null && (job.progress?.done ?? 0) > 0) parts.push(`about ${formatDuration(left)} left`)
  return `${parts.join(', ')}.`
}
