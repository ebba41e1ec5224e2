import type { ReactNode } from 'react'
import { Disclosure, DisclosurePanel } from 'react-aria-components'
import { DisclosureHeading } from '../controls/DisclosureHeading'

/** Part of a round that is unfolded when wanted. */
export function RoundFold({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Disclosure className="disclosure round-fold">
      <DisclosureHeading level={4}>{title}</DisclosureHeading>
      <DisclosurePanel className="disclosure-panel">{children}</DisclosurePanel>
    </Disclosure>
  )
}
