import type { ChangedPixels, RoundRecord } from '../../core/refinement/round'
import { formatShare } from '../formatScore'
import { ConfidenceHistogram } from './ConfidenceHistogram'

/** What a round says of the new event: what changed against the maps before it, and how sure it is. */
export function RoundTarget({ round }: { round: RoundRecord }) {
  const { target, config } = round
  if (!target) return null
  return (
    <>
      <ConfidenceHistogram bins={target.confidence} band={config.pseudoLabel} />
      <p className="hint">
        {target.changedPixels
          ? changedText(target.changedPixels, config.stopWhenChangedBelow)
          : 'There was no map before it to compare with.'}
      </p>
    </>
  )
}

export function changedText({ gained, lost, compared }: ChangedPixels, settledBelow: number): string {
  if (compared === 0) return 'No pixel was judged both before and after.'
  const share = (gained + lost) / compared
  const text = `${count(gained)} gained, ${count(lost)} lost against the maps before it, ${formatShare(share)} of the target.`
  if (settledBelow > 0 && share < settledBelow) {
    return `${text} They have settled: another round without new verdicts is not likely to change much.`
  }
  return text
}

function count(pixels: number): string {
  return `${pixels.toLocaleString('en')} ${pixels === 1 ? 'pixel' : 'pixels'}`
}
