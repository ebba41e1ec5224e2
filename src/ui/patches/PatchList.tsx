import { memo, useEffect, useMemo, useRef, useState } from 'react'
import { toAppError } from '../../core/foundation/appError'
import { isWarning } from '../../core/raster/fileNote'
import type { QueueOrder } from '../../core/review/queueOrder'
import type { PatchRecord } from '../../core/review/records'
import type { PatchScores } from '../../core/review/uncertainty'
import { loadThumbnail, selectUpTo, summarisePatch, toggleSelection } from '../../state/patches/actions'
import { isReviewable } from '../../state/review/selectors'
import { selectPatch } from '../../state/view/actions'
import { Icon, VERDICT_LOOK } from '../controls/Icon'
import { Name } from '../controls/Name'
import { formatShare } from '../format'
import { useStudio, useStudioState } from '../studioContext'
import { heightOf, listRows, ROW_HEIGHT } from './listRows'
import { SceneHeading } from './SceneHeading'

/** CSS pixels above and below the screenful that are drawn, too. */
const OVERSCAN = 4 * ROW_HEIGHT

/** Thousands of patches, a screenful of rows; cells under the headings of their scenes. */
export function PatchList({ patches }: { patches: readonly PatchRecord[] }) {
  const selectedId = useStudioState(state => state.view.selectedId)
  const scenes = useStudioState(state => state.scenes.list)
  const folded = useStudioState(state => state.scenes.folded)
  const { rows, height, count } = useMemo(() => listRows(patches, scenes, folded), [patches, scenes, folded])
  const scroller = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ top: 0, height: 600 })

  useEffect(() => {
    const element = scroller.current
    if (!element) return
    const measure = () => setView({ top: element.scrollTop, height: element.clientHeight })
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    element.addEventListener('scroll', measure, { passive: true })
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', measure)
    }
  }, [])

  const selectedTop = rows.find(row => row.kind === 'patch' && row.patch.id === selectedId)?.top ?? null
  // biome-ignore lint/correctness/useExhaustiveDependencies: the list grows shorter as strips appear above it, and longer as patches arrive; what is selected stays in sight.
  useEffect(() => {
    const element = scroller.current
    if (!element || selectedTop === null) return
    if (selectedTop < element.scrollTop) element.scrollTop = selectedTop
    else if (selectedTop + ROW_HEIGHT > element.scrollTop + element.clientHeight) {
      element.scrollTop = selectedTop + ROW_HEIGHT - element.clientHeight
    }
  }, [selectedTop, view.height, rows.length])

  const shown = rows.filter(
    row => row.top + heightOf(row) > view.top - OVERSCAN && row.top < view.top + view.height + OVERSCAN,
  )
  const hasSelected = shown.some(row => row.kind === 'patch' && row.patch.id === selectedId)
  return (
    <div ref={scroller} className="patch-list">
      <div style={{ height }}>
        <div
          className="patch-options"
          role="listbox"
          aria-label="Patch list"
          tabIndex={0}
          {...(hasSelected && { 'aria-activedescendant': `patch-${selectedId}` })}
        >
          {shown.map(
            row =>
              row.kind === 'patch' && (
                <PatchRow
                  key={row.patch.id}
                  patch={row.patch}
                  top={row.top}
                  index={row.index}
                  count={count}
                  selected={row.patch.id === selectedId}
                />
              ),
          )}
        </div>
        {shown.map(
          row => row.kind === 'scene' && <SceneHeading key={row.scene.id} scene={row.scene} top={row.top} />,
        )}
      </div>
    </div>
  )
}

interface PatchRowProps {
  patch: PatchRecord
  top: number
  index: number
  count: number
  selected: boolean
}

const PatchRow = memo(function PatchRow({ patch, top, index, count, selected }: PatchRowProps) {
  const studio = useStudio()
  const verdict = useStudioState(state => state.review.verdicts[patch.id])
  const share = useStudioState(state => state.review.shares[patch.id])
  const flipped = useStudioState(state => state.review.flips.pixels[patch.id])
  const order = useStudioState(state => state.patches.order)
  const chosen = useStudioState(state => state.patches.selection.includes(patch.id))
  useEffect(() => {
    if (share === undefined) summarisePatch(studio, patch.id)
  }, [studio, patch.id, share])
  const look = verdict && VERDICT_LOOK[verdict.kind]
  const warnings = patch.problems.filter(isWarning)
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the list holds the focus and names the active option.
    // biome-ignore lint/a11y/useKeyWithClickEvents: arrows, J and K move the selection from anywhere.
    <div
      id={`patch-${patch.id}`}
      className="patch-row"
      role="option"
      aria-selected={selected}
      {...(chosen && { 'aria-checked': true })}
      aria-posinset={index + 1}
      aria-setsize={count}
      style={{ transform: `translateY(${top}px)` }}
      onClick={({ target, shiftKey, ctrlKey, metaKey }) => {
        const ticked = (target as Element).closest('.patch-tick') !== null
        if (shiftKey) selectUpTo(studio, patch.id)
        else if (ticked || ctrlKey || metaKey) toggleSelection(studio, [patch.id])
        else void selectPatch(studio, patch.id)
      }}
    >
      <Thumbnail patchId={patch.id} />
      <span className="patch-tick" aria-hidden="true">
        <span className="checkbox-box" />
      </span>
      <span className="patch-name">
        <Name title={patch.path}>{patch.name}</Name>
      </span>
      {share === undefined || share === null ? (
        <span className="patch-share" />
      ) : (
        <span className="patch-share" title="Share of landslide in the mask as shown">
          {formatShare(share)}
        </span>
      )}
      <span className="patch-chips">
        {/* A verdict says of which set its patch is, and there is little room. */}
        {!look && (
          <span className={`chip chip-${patch.domain}`}>
            {patch.domain === 'source' ? 'Source' : 'Target'}
          </span>
        )}
        {patch.hasLabel && !look && <span className="chip">Label</span>}
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
        {warnings.length > 0 && (
          <span className="chip chip-problem" title={warnings.map(({ message }) => message).join('\n')}>
            <Icon name="warning" />
            {/* The sentences are read where the patch is looked at, not with each of its rows. */}
            <span className="visually-hidden">Warning</span>
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

function Thumbnail({ patchId }: { patchId: string }) {
  const studio = useStudio()
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    let current = true
    loadThumbnail(studio, patchId)
      .then(picture => {
        const element = canvas.current
        if (!current || !element) return
        element.width = picture.width
        element.height = picture.height
        const image = new ImageData(new Uint8ClampedArray(picture.rgba), picture.width, picture.height)
        element.getContext('2d')?.putImageData(image, 0, 0)
      })
      .catch((thrown: unknown) => {
        // The row stays usable without its picture; selecting it reports what is wrong with the patch.
        console.warn(`No thumbnail of ${patchId}: ${toAppError(thrown).message}`)
      })
    return () => {
      current = false
    }
  }, [studio, patchId])
  return (
    <span className="thumbnail" aria-hidden="true">
      <canvas ref={canvas} width="1" height="1" />
    </span>
  )
}
