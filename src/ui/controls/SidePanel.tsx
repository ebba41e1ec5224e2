import { type ReactNode, useEffect, useRef } from 'react'
import { Button, Disclosure, DisclosurePanel, Heading } from 'react-aria-components'
import { foldPanel } from '../../state/shell/actions'
import type { Column as ColumnId } from '../../state/shell/slice'
import { useStudio, useStudioState } from '../studioContext'
import { Icon } from './Icon'

/** A column beside the image; in a narrow window it lies over the image while it is open. Folded it keeps its state. */
export function Column({ id, children }: { id: ColumnId; children: ReactNode }) {
  const narrow = useStudioState(state => state.shell.narrow)
  const shown = useStudioState(({ shell: { narrow, drawer, hiddenColumns } }) =>
    narrow ? drawer === id : !hiddenColumns.includes(id),
  )
  return (
    <div className={`column column-${id}${narrow ? ' column-drawer' : ''}`} hidden={!shown}>
      {children}
    </div>
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
