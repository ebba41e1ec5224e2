import { useState } from 'react'
import { Button } from 'react-aria-components'
import { toAppError } from '../../core/foundation/appError'

/** Copies a text and says whether it did. */
export function CopyButton({
  text,
  label,
  look = 'plain',
}: {
  text: () => string
  label: string
  look?: 'plain' | 'primary'
}) {
  const [said, setSaid] = useState('')
  const copy = () =>
    navigator.clipboard.writeText(text()).then(
      () => setSaid('Copied'),
      (thrown: unknown) => setSaid(`Not copied: ${toAppError(thrown).message}`),
    )
  return (
    <>
      <Button className={`button button-${look}`} onPress={() => void copy()}>
        {said || label}
      </Button>
      <span className="visually-hidden" role="status">
        {said}
      </span>
    </>
  )
}
