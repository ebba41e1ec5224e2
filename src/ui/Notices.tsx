import { useEffect } from 'react'
import { Button } from 'react-aria-components'
import { dismissNotice } from '../state/notify'
import type { Notice } from '../state/slices/jobSlice'
import { Icon } from './controls/Icon'
import { useStudio, useStudioState } from './studioContext'

const READING_TIME_MS = 7000

export function Notices() {
  const notices = useStudioState(state => state.notices)
  return (
    <div className="notices" role="status" aria-live="polite">
      {notices.map(notice => (
        <NoticeCard key={notice.id} notice={notice} />
      ))}
    </div>
  )
}

/** Information leaves by itself; an error stays until it is read. */
function NoticeCard({ notice }: { notice: Notice }) {
  const studio = useStudio()
  useEffect(() => {
    if (notice.tone === 'error') return
    const timer = setTimeout(() => dismissNotice(studio.store, notice.id), READING_TIME_MS)
    return () => clearTimeout(timer)
  }, [studio, notice])
  return (
    <div className={`notice notice-${notice.tone}`}>
      {notice.tone === 'error' && <Icon name="warning" />}
      <span>{notice.message}</span>
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
