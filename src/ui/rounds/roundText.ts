import { plural } from '../../core/foundation/text'
import type { Comparison } from '../../core/rounds/compareMaps'
import type { ConfusionCounts } from '../../core/rounds/metrics'
import { FAMILIES, FAMILY_TITLES } from '../../core/rounds/networks'
import type { ChangedPixels, RoundRecord } from '../../core/rounds/round'
import { changedShare, roundEnsemble } from '../../core/rounds/round'
import type { RoundConfig } from '../../core/rounds/roundConfig'
import { changedAt, roundScoresAt, type ScoresAt, scoresBeforeAt } from '../../core/rounds/roundScores'
import type { PatchDifference } from '../../state/rounds/compareRounds'
import type { TrainingSets } from '../../state/rounds/selectors'
import type { RoundsSlice } from '../../state/rounds/slice'
import type { JobState } from '../../state/shell/slice'
import { formatDuration, formatScore, formatShare } from '../format'
import { configSettings, type Setting } from './configText'

/** A round in one line. */
export interface RoundLine {
  f1: string
  /** Against the maps before it on the same patches: "+0.013"; null: there is nothing to compare with. */
  change: string | null
  /** Share of the target's pixels that changed class; null: there was no map before. */
  changed: string | null
}

/** @param threshold of the masks on screen: all that is said of them is said at this one */
export function roundLine(round: RoundRecord, parent: RoundRecord | null, threshold: number): RoundLine {
  const f1 = roundScoresAt(round, threshold)?.metrics.f1 ?? null
  const sameSplit = parent?.heldOutPatchIds.join() === round.heldOutPatchIds.join()
  const scoresBefore =
    scoresBeforeAt(round, threshold) ?? (sameSplit && parent ? roundScoresAt(parent, threshold) : null)
  const before = scoresBefore?.metrics.f1 ?? null
  const share = changedShare(changedAt(round, threshold))
  return {
    f1: formatScore(f1),
    change: f1 !== null && before !== null ? signed(f1 - before) : null,
    changed: share === null ? null : formatShare(share),
  }
}

/** The line in words. */
export function describeRound(round: RoundRecord, line: RoundLine, inUse: boolean): string {
  const parts = [`Round ${round.index}`]
  if (inUse) parts.push('in use')
  parts.push(line.f1 === '–' ? 'no held-out score' : `held-out F1 ${line.f1}`)
  if (line.change) parts.push(`${line.change} against the maps before it`)
  if (line.changed) parts.push(`${line.changed} of target pixels changed`)
  parts.push(plural(round.networks.length, 'network'))
  return parts.join(', ')
}

function signed(change: number): string {
  return `${change >= 0 ? '+' : '−'}${Math.abs(change).toFixed(3)}`
}

export interface Difference {
  name: string
  before: string
  after: string
}

/** Settings that two rounds do not share, by the names that a person reads. */
export function configDifferences(before: RoundConfig, after: RoundConfig): Difference[] {
  const [a, b] = [configSettings(before), configSettings(after)]
  const valueIn = (settings: readonly Setting[], key: string) =>
    settings.find(it => it.key === key)?.value ?? '–'
  return [...new Map([...a, ...b].map(({ key, title }) => [key, title]))]
    .map(([key, name]) => ({ name, before: valueIn(a, key), after: valueIn(b, key) }))
    .filter(({ before: was, after: is }) => was !== is)
}

/** Families of either round, in the order in which they appear. */
export function familiesOf(before: RoundRecord, after: RoundRecord) {
  return [...new Set([...roundEnsemble(before), ...roundEnsemble(after)].map(network => network.family))]
}

export interface DifferenceRow {
  patchId: string
  name: string
  /** Gained and lost together; 0: the patch is as it was. */
  changed: number
  gained: string
  lost: string
  /** Of what changed, square kilometres. */
  area: string
  share: string
  /** How many landslides there were, and are. */
  landslides: readonly [number, number]
}

/** Patches that could be compared, most pixels changed first. */
export function differenceRows(differences: readonly PatchDifference[], what: Comparison): DifferenceRow[] {
  return differences
    .flatMap(difference => {
      const counts = difference[what]
      return counts ? [{ difference, counts, changed: counts.gained + counts.lost }] : []
    })
    .sort((a, b) => b.changed - a.changed)
    .map(({ difference: { patchId, name, pixelArea }, counts, changed }) => ({
      patchId,
      name,
      changed,
      landslides: counts.landslides,
      gained: counts.gained.toLocaleString('en'),
      lost: counts.lost.toLocaleString('en'),
      area: pixelArea === null ? '–' : (changed * pixelArea).toFixed(3),
      share: counts.compared > 0 ? formatShare(changed / counts.compared) : '–',
    }))
}

/** What a picture of a change says in words: pixels with their share, and landslides. */
export function changeText(
  { changed, share, landslides: [before, after] }: DifferenceRow,
  what: Comparison,
): { pixels: string; landslides: string } {
  const [first, second] = what === 'between' ? ['before', 'after'] : ['mapped', 'in your mask']
  return {
    pixels: `${plural(changed, 'pixel')} changed, ${share}`,
    landslides:
      before === after
        ? `${plural(after, 'landslide')} ${first} and ${second}`
        : `${plural(before, 'landslide')} ${first}, ${after} ${second}`,
  }
}

/** "4 held-out patches, threshold 0.70": what scores were taken on, and of which masks. */
export function testSetText(round: RoundRecord, { threshold }: ScoresAt): string {
  return `${plural(round.heldOutPatchIds.length, 'held-out patch', 'held-out patches')}, threshold ${threshold.toFixed(2)}`
}

/** "4,120 found, 310 false, 96 missed, of 98,304 pixels". */
export function confusionText(counts: ConfusionCounts): string {
  const { truePositive, falsePositive, falseNegative, trueNegative } = counts
  const total = truePositive + falsePositive + falseNegative + trueNegative
  const say = (pixels: number) => pixels.toLocaleString('en')
  return `${say(truePositive)} found, ${say(falsePositive)} false, ${say(falseNegative)} missed, of ${say(total)} held-out pixels`
}

/**
 * How fast a running round is and how long it still takes: "3.1 s a step · 2 min left". Steps are counted in its label
 * alone: the job's own units are those of all networks and maps, and two counts side by side would contradict.
 */
export function roundPace({ progress }: JobState, pace: RoundsSlice['pace']): string {
  const parts: string[] = []
  if (pace && pace.secondsPerStep >= 1) parts.push(`${pace.secondsPerStep.toFixed(1)} s a step`)
  else if (pace && pace.secondsPerStep > 0) parts.push(`${(1 / pace.secondsPerStep).toFixed(1)} steps / s`)
  const left = timeLeft(progress)
  if (left !== null) parts.push(left)
  return parts.join(' · ')
}

/** "2 min left"; null while nothing is done yet, which says nothing of the pace. */
export function timeLeft(progress: JobState['progress']): string | null {
  const seconds = progress?.etaSeconds ?? null
  return seconds !== null && progress && progress.done > 0 ? `${formatDuration(seconds)} left` : null
}

/** Where a running round is, in one sentence for a screen reader: "SegFormer, step 120 of 600, loss 0.43, ...". */
export function spokenProgress(job: JobState, live: RoundsSlice['live'], pausing: boolean): string {
  if (job.cancelling) return 'Cancelling the round.'
  if (pausing) return 'Pausing the round after this step.'
  const parts: string[] = []
  // Networks train one after another: the last one that has started is the current one.
  const family = FAMILIES.findLast(candidate => live?.[candidate])
  const network = family && live?.[family]
  if (family && network) {
    parts.push(FAMILY_TITLES[family], `step ${network.step} of ${network.steps}`)
    const loss = network.losses.at(-1)?.[1]
    if (loss !== undefined) parts.push(`loss ${loss.toFixed(2)}`)
    const f1 = network.heldOut.at(-1)?.[1] ?? null
    if (f1 !== null) parts.push(`held-out F1 ${f1.toFixed(2)}`)
  } else parts.push('The round has begun')
  const left = timeLeft(job.progress)
  if (left !== null) parts.push(`about ${left}`)
  return `${parts.join(', ')}.`
}

export function changedText(changed: ChangedPixels, settledBelow: number): string {
  const { gained, lost } = changed
  const share = changedShare(changed)
  if (share === null) return 'No pixel was mapped both before and after.'
  const text = `${plural(gained, 'pixel')} gained, ${plural(lost, 'pixel')} lost since the previous maps, ${formatShare(share)} of the target.`
  if (settledBelow > 0 && share < settledBelow) {
    return `${text} The maps have settled: another round without new verdicts is unlikely to change much.`
  }
  return text
}

/** "Learns from 9 labels and 3 accepted masks. Scored on 3 held-out patches." */
export function describeTrainingSets({ labels, accepted, tests, learned }: TrainingSets): string {
  const parts = [
    labels > 0 && plural(labels, 'label'),
    accepted > 0 && plural(accepted, 'accepted mask'),
  ].filter(part => part !== false)
  const scored =
    tests > 0
      ? `Scored on ${plural(tests, 'held-out patch', 'held-out patches')}.`
      : 'Not scored: hold out patches first.'
  const flattered =
    learned > 0 ? ` Earlier rounds learned from ${learned} of them, which flatters their scores.` : ''
  return `Learns from ${parts.join(' and ')}. ${scored}${flattered}`
}
