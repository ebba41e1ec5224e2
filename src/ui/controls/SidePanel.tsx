import type { ReactNode } from 'react'
import { Disclosure, DisclosurePanel } from 'react-aria-components'
import { foldPanel } from '../../state/actions/foldPanel'
import { useStudio, useStudioState } from '../studioContext'
import { DisclosureHeading } from './DisclosureHeading'

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
  const folded = useStudioState(state => state.foldedPanels.includes(title))
  return (
    <section className={`panel side-panel ${className}`} aria-label={title}>
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
