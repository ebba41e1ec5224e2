import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import {
  cellsOfRows,
  layoutSheet,
  moveOnSheet,
  rowCount,
  type SheetMove,
} from '../../../map/sheet/sheetLayout'
import { selectPatch } from '../../../state/actions/selectPatch'
import { showViewMode } from '../../../state/actions/viewModes'
import { MAX_SHEET_SIZE, MIN_SHEET_SIZE, type SheetContent } from '../../../state/slices/viewModeSlice'
import { Segmented } from '../../controls/Segmented'
import { Slider } from '../../controls/Slider'
import { useStudio, useStudioState } from '../../studioContext'
import { SheetCellView } from './SheetCellView'
import { useVisiblePatches } from './useVisiblePatches'

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
  const selectedId = useStudioState(state => state.selectedId)
  const content = useStudioState(state => state.sheetContent)
  const size = useStudioState(state => state.sheetSize)
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
          onChange={id => studio.store.setState({ sheetContent: id })}
        />
        <span className="spacer" />
        <Slider
          label="Picture size"
          value={size}
          minValue={MIN_SHEET_SIZE}
          maxValue={MAX_SHEET_SIZE}
          step={16}
          onChange={value => studio.store.setState({ sheetSize: value })}
        />
      </div>
      {patches.length === 0 && <p className="sheet-empty">No patch passes the filter of the queue.</p>}
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
