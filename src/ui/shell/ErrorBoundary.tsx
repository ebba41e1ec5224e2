import { Component, type ReactNode } from 'react'
import { Button } from 'react-aria-components'
import { detailsOf, toAppError } from '../../core/foundation/appError'
import { createProject, UNTITLED } from '../../state/session/projects'
import { CommandButton } from '../controls/CommandButton'
import { ErrorDetails } from '../controls/ErrorDetails'
import { StudioDialog } from '../dialogs/StudioDialog'
import { useStudio, useStudioState } from '../studioContext'
import { Notices } from './Notices'

interface ErrorBoundaryProps {
  /** What is shown instead of children that failed to render or to load. */
  fallback: (error: unknown) => ReactNode
  children: ReactNode
}

/** Keeps a fault in its place: without it React takes the whole page away. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, { failed: { error: unknown } | null }> {
  override state: { failed: { error: unknown } | null } = { failed: null }

  static getDerivedStateFromError(error: unknown) {
    return { failed: { error } }
  }

  override render(): ReactNode {
    const { failed } = this.state
    return failed ? this.props.fallback(failed.error) : this.props.children
  }
}

export function Reload() {
  return (
    <Button className="button button-primary" onPress={() => location.reload()}>
      Reload
    </Button>
  )
}

/** The studio itself failed: what is safe, and the two ways on. */
export function StudioFailure({ error }: { error: unknown }) {
  const studio = useStudio()
  const unsaved = useStudioState(state => state.session.unsaved?.changes ?? 0)
  return (
    <main className="open-failure">
      <h1>Scarp ran into an error</h1>
      <p role="alert">{toAppError(error).message}</p>
      <ErrorDetails text={detailsOf(toAppError(error))} />
      <p className="dim">
        {unsaved > 0
          ? 'Some changes are not saved yet: save an archive before you reload.'
          : 'Your work is saved on this machine. Reload to continue.'}
      </p>
      <div className="dialog-foot">
        <Reload />
        <CommandButton command="save-archive" />
        <Button className="button button-quiet" onPress={() => void createProject(studio, UNTITLED)}>
          Start another project
        </Button>
      </div>
      <ErrorBoundary fallback={() => null}>
        <Notices />
      </ErrorBoundary>
    </main>
  )
}

/** What Chromium, Firefox and Safari say of a file of the studio that did not come. */
const NOT_FETCHED = /import(ed|ing).*module|module script/i

/** What a part of the studio that failed says: its own message, or that its file did not come. */
export function failureText(error: unknown): string {
  const { message } = toAppError(error)
  return NOT_FETCHED.test(error instanceof Error ? error.message : '')
    ? 'Its file could not be fetched: check the connection.'
    : message
}

/** A dialog failed, or its file could not be fetched: the rest of the studio stays. */
export function DialogFailure({ error }: { error: unknown }) {
  return (
    <StudioDialog title="This window could not be opened" role="alertdialog">
      <div className="stack">
        <p>{failureText(error)}</p>
        <ErrorDetails text={detailsOf(toAppError(error))} />
        <p className="dim">Your work is saved on this machine. Reload to try again.</p>
        <div className="dialog-foot">
          <span className="spacer" />
          <CommandButton command="save-archive" />
          <Reload />
        </div>
      </div>
    </StudioDialog>
  )
}
