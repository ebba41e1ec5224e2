import { memo, useEffect, useRef } from 'react'
import { toAppError } from '../../../core/foundation/appError'
import { probabilityColour } from '../../../map/probabilityRamp'
import { tileSource } from '../../../map/sheet/tileSource'
import { selectPatch } from '../../../state/actions/selectPatch'
import { showViewMode } from '../../../state/actions/viewModes'
import type { SheetContent } from '../../../state/slices/viewModeSlice'
import type { PatchRecord } from '../../../storage/projectStore'
import { Icon } from '../../controls/Icon'
import { formatShare } from '../../formatScore'
import { VERDICT_LOOK } from '../../patches/verdictLook'
import { useStudio, useStudioState } from '../../studioContext'

/** A cell that is only scrolled past asks for nothing. */
const LINGER_MS = 80

interface SheetCellProps {
  patch: PatchRecord
  left: number
  top: number
  width: number
  pictureHeight: number
  position: number
  count: number
  selected: boolean
  content: SheetContent
}

export const SheetCellView = memo(function SheetCellView(props: SheetCellProps) {
  const { patch, left, top, width, pictureHeight, position, count, selected, content } = props
  const studio = useStudio()
  const canvas = useRef<HTMLCanvasElement>(null)
  const verdict = useStudioState(state => state.verdicts[patch.id])
  const share = useStudioState(state => state.shares[patch.id])
  const revision = useStudioState(state => state.maskRevision[patch.id])
  const withMask = content === 'mask'
  const unknown = share === undefined

  // biome-ignore lint/correctness/useExhaustiveDependencies: the mask is drawn anew when its revision or share changed.
  useEffect(() => {
    const source = tileSource(studio)
    const given = new AbortController()
    const draw = async () => {
      try {
        const tile = await source.tile(patch, withMask, given.signal)
        const element = canvas.current
        if (!tile || !element || given.signal.aborted) return
        element.width = tile.width
        element.height = tile.height
        element.getContext('2d')?.putImageData(new ImageData(tile.rgba, tile.width, tile.height), 0, 0)
      } catch (thrown) {
        // The cell stays usable without its picture; opening the patch reports what is wrong with it.
        console.warn(`No picture of ${patch.name}: ${toAppError(thrown).message}`)
      }
    }
    const timer = setTimeout(() => void draw(), source.isReady(patch, withMask) ? 0 : LINGER_MS)
    return () => {
      clearTimeout(timer)
      given.abort()
    }
  }, [studio, patch, withMask, withMask && revision, withMask && unknown])

  const look = verdict && VERDICT_LOOK[verdict.kind]
  const shareText = share === undefined || share === null ? '' : formatShare(share)
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the sheet holds the focus and names the active option.
    // biome-ignore lint/a11y/useKeyWithClickEvents: the sheet answers arrows and Enter.
    <div
      id={`sheet-${patch.id}`}
      className="sheet-cell"
      role="option"
      aria-selected={selected}
      aria-posinset={position}
      aria-setsize={count}
      style={{ transform: `translate(${left}px, ${top}px)`, width }}
      onClick={() => void selectPatch(studio, patch.id)}
      onDoubleClick={() => showViewMode(studio, 'single')}
    >
      <span className="sheet-picture" style={{ height: pictureHeight }}>
        <canvas ref={canvas} width="1" height="1" />
        {content === 'disagreement' && <Disagreement patch={patch} />}
      </span>
      <span className="sheet-name" title={patch.path}>
        {patch.name}
      </span>
      <span className="sheet-facts">
        <span className="tabular" title="Share of landslide in the mask as shown">
          {shareText}
        </span>
        {look ? (
          <span className={`sheet-verdict sheet-${verdict.kind}`}>
            <Icon name={look.icon} />
            {look.title}
          </span>
        ) : (
          <span>{patch.hasLabel ? 'Label' : ''}</span>
        )}
      </span>
    </div>
  )
})

/** How far the networks are apart where they are furthest apart. */
function Disagreement({ patch }: { patch: PatchRecord }) {
  const score = patch.scores?.disagreement
  if (score === undefined) return <span className="sheet-score sheet-score-none">not predicted</span>
  return (
    <span className="sheet-score tabular">
      <span
        className="sheet-score-bar"
        style={{
          transform: `scaleX(${score})`,
          backgroundColor: `rgb(${probabilityColour(score).join(' ')})`,
        }}
      />
      <span className="visually-hidden">Disagreement</span>
      {score.toFixed(2)}
    </span>
  )
}
