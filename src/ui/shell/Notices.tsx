import { useEffect } from 'react'
import { Button } from 'react-aria-components'
import { postponeUpdate } from '../../state/shell/actions'
import { dismissNotice } from '../../state/shell/notices'
import type { Notice } from '../../state/shell/slice'
import { CommandButton } from '../controls/CommandButton'
import { ErrorDetails } from '../controls/ErrorDetails'
import { Icon } from '../controls/Icon'
import { useStudio, useStudioState } from '../studioContext'

const READING_TIME_MS = 7000

export function Notices() {
  const notices = useStudioState(state => state.shell.notices)
  return (
    <div className="notices" role="status" aria-live="polite">
      {notices.map(notice => (
        <NoticeCard key={notice.id} notice={notice} />
      ))}
    </div>
  )
}

/** Information goes away after a while; an error stays until it is dismissed. */
function NoticeCard({ notice }: { notice: Notice }) {
  const studio = useStudio()
  useEffect(() => {
    if (notice.tone === 'error') return
    const timer = setTimeout(() => dismissNotice(studio.store, notice.id), READING_TIME_MS)
    return () => clearTimeout(timer)
  }, [studio, notice])
  const retry = (kind: Notice['retry']) => {
    dismissNotice(studio.store, notice.id)
    if (kind) studio.jobs.retry(kind)
  }
  return (
    <div className={`notice notice-${notice.tone}`}>
      {notice.tone === 'error' && <Icon name="warning" />}
      <div className="notice-text">
        {notice.message}
        <ErrorDetails text={notice.details} />
      </div>
      {notice.retry && (
        <Button className="button button-plain" onPress={() => retry(notice.retry)}>
          Try again
        </Button>
      )}
      <Button
        className="button button-quiet button-icon"
        aria-label="Dismiss message"
        onPress={() => dismissNotice(studio.store, notice.id)}
      >
        <Icon name="close" />
      </Button>
    </div>
  )
}

/** Says that a newer build is kept and ready, in a line that covers nothing. */
export function UpdateOffer() {
  const studio = useStudio()
  const update = useStudioState(state => state.shell.update)
  if (update !== 'ready' && update !== 'accepted') return null
  return (
    <div className="strip" role="status">
      <span>
        {update === 'accepted'
          ? 'Saving, then reloading…'
          : 'A new version of Scarp is ready. Your work is kept.'}
      </span>
      <CommandButton command="update" />
      <Button
        className="button button-quiet"
        isDisabled={update === 'accepted'}
        onPress={() => postponeUpdate(studio)}
      >
        Later
      </Button>
    </div>
  )
}
