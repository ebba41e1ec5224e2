import { Button } from 'react-aria-components'
import { SESSION_TIMES } from '../../state/session/joinSession'
import { nearlyFull } from '../../state/session/selectors'
import { CommandButton } from '../controls/CommandButton'
import { Icon } from '../controls/Icon'
import { formatBytes } from '../format'
import { CutOffStrip } from '../scenes/CutOffStrip'
import { useStudio, useStudioState } from '../studioContext'
import { InterruptedStrip } from './InterruptedStrip'

/** Warnings about unsaved work and read-only tabs, between top bar and workspace; nothing while all is well. */
export function SessionStrips() {
  const readOnly = useStudioState(({ session: { access } }) => access === 'read-only')
  const unsaved = useStudioState(state => state.session.unsaved !== null)
  return (
    <>
      {readOnly && <ReadOnlyStrip />}
      {unsaved ? <UnsavedStrip /> : <RoomStrip />}
      <InterruptedStrip />
      <CutOffStrip />
    </>
  )
}

const ANSWER_SECONDS = SESSION_TIMES.answerMs / 1000

/** Another tab has the project: this one follows it, and can ask for it. */
function ReadOnlyStrip() {
  const studio = useStudio()
  const takeOver = useStudioState(state => state.session.takeOver)
  const lost = useStudioState(state => state.session.accessLost)
  return (
    <section className="strip session-strip" aria-label="Read-only">
      <Icon name="lock" />
      <p role="status">{textOf(takeOver, lost)}</p>
      <span className="spacer" />
      {(takeOver.status === 'none' || takeOver.status === 'denied') && (
        <CommandButton command="take-over" look="primary" />
      )}
      {takeOver.status === 'asking' && (
        <Button className="button button-plain" onPress={() => studio.session?.withdraw()}>
          Stop asking
        </Button>
      )}
      {takeOver.status === 'unanswered' && (
        <>
          <Button className="button button-plain" onPress={() => studio.session?.withdraw()}>
            Stay read-only
          </Button>
          <Button className="button button-primary" onPress={() => studio.session?.takeAnyway()}>
            Take over anyway
          </Button>
        </>
      )}
    </section>
  )
}

function textOf(takeOver: ReturnType<typeof useTakeOver>, lost: string | null): string {
  switch (takeOver.status) {
    case 'asking':
      return `Asked the other tab: answer there. If it does not answer within ${ANSWER_SECONDS} seconds, you can take over anyway.`
    case 'handing-over':
      return 'The other tab is saving its work and pausing its jobs…'
    case 'denied':
      return `This tab stays read-only. ${takeOver.reason}`
    case 'unanswered':
      return (
        'The other tab does not answer. Take over anyway? If it is frozen or crashed, its latest unsaved changes ' +
        'may be lost; everything saved stays.'
      )
    case 'none':
      return lost ?? 'Read-only: the project is open in another tab. Changes saved there appear here.'
  }
}

const useTakeOver = () => useStudioState(state => state.session.takeOver)

/** Changes are in memory and not on disk: how many, why, and what can be done. */
function UnsavedStrip() {
  const unsaved = useStudioState(state => state.session.unsaved)
  const owner = useStudioState(state => state.session.access === 'owner')
  if (!unsaved) return null
  const { changes, bytes, full, exceeded, message } = unsaved
  const count = `${changes} ${changes === 1 ? 'change is' : 'changes are'} not saved`
  return (
    <section className="strip session-strip strip-error" aria-label="Not saved">
      <Icon name="warning" />
      <p role="alert">
        <strong>{count}</strong>
        {full ? ': the disk space for this site is used up. ' : `: ${message} `}
        {exceeded
          ? `They take ${formatBytes(bytes)} of memory, which is the limit: free space to make more changes.`
          : 'They are kept in this tab: leave it open. You can keep working; saving is retried automatically.'}
      </p>
      <span className="spacer" />
      {owner && <CommandButton command="retry-saving" />}
      {owner && <CommandButton command="storage" />}
      <CommandButton command="save-archive" look="primary" />
    </section>
  )
}

/** The storage is nearly full: a warning before anything fails. */
function RoomStrip() {
  const storage = useStudioState(state => state.session.storage)
  const near = useStudioState(nearlyFull)
  if (!near || !storage) return null
  return (
    <section className="strip session-strip" aria-label="Storage nearly full">
      <Icon name="warning" />
      <p role="status">
        Storage is nearly full: {formatBytes(Math.max(0, storage.quota - storage.usage))} of{' '}
        {formatBytes(storage.quota)} left. Free space before the next round.
      </p>
      <span className="spacer" />
      <CommandButton command="storage" />
    </section>
  )
}
