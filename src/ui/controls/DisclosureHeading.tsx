import type { ReactNode } from 'react'
import { Button, Heading } from 'react-aria-components'
import { Icon } from './Icon'

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
