import { nearlyFull } from '../../state/selectors'
import { CommandButton } from '../controls/CommandButton'
import { Icon } from '../controls/Icon'
import { formatBytes } from '../formatBytes'
import { useStudioState } from '../studioContext'

/** The storage is nearly full: said before anything fails. */
export function RoomStrip() {
  const storage = useStudioState(state => state.storage)
  const near = useStudioState(nearlyFull)
  if (!near || !storage) return null
  return (
    <section className="strip session-strip" aria-label="Storage nearly full">
      <Icon name="warning" />
      <p role="status">
        Storage is nearly full: {formatBytes(Math.max(0, storage.quota - storage.usage))} of{' '}
        {formatBytes(storage.quota)} are left. Make room before the next round.
      </p>
      <span className="spacer" />
      <CommandButton command="storage" />
    </section>
  )
}
