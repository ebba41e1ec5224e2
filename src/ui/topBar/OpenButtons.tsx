import { Button } from 'react-aria-components'
import { CommandButton } from '../controls/CommandButton'
import { Icon } from '../controls/Icon'
import { useStudioState } from '../studioContext'
import { useFileOpeners } from './useFileOpeners'

/** The three ways in. They stand in the empty state while the project is empty, in the top bar afterwards. */
export function OpenButtons({ prominent = false }: { prominent?: boolean }) {
  const { inputs, openFiles, openFolder } = useFileOpeners()
  const ready = useStudioState(state => state.phase === 'ready' && !state.jobs.import)
  const look = `button ${prominent ? 'button-plain button-large' : 'button-quiet'}`
  return (
    <div className="button-row">
      {inputs}
      <Button className={look} isDisabled={!ready} onPress={openFiles}>
        <Icon name="files" />
        <span className="button-text">Open files</span>
      </Button>
      <Button className={look} isDisabled={!ready} onPress={openFolder}>
        <Icon name="folder" />
        <span className="button-text">Open folder</span>
      </Button>
      <span className={prominent ? 'demo-button button-large-host' : 'demo-button'}>
        <CommandButton command="open-demo" icon="demo" look={prominent ? 'primary' : 'quiet'} />
      </span>
    </div>
  )
}
