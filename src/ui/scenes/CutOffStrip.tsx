import { useMemo } from 'react'
import { Button } from 'react-aria-components'
import { plural } from '../../core/foundation/text'
import { addWaiting, forgetWaiting } from '../../state/scenes/addScene'
import { askAboutScene } from '../../state/scenes/sceneActions'
import { cellsOf, cutOffScene } from '../../state/scenes/selectors'
import { CommandButton } from '../controls/CommandButton'
import { Icon } from '../controls/Icon'
import { useStudio, useStudioState } from '../studioContext'

/** A scene that is not added whole: continues with it, or takes it out. */
export function CutOffStrip() {
  const studio = useStudio()
  const scenes = useStudioState(state => state.scenes)
  const patches = useStudioState(state => state.patches)
  const session = useStudioState(state => state.session)
  const isRunning = useStudioState(state => state.shell.jobs.scene !== undefined)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the state read inside changes with exactly these.
  const cutOff = useMemo(
    () => cutOffScene(studio.store.getState()),
    [studio, scenes, session.phase, session.access, isRunning],
  )
  if (!cutOff) return null
  const { name, record, hasFiles } = cutOff
  const cells = record ? cellsOf({ patches }, record.id).length : 0
  return (
    <section className="strip session-strip" aria-label="Scene not whole">
      <Icon name="warning" />
      <p role="status">
        {name} is not added whole: {plural(cells, 'cell')} so far.
        {!hasFiles && ' Drop the same files again to continue.'}
      </p>
      <span className="spacer" />
      {hasFiles ? (
        <Button className="button button-primary" onPress={() => void addWaiting(studio)}>
          Continue
        </Button>
      ) : (
        <CommandButton command="open-files" look="primary" />
      )}
      <Button
        className="button button-plain"
        onPress={() =>
          record ? askAboutScene(studio, record.id, 'remove-scene') : forgetWaiting(studio, name)
        }
      >
        {record ? 'Remove scene' : 'Leave it out'}
      </Button>
    </section>
  )
}
