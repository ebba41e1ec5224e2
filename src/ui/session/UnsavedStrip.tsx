import { CommandButton } from '../controls/CommandButton'
import { Icon } from '../controls/Icon'
import { formatBytes } from '../formatBytes'
import { useStudioState } from '../studioContext'

/** Changes are in memory and not on disk: how many, why, and what can be done. Work goes on meanwhile. */
export function UnsavedStrip() {
  const unsaved = useStudioState(state => state.unsaved)
  const owner = useStudioState(state => state.access === 'owner')
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
          ? `They take ${formatBytes(bytes)} of memory, as much as may wait: nothing more can be changed until there is room.`
          : 'They wait in this tab: keep it open. You can go on working; it tries again by itself.'}
      </p>
      <span className="spacer" />
      {owner && <CommandButton command="retry-saving" />}
      {owner && <CommandButton command="storage" />}
      <CommandButton command="save-archive" look="primary" />
    </section>
  )
}
