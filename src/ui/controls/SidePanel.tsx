import { type ReactNode, useEffect, useRef } from 'react'
import { Button, Disclosure, DisclosurePanel, Heading } from 'react-aria-components'
import { foldPanel, setColumnWidth } from '../../state/shell/actions'
import { COLUMN_LIMITS, type Column as ColumnId } from '../../state/shell/slice'
import { useStudio, useStudioState } from '../studioContext'
import { DragEdge } from './DragEdge'
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

interface ColumnEdgeProps {
  id: ColumnId
  width: number | undefined
  measure: () => DOMRect | null
}

/** The edge towards the image. */
function ColumnEdge({ id, width, measure }: ColumnEdgeProps) {
  const studio = useStudio()
  const { narrowest, widest } = COLUMN_LIMITS
  return (
    <DragEdge
      className="column-edge"
      label={id === 'patches' ? 'Width of the patches column' : 'Width of the panels column'}
      orientation="vertical"
      measure={() => measure()?.width ?? width ?? narrowest}
      smallest={narrowest}
      largest={widest}
      grows={id === 'patches' ? 'forward' : 'backward'}
      sizeAt={({ clientX }) => {
        const box = measure()
        return box && (id === 'patches' ? clientX - box.left : box.right - clientX)
      }}
      onSize={size => setColumnWidth(studio, id, size)}
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
