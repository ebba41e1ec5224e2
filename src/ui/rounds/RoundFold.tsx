import type { ReactNode } from 'react'
import { Button, Disclosure, DisclosurePanel, Heading } from 'react-aria-components'
import { Icon } from '../controls/Icon'

/** Part of a round that is unfolded when wanted. */
export function RoundFold({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Disclosure className="disclosure round-fold">
      <Heading level={4}>
        <Button slot="trigger" className="disclosure-trigger">
          <Icon name="chevron" />
          {title}
        </Button>
      </Heading>
      <DisclosurePanel className="disclosure-panel">{children}</DisclosurePanel>
    </Disclosure>
  )
}
