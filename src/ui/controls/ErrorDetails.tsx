import { useState } from 'react'
import { Button } from 'react-aria-components'

const LABELS = { ready: 'Copy', copied: 'Copied', refused: 'Select the text to copy it' }

/** What a library or the browser said of an error: folded away, to be copied into a report. */
export function ErrorDetails({ text }: { text: string | undefined }) {
  const [copy, setCopy] = useState<keyof typeof LABELS>('ready')
  if (!text) return null
  const onPress = () =>
    navigator.clipboard.writeText(text).then(
      () => setCopy('copied'),
      () => setCopy('refused'),
    )
  return (
    <details className="error-details">
      <summary>Details</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard. */}
      <pre tabIndex={0}>{text}</pre>
      <Button className="button button-plain" onPress={onPress}>
        {LABELS[copy]}
      </Button>
    </details>
  )
}
