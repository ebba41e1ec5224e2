import { memo, useEffect } from 'react'
import type { QueueOrder } from '../../core/review/queueOrder'
import type { PatchScores } from '../../core/review/uncertainty'
import { selectPatch } from '../../state/actions/selectPatch'
import { summarisePatch } from '../../state/actions/summarisePatch'
import { isReviewable } from '../../state/selectors'
import type { PatchRecord } from '../../storage/projectStore'
import { Icon } from '../controls/Icon'
import { formatShare } from '../formatScore'
import { useStudio, useStudioState } from '../studioContext'
import { Thumbnail } from './Thumbnail'
import { VERDICT_LOOK } from './verdictLook'

interface PatchRowProps {
  patch: PatchRecord
  top: number
  index: number
  count: number
  selected: boolean
}

export const PatchRow = memo(function PatchRow({ patch, top, index, count, selected }: PatchRowProps) {
  const studio = useStudio()
  const verdict = useStudioState(state => state.verdicts[patch.id])
  const share = useStudioState(state => state.shares[patch.id])
  const flipped = useStudioState(state => state.flips.pixels[patch.id])
  const order = useStudioState(state => state.queueOrder)
  useEffect(() => {
    if (share === undefined) summarisePatch(studio, patch.id)
  }, [studio, patch.id, share])
  const look = verdict && VERDICT_LOOK[verdict.kind]
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the list holds the focus and names the active option.
    // biome-ignore lint/a11y/useKeyWithClickEvents: arrows, J and K move the selection from anywhere.
    <div
      id={`patch-${patch.id}`}
      className="patch-row"
      role="option"
      aria-selected={selected}
      aria-posinset={index + 1}
      aria-setsize={count}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => void selectPatch(studio, patch.id)}
    >
      <Thumbnail patchId={patch.id} />
      <span className="patch-name" title={patch.path}>
        {patch.name}
      </span>
      {share === undefined || share === null ? (
        <span className="patch-share" />
      ) : (
        <span className="patch-share" title="Share of landslide in the mask as shown">
          {formatShare(share)}
        </span>
      )}
      <span className="patch-chips">
        {/* Only the target is judged: the verdict says that it is of the target, and there is little room. */}
        {!look && (
          <span className={`chip chip-${patch.domain}`}>
            {patch.domain === 'source' ? 'Source' : 'Target'}
          </span>
        )}
        {patch.hasLabel && <span className="chip">Label</span>}
        {patch.heldOut && <span className="chip">Held out</span>}
        {look && (
          <span className={`chip chip-verdict chip-${verdict.kind}`}>
            <Icon name={look.icon} />
            {look.title}
          </span>
        )}
        {flipped !== undefined && (
          <span
            className="chip chip-flip"
            title={`${flipped.toLocaleString('en')} px would change at this threshold`}
          >
            <Icon name="flip" />
            <span className="visually-hidden">{flipped} pixels would change at this threshold</span>
          </span>
        )}
        {patch.note && (
          <span className="chip" title={patch.note}>
            <Icon name="note" />
            <span className="visually-hidden">Note: {patch.note}</span>
          </span>
        )}
        {patch.problems.length > 0 && (
          <span className="chip chip-problem" title={patch.problems.join('\n')}>
            <Icon name="warning" />
            <span className="visually-hidden">{patch.problems.join('; ')}</span>
          </span>
        )}
      </span>
      {patch.scores && isReviewable(patch) && <ScoreMark scores={patch.scores} order={order} />}
    </div>
  )
})

/** The score that the queue goes by, as a number and a bar. */
function ScoreMark({ scores, order }: { scores: PatchScores; order: QueueOrder }) {
  const name = order === 'entropy' ? 'entropy' : 'disagreement'
  const value = scores[name]
  const title = name === 'entropy' ? 'Entropy of the ensemble, bits' : 'Disagreement of the networks'
  return (
    <span className="score-mark" title={`${title}, mean of the worst 1 % of the pixels`}>
      <span className="score-bar" aria-hidden="true">
        <span style={{ width: `${100 * value}%` }} />
      </span>
      <span className="visually-hidden">{name} </span>
      {value.toFixed(2)}
    </span>
  )
}
