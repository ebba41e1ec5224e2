import { useStudioState } from '../studioContext'

/** Whether everything done so far is on disk, and how much room there is. */
export function SaveState() {
  const pending = useStudioState(state => state.pendingWrites)
  const error = useStudioState(state => state.saveError)
  const storage = useStudioState(state => state.storage)
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

function formatBytes(bytes: number): string {
  if (bytes >= 2 ** 30) return `${(bytes / 2 ** 30).toFixed(1)} GB`
  return `${Math.round(bytes / 2 ** 20)} MB`
}
