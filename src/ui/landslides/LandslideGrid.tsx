import {
  type KeyboardEvent,
  type MouseEvent,
  memo,
  type ReactNode,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import type { InventoryTable } from '../../core/inventory/inventoryTable'
import {
  activateRow,
  jumpToActive,
  jumpToRow,
  moveRow,
  selectAllRows,
  selectedText,
  sortBy,
} from '../../state/inventory/actions'
import type { ShownRows } from '../../state/inventory/heldTable'
import { selectedRange } from '../../state/inventory/selectors'
import type { TableColumn } from '../../state/inventory/slice'
import { Icon } from '../controls/Icon'
import { Name } from '../controls/Name'
import { useStudio, useStudioState } from '../studioContext'
import { type DrawnColumn, drawnColumn } from './tableColumns'

/** As in landslides.css, CSS pixels. */
const ROW_HEIGHT = 26
const HEAD_HEIGHT = 28

/** Rows above and below the screenful that are drawn, too. */
const OVERSCAN = 6

/** The rows of the table, a screenful of them: thousands cost no more than twenty. */
export function LandslideGrid({ shown, label }: { shown: ShownRows; label: string }) {
  const studio = useStudio()
  const { table, rows } = shown
  const columnIds = useStudioState(state => state.inventory.columns)
  const active = useStudioState(state => state.inventory.active)
  const anchor = useStudioState(state => state.inventory.anchor)
  const columns = useMemo(() => columnIds.map(drawnColumn), [columnIds])
  const scroller = useRef<HTMLDivElement>(null)
  const [span, setSpan] = useState({ first: 0, last: 30 })
  // biome-ignore lint/correctness/useExhaustiveDependencies: the state read inside changes with exactly these.
  const selected = useMemo(() => selectedRange(studio), [studio, shown, active, anchor])
  const activeRow = studio.pixels.inventory.rowOf(active)
  const at = activeRow === null ? -1 : rows.indexOf(activeRow)

  useEffect(() => {
    const element = scroller.current
    if (!element) return
    const measure = () => {
      const first = Math.max(0, Math.floor(element.scrollTop / ROW_HEIGHT) - OVERSCAN)
      const last = Math.ceil((element.scrollTop + element.clientHeight) / ROW_HEIGHT) + OVERSCAN
      setSpan(before => (before.first === first && before.last === last ? before : { first, last }))
    }
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    element.addEventListener('scroll', measure, { passive: true })
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', measure)
    }
  }, [])

  // What a key or a click on the image selects may be out of sight, where it has no element to scroll to.
  useEffect(() => {
    const element = scroller.current
    if (!element || at < 0) return
    const top = at * ROW_HEIGHT
    const room = element.clientHeight - HEAD_HEIGHT
    if (top < element.scrollTop) element.scrollTop = top
    else if (top + ROW_HEIGHT > element.scrollTop + room) element.scrollTop = top + ROW_HEIGHT - room
  }, [at])

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.target !== event.currentTarget || event.altKey) return
    const page = Math.max(1, Math.floor((event.currentTarget.clientHeight - HEAD_HEIGHT) / ROW_HEIGHT) - 1)
    const held = event.ctrlKey || event.metaKey
    const steps: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -rows.length,
      End: rows.length,
    }
    const by = held ? undefined : steps[event.key]
    if (by !== undefined) moveRow(studio, by, event.shiftKey)
    else if (event.key === 'Enter' || event.key === ' ') {
      jumpToActive(studio)
      showStage()
    } else if (held && event.key.toLowerCase() === 'a') selectAllRows(studio)
    else return
    event.preventDefault()
  }
  const onClick = ({ target, shiftKey }: MouseEvent) => {
    const place = (target as Element).closest<HTMLElement>('[data-place]')?.dataset.place
    const row = place === undefined ? undefined : rows[Number(place)]
    if (row === undefined) return
    if (shiftKey) activateRow(studio, row, true)
    else {
      void jumpToRow(studio, row)
      showStage()
    }
  }
  const places: number[] = []
  for (let place = span.first; place <= Math.min(span.last, rows.length - 1); place++) places.push(place)
  const template = {
    gridTemplateColumns: columns.map(({ width }) => `minmax(${width}px, ${width}fr)`).join(' '),
  }
  const minWidth = columns.reduce((sum, { width }) => sum + width, 2)
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table cannot hold the focus for rows that are not all in the page.
    <div
      ref={scroller}
      className="inventory-grid"
      role="grid"
      aria-label={label}
      aria-multiselectable="true"
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.length}
      tabIndex={0}
      {...(places.includes(at) && { 'aria-activedescendant': rowId(at) })}
      onKeyDown={onKeyDown}
      onClick={onClick}
      onCopy={event => {
        event.clipboardData.setData('text/plain', selectedText(studio))
        event.preventDefault()
      }}
    >
      <div className="inventory-head" style={{ minWidth }}>
        <HeadRow columns={columns} template={template} toRows={() => scroller.current?.focus()} />
      </div>
      <div className="inventory-rows" style={{ minWidth, height: rows.length * ROW_HEIGHT }}>
        {places.map(place => (
          <Row
            key={rows[place]}
            table={table}
            row={rows[place]!}
            place={place}
            columns={columns}
            template={template.gridTemplateColumns}
            selected={place >= selected.first && place <= selected.last}
            active={place === at}
          />
        ))}
      </div>
    </div>
  )
}

/** In a small window the image that the landslide is shown on is out of sight above the table. */
function showStage(): void {
  document.getElementById('map')?.scrollIntoView({ block: 'nearest' })
}

const rowId = (place: number) => `landslide-row-${place}`

interface HeadRowProps {
  columns: readonly DrawnColumn[]
  template: { gridTemplateColumns: string }
  toRows(): void
}

/** Titles that sort; one stop of the Tab key, along which the arrows go. */
function HeadRow({ columns, template, toRows }: HeadRowProps) {
  const studio = useStudio()
  const sort = useStudioState(state => state.inventory.sort)
  const stop = columns.some(({ id }) => id === sort.column) ? sort.column : columns[0]?.id
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const buttons = [...event.currentTarget.querySelectorAll('button')]
    const now = buttons.indexOf(event.target as HTMLButtonElement)
    const next: Record<string, number> = {
      ArrowLeft: now - 1,
      ArrowRight: now + 1,
      Home: 0,
      End: buttons.length - 1,
    }
    if (event.key === 'ArrowDown') toRows()
    else if (next[event.key] === undefined) return
    else buttons[next[event.key]!]?.focus()
    event.preventDefault()
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: as the grid itself.
    // biome-ignore lint/a11y/useFocusableInteractive: its buttons hold the focus.
    <div className="inventory-row" role="row" aria-rowindex={1} style={template} onKeyDown={onKeyDown}>
      {columns.map(({ id, title, unit, detail, isNumber }) => (
        <HeadCell key={id} id={id} isNumber={isNumber} sort={sort.column === id ? sort.descending : null}>
          <button
            type="button"
            className="inventory-title"
            title={detail}
            tabIndex={id === stop ? 0 : -1}
            onClick={() => sortBy(studio, id)}
          >
            <span className="inventory-title-text">{title}</span>
            {unit && <span className="dim"> {unit}</span>}
            {sort.column === id && <Icon name={sort.descending ? 'next' : 'previous'} />}
          </button>
        </HeadCell>
      ))}
    </div>
  )
}

interface HeadCellProps {
  id: TableColumn
  isNumber: boolean
  /** Whether the largest is first; null: not sorted by it. */
  sort: boolean | null
  children: ReactNode
}

function HeadCell({ isNumber, sort, children }: HeadCellProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: as the grid itself.
    // biome-ignore lint/a11y/useFocusableInteractive: its button holds the focus.
    <div
      role="columnheader"
      className={`inventory-cell${isNumber ? ' inventory-number' : ''}`}
      aria-sort={sort === null ? 'none' : sort ? 'descending' : 'ascending'}
    >
      {children}
    </div>
  )
}

interface RowProps {
  table: InventoryTable
  row: number
  /** Among the rows that are shown. */
  place: number
  columns: readonly DrawnColumn[]
  template: string
  selected: boolean
  active: boolean
}

const Row = memo(function Row({ table, row, place, columns, template, selected, active }: RowProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: as the grid itself.
    // biome-ignore lint/a11y/useFocusableInteractive: the grid holds the focus and names the active row.
    <div
      id={rowId(place)}
      data-place={place}
      className={`inventory-row${active ? ' inventory-active' : ''}`}
      role="row"
      aria-rowindex={place + 2}
      aria-selected={selected}
      style={{ gridTemplateColumns: template, transform: `translateY(${place * ROW_HEIGHT}px)` }}
    >
      {columns.map(column => {
        const text = column.text(table, row)
        return (
          // biome-ignore lint/a11y/useSemanticElements: as the grid itself.
          // biome-ignore lint/a11y/useFocusableInteractive: as the row.
          <div
            key={column.id}
            role="gridcell"
            className={`inventory-cell${column.isNumber ? ' inventory-number' : ''}${text === null ? ' dim' : ''}`}
          >
            {text === null ? '–' : column.isName ? <Name>{text}</Name> : text}
          </div>
        )
      })}
    </div>
  )
})
