import { useEffect, useRef, useState } from 'react'
import { Button } from 'react-aria-components'
import { detailsOf, toAppError } from '../../core/foundation/appError'
import {
  examine,
  type Findings,
  openWithoutDamage,
  type Rescue,
  saveStored,
  startAnother,
} from '../../state/session/rescue'
import { ErrorDetails } from '../controls/ErrorDetails'

/** The project did not open: what of it cannot be read, and the ways on. No studio is there. */
export function RescueScreen({ rescue }: { rescue: Rescue }) {
  const [findings, setFindings] = useState<Findings | null>(null)
  const [busy, setBusy] = useState(false)
  const [said, setSaid] = useState<{ text: string; isError: boolean } | null>(null)
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    let current = true
    heading.current?.focus()
    void examine(rescue).then(found => current && setFindings(found))
    return () => {
      current = false
    }
  }, [rescue])
  const act = async (work: () => Promise<void>, done: string) => {
    setBusy(true)
    setSaid(null)
    try {
      await work()
      setSaid({ text: done, isError: false })
    } catch (thrown) {
      setSaid({ text: toAppError(thrown, 'storage-failed').message, isError: true })
    } finally {
      setBusy(false)
    }
  }
  const { parts = [], canSetAside = false, others = [] } = findings ?? {}
  return (
    <main className="open-failure rescue" aria-busy={findings === null || busy}>
      <h1 ref={heading} tabIndex={-1}>
        The project could not be opened
      </h1>
      <p role="alert">{parts.length > 0 ? 'This part of it could not be read:' : rescue.error.message}</p>
      {parts.length === 0 && <ErrorDetails text={detailsOf(rescue.error)} />}
      {findings === null && <p className="dim">Looking through the project…</p>}
      {parts.length > 0 && (
        <>
          <ul className="rescue-parts">
            {parts.map(part => (
              <li key={part}>{part}</li>
            ))}
          </ul>
          <p className="dim">
            {canSetAside
              ? 'Everything else opens. What could not be read is set aside in this browser, not deleted.'
              : 'Save what is stored before you do anything else.'}
          </p>
        </>
      )}
      {findings && parts.length === 0 && (
        <p className="dim">
          Nothing was deleted. Opening can fail in a private window, with a full disk, or with an older
          version of Scarp.
        </p>
      )}
      <div className="rescue-actions">
        {canSetAside ? (
          <Button
            className="button button-primary"
            isDisabled={busy}
            onPress={() => void act(() => openWithoutDamage(rescue), 'Opening…')}
          >
            Open without it
          </Button>
        ) : (
          <Button className="button button-primary" onPress={() => rescue.goTo(rescue.projectId)}>
            Try again
          </Button>
        )}
        <Button
          className="button button-plain"
          isDisabled={busy}
          onPress={() => void act(() => saveStored(rescue), 'Saved.')}
        >
          Save what is stored
        </Button>
        <Button
          className="button button-plain"
          isDisabled={busy}
          onPress={() => void act(() => startAnother(rescue), 'Opening…')}
        >
          Start another project
        </Button>
      </div>
      <p role={said?.isError ? 'alert' : 'status'}>{said?.text}</p>
      {others.length > 0 && (
        <>
          <h2>Other projects</h2>
          <ul className="project-list">
            {others.map(({ id, name }) => (
              <li key={id}>
                <Button className="button button-plain" isDisabled={busy} onPress={() => rescue.goTo(id)}>
                  Open {name}
                </Button>
              </li>
            ))}
          </ul>
        </>
      )}
    </main>
  )
}
