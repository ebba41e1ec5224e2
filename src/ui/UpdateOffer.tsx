import { Button } from 'react-aria-components'
import { CommandButton } from './controls/CommandButton'
import { useStudio, useStudioState } from './studioContext'

/** Says that a newer build is kept and ready, in a line that covers nothing. */
export function UpdateOffer() {
  const studio = useStudio()
  const update = useStudioState(state => state.update)
  if (update !== 'ready' && update !== 'accepted') return null
  return (
    <div className="strip" role="status">
      <span>
        {update === 'accepted'
          ? 'Saving, then reloading…'
          : 'A new version of Scarp is ready. Your work stays.'}
      </span>
      <CommandButton command="update" />
      <Button
        className="button button-quiet"
        isDisabled={update === 'accepted'}
        onPress={() => studio.store.setState({ update: 'later' })}
      >
        Later
      </Button>
    </div>
  )
}
