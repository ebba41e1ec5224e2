import { type KeyboardEvent, memo, useEffect, useMemo, useRef, useState } from 'react'
import { rampColour } from '../../core/patches/colourRamps'
import type { PatchRecord } from '../../core/review/records'
import { PROBABILITY } from '../../map/overlayColours'
import { cellsOfRows, layoutSheet, moveOnSheet, rowCount, type SheetMove } from '../../map/sheetLayout'
import { TileSource } from '../../map/tileSource'
import { visiblePatches } from '../../state/patches/selectors'
import type { StudioState } from '../../state/studioState'
import { selectPatch, setSheet, showViewMode } from '../../state/view/actions'
import { MAX_SHEET_SIZE, MIN_SHEET_SIZE, type SheetContent } from '../../state/view/slice'
import { Segmented, Slider } from '../controls/Fields'
import { Icon, VERDICT_LOOK } from '../controls/Icon'
import { Name } from '../controls/Name'
import { formatShare } from '../format'
import { useStudio, useStudioState } from '../studioContext'
import { TilePicture } from './TilePicture'

const GAP = 8

const EDGE = 12

/** Under each picture: name, share and verdict. */
const CAPTION = 40

const NARROWEST = 92

const OVERSCAN_ROWS = 2

const CONTENTS: readonly { id: SheetContent; title: string }[] = [
  { id: 'picture', title: 'True colour' },
  { id: 'mask', title: 'With mask' },
  { id: 'disagreement', title: 'Disagreement' },
]

const MOVES: Readonly<Record<string, SheetMove>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
  Home: 'start',
  End: 'end',
  PageUp: 'page-up',
  PageDown: 'page-down',
}

/** All patches of the queue on one screen: thousands of them, a screenful of cells. */
export function ContactSheet() {
  const studio = useStudio()
  const patches = useVisiblePatches()
  const selectedId = useStudioState(state => state.view.selectedId)
  const content = useStudioState(state => state.view.sheetContent)
  const size = useStudioState(state => state.view.sheetSize)
  const source = useMemo(() => new TileSource(studio), [studio])
  const scroller = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ top: 0, width: 600, height: 600 })

  useEffect(() => {
    const element = scroller.current
    if (!element) return
    const measure = () =>
      setView({
        top: element.scrollTop,
        width: Math.max(NARROWEST, element.clientWidth - 2 * EDGE),
        height: element.clientHeight,
      })
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    element.addEventListener('scroll', measure, { passive: true })
    // The keys of the sheet are at hand as soon as it is shown.
    element.focus({ preventScroll: true })
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', measure)
    }
  }, [])

  const layout = useMemo(
    () =>
      layoutSheet(patches, {
        width: view.width,
        pictureHeight: size,
        gap: GAP,
        minimumWidth: NARROWEST,
      }),
    [patches, view.width, size],
  )
  const rowHeight = size + CAPTION + GAP
  const selectedIndex = patches.findIndex(patch => patch.id === selectedId)
  const selectedRow = layout.cells[selectedIndex]?.row ?? -1
  useEffect(() => {
    const element = scroller.current
    if (!element || selectedRow < 0) return
    const top = EDGE + selectedRow * rowHeight
    if (top - EDGE < element.scrollTop) element.scrollTop = top - EDGE
    else if (top + rowHeight > element.scrollTop + element.clientHeight)
      element.scrollTop = top + rowHeight - element.clientHeight
  }, [selectedRow, rowHeight])

  const first = Math.floor(view.top / rowHeight) - OVERSCAN_ROWS
  const last = Math.ceil((view.top + view.height) / rowHeight) + OVERSCAN_ROWS
  const cells = cellsOfRows(layout, first, last)

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
    if (event.key === 'Enter' && selectedIndex >= 0) {
      event.preventDefault()
      showViewMode(studio, 'single')
      return
    }
    const move = MOVES[event.key]
    if (!move) return
    event.preventDefault()
    const pageRows = Math.floor(view.height / rowHeight)
    const target = patches[moveOnSheet(layout, selectedIndex, move, pageRows)]
    if (target && target.id !== selectedId) void selectPatch(studio, target.id)
  }

  return (
    <div className="sheet">
      <div className="sheet-bar">
        <Segmented
          label="Pictures show"
          value={content}
          options={CONTENTS}
          onChange={id => setSheet(studio, { sheetContent: id })}
        />
        <span className="spacer" />
        <Slider
          label="Picture size"
          value={size}
          minValue={MIN_SHEET_SIZE}
          maxValue={MAX_SHEET_SIZE}
          step={16}
          onChange={value => setSheet(studio, { sheetSize: value })}
        />
      </div>
      {patches.length === 0 && <p className="sheet-empty">No patches match the filters.</p>}
      <div
        ref={scroller}
        className="sheet-scroller"
        role="listbox"
        aria-label="Contact sheet"
        aria-orientation="horizontal"
        tabIndex={0}
        onKeyDown={onKeyDown}
        {...(cells.some(({ index }) => index === selectedIndex) && {
          'aria-activedescendant': `sheet-${selectedId}`,
        })}
      >
        <div className="sheet-ground" style={{ height: rowCount(layout) * rowHeight }}>
          {cells.map(cell => {
            const patch = patches[cell.index]
            return (
              patch && (
                <SheetCellView
                  key={patch.id}
                  source={source}
                  patch={patch}
                  left={cell.left}
                  top={cell.row * rowHeight}
                  width={cell.width}
                  pictureHeight={size}
                  position={cell.index + 1}
                  count={patches.length}
                  selected={patch.id === selectedId}
                  content={content}
                />
              )
            )
          })}
        </div>
      </div>
    </div>
  )
}

interface SheetCellProps {
  source: TileSource
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

const SheetCellView = memo(function SheetCellView(props: SheetCellProps) {
  const { source, patch, left, top, width, pictureHeight, position, count, selected, content } = props
  const studio = useStudio()
  const verdict = useStudioState(state => state.review.verdicts[patch.id])
  const share = useStudioState(state => state.review.shares[patch.id])
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
        <TilePicture source={source} patch={patch} withMask={content === 'mask'} />
        {content === 'disagreement' && <Disagreement patch={patch} />}
      </span>
      <span className="sheet-name">
        <Name title={patch.path}>{patch.name}</Name>
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
          backgroundColor: `rgb(${rampColour(PROBABILITY, score).join(' ')})`,
        }}
      />
      <span className="visually-hidden">Disagreement</span>
      {score.toFixed(2)}
    </span>
  )
}

/** Whether the list's contents and order may differ. */
function listChanged(state: StudioState, before: StudioState): boolean {
  return state.patches !== before.patches || state.review.verdicts !== before.review.verdicts
}

/** The patches that the queue shows, in its order; the same list while nothing that it depends on changed. */
function useVisiblePatches(): readonly PatchRecord[] {
  const last = useRef<{ state: StudioState; patches: readonly PatchRecord[] } | null>(null)
  return useStudioState(state => {
    const known = last.current
    if (known && !listChanged(state, known.state)) return known.patches
    const fresh = visiblePatches(state)
    const same = known?.patches.length === fresh.length && fresh.every((it, at) => it === known.patches[at])
    last.current = { state, patches: same ? known.patches : fresh }
    return last.current.patches
  })
}
