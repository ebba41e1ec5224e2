import type { ReactNode } from 'react'
import { Disclosure, DisclosurePanel } from 'react-aria-components'
import { foldPanel } from '../../state/actions/foldPanel'
import { DisclosureHeading } from '../controls/DisclosureHeading'
import { useStudio, useStudioState } from '../studioContext'

interface EditSectionProps {
  title: string
  /** What is in force, said while the section is folded too. */
  summary: string
  children: ReactNode
}

/** A part of the Edit panel that is folded until it is opened; remembered over reloads. */
export function EditSection({ title, summary, children }: EditSectionProps) {
  const studio = useStudio()
  const key = `Edit/${title} open`
  // Only what is folded is remembered, and these begin folded: the entry stands for an open section.
  const open = useStudioState(state => state.foldedPanels.includes(key))
  return (
    <Disclosure
      className="disclosure edit-section"
      isExpanded={open}
      onExpandedChange={now => foldPanel(studio, key, now)}
    >
      <div className="edit-section-head">
        <DisclosureHeading level={3}>{title}</DisclosureHeading>
        <span className="edit-section-summary">{summary}</span>
      </div>
      <DisclosurePanel>
        <div className="edit-section-body">{children}</div>
      </DisclosurePanel>
    </Disclosure>
  )
}
