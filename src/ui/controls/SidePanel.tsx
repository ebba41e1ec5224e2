import { type KeyboardEvent, type PointerEvent, type ReactNode, useEffect, useRef } from 'react'
import { Button, Disclosure, DisclosurePanel, Heading } from 'react-aria-components'
import { foldPanel, setColumnWidth } from '../../state/shell/actions'
import { COLUMN_LIMITS, type Column as ColumnId } from '../../state/shell/slice'
import { useStudio, useStudioState } from '../studioContext'
import { Icon } from './Icon'

/** A column beside the image; in a narrow window it lies over the image while it is open. Folded it keeps its state. */
export function Column({ id, children }: { id: ColumnId; children: ReactNode }) {
  const narrow = useStudioState(state => state.shell.narrow)
  const shown = useStudioState(({ shell: { narrow, drawer, hiddenColumns } }) =>
    narrow ? drawer === id : !hiddenColumns.includes(id),
  )
  const width = useStudioState(state => state.shell.columnWidths[id])
  const column = useRef<HTMLDivElement>(null)
  return (
    <div
      ref={column}
      className={`column column-${id}${narrow ? ' column-drawer' : ''}`}
      hidden={!shown}
      {...(!narrow && width !== undefined && { style: { width } })}
    >
      {children}
      {!narrow && (
        <ColumnEdge id={id} width={width} measure={() => column.current?.getBoundingClientRect() ?? null} />
      )}
    </div>
  )
}

const STEP = 16

interface ColumnEdgeProps {
  id: ColumnId
  width: number | undefined
  measure: () => DOMRect | null
}

/** The edge towards the image: dragged or moved with arrow keys it sets the column's width; a double click resets it. */
function ColumnEdge({ id, width, measure }: ColumnEdgeProps) {
  const studio = useStudio()
  const { narrowest, widest } = COLUMN_LIMITS
  /** Which way wider is. */
  const outward = id === 'patches' ? 1 : -1
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    const box = measure()
    if (!box || !event.currentTarget.hasPointerCapture(event.pointerId)) return
    setColumnWidth(studio, id, id === 'patches' ? event.clientX - box.left : box.right - event.clientX)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const now = measure()?.width ?? narrowest
    const places: Record<string, number> = {
      ArrowLeft: now - outward * STEP,
      ArrowRight: now + outward * STEP,
      Home: narrowest,
      End: widest,
    }
    const next = places[event.key]
    if (next === undefined) return
    event.preventDefault()
    setColumnWidth(studio, id, next)
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a rule divides text; this is the separator that a person moves.
    <div
      className="column-edge"
      role="separator"
      tabIndex={0}
      aria-label={id === 'patches' ? 'Width of the patches column' : 'Width of the panels column'}
      aria-orientation="vertical"
      aria-valuemin={narrowest}
      aria-valuemax={widest}
      aria-valuenow={width ?? Math.round(measure()?.width ?? narrowest)}
      onKeyDown={onKeyDown}
      onPointerDown={event => {
        if (event.button === 0) event.currentTarget.setPointerCapture(event.pointerId)
      }}
      onPointerMove={onPointerMove}
      onDoubleClick={() => setColumnWidth(studio, id, null)}
    />
  )
}

interface SidePanelProps {
  /** Name of the region and its heading. */
  title: string
  /** What stands at the right of the heading, also while the panel is folded. */
  aside?: ReactNode
  className?: string
  children: ReactNode
}

/** A panel of the right column: a region that folds to its heading, remembered over reloads. */
export function SidePanel({ title, aside, className = '', children }: SidePanelProps) {
  const studio = useStudio()
  const folded = useStudioState(state => state.shell.foldedPanels.includes(title))
  const revealed = useStudioState(({ shell: { revealed } }) =>
    revealed?.title === title ? revealed.serial : null,
  )
  const panel = useRef<HTMLElement>(null)
  useEffect(() => {
    if (revealed === null) return
    panel.current?.scrollIntoView({ block: 'start' })
    panel.current?.querySelector('button')?.focus()
  }, [revealed])
  return (
    <section ref={panel} className={`panel side-panel ${className}`} aria-label={title}>
      <Disclosure
        className="side-disclosure"
        isExpanded={!folded}
        onExpandedChange={open => foldPanel(studio, title, !open)}
      >
        <div className="panel-head">
          <DisclosureHeading level={2}>{title}</DisclosureHeading>
          {aside}
        </div>
        <DisclosurePanel>
          <div className="panel-pad stack">{children}</div>
        </DisclosurePanel>
      </Disclosure>
    </section>
  )
}

interface DisclosureHeadingProps {
  level: 2 | 3 | 4
  children: ReactNode
}

/** Heading of a Disclosure whose button folds and unfolds it. */
export function DisclosureHeading({ level, children }: DisclosureHeadingProps) {
  return (
    <Heading level={level}>
      <Button slot="trigger" className="disclosure-trigger">
        <Icon name="chevron" />
        {children}
      </Button>
    </Heading>
  )
}
