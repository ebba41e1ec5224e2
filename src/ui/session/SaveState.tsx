import { Button } from 'react-aria-components'
import { showStorage } from '../../state/actions/freeSpace'
import { formatBytes } from '../formatBytes'
import { useStudio, useStudioState } from '../studioContext'

/** Whether everything done so far is on disk, and how much room there is; opens what there is to know of it. */
export function SaveState() {
  const studio = useStudio()
  const pending = useStudioState(state => state.pendingWrites)
  const refused = useStudioState(state => state.saveError)
  const unsaved = useStudioState(state => state.unsaved)
  const storage = useStudioState(state => state.storage)
  const readOnly = useStudioState(state => state.access === 'read-only')
  const share = storage && storage.quota > 0 ? Math.min(1, storage.usage / storage.quota) : 0
  const used = storage ? `${formatBytes(storage.usage)} of ${formatBytes(storage.quota)} used` : ''
  const failed = unsaved !== null || refused !== null
  const text = unsaved
    ? `${unsaved.changes} not saved`
    : refused
      ? `Not saved: ${refused}`
      : pending > 0
        ? 'Saving…'
        : readOnly
          ? 'Read-only'
          : 'Saved on this machine'
  return (
    <Button
      className={`save-state storage-gauge${failed ? ' save-failed' : ''}`}
      aria-description={used}
      onPress={() => void showStorage(studio)}
    >
      <svg className="gauge" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        <circle className="gauge-track" cx="8" cy="8" r="6" pathLength="1" />
        <circle
          className={`gauge-fill${share > 0.9 ? ' gauge-near' : ''}`}
          cx="8"
          cy="8"
          r="6"
          pathLength="1"
          strokeDasharray={`${Math.max(share, 0.02)} 1`}
        />
      </svg>
      <span>{text}</span>
    </Button>
  )
}
