import { formatBytes } from '../format'
import { useStudioState } from '../studioContext'

/** Whether everything done so far is on disk, and how much room there is. */
export function SaveState() {
  const pending = useStudioState(state => state.session.pendingWrites)
  const error = useStudioState(state => state.session.saveError)
  const storage = useStudioState(state => state.session.storage)
  const used = storage
    ? `${formatBytes(storage.usage)} of ${formatBytes(storage.quota)} used on this machine`
    : ''
  if (error) {
    return (
      <span className="save-state save-failed" role="alert" title={error}>
        Not saved: {error}
      </span>
    )
  }
  return (
    <span className="save-state" title={used}>
      {pending > 0 ? 'Saving…' : 'Saved on this machine'}
    </span>
  )
}
