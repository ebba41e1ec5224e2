import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'
import { isAvailable } from '../../state/command'
import { commandById } from '../../state/commandList'
import { notPredicted, predictable } from '../../state/models/selectors'
import { chosenPatches } from '../../state/patches/selectors'
import type { StudioState } from '../../state/studioState'
import { CommandButton } from '../controls/CommandButton'
import { Icon } from '../controls/Icon'
import { useStudio, useStudioState } from '../studioContext'

const CHOICES: readonly { id: string; title: string; count: (state: StudioState) => number }[] = [
  { id: 'run-ensemble', title: 'All', count: state => predictable(state).length },
  { id: 'predict-new', title: 'Not predicted', count: state => notPredicted(state).length },
  { id: 'predict-selection', title: 'Selected', count: state => chosenPatches(state).length },
]

/** Runs the ensemble, and beside it the choice of the patches. */
export function RunButtons({ primary }: { primary: boolean }) {
  return (
    <span className="split-button">
      <CommandButton command="run-ensemble" icon="run" look={primary ? 'primary' : 'plain'} />
      <MenuTrigger>
        <Button
          className={`button button-icon button-${primary ? 'primary' : 'plain'}`}
          aria-label="Choose patches to predict"
        >
          <Icon name="next" />
        </Button>
        <Popover className="popover menu-popover" placement="top end" offset={4}>
          <RunMenu />
        </Popover>
      </MenuTrigger>
    </span>
  )
}

function RunMenu() {
  const studio = useStudio()
  const state = useStudioState(current => current)
  return (
    <Menu
      className="menu run-menu"
      aria-label="Predict"
      disabledKeys={CHOICES.filter(({ id }) => !isAvailable(state, commandById(id))).map(({ id }) => id)}
      onAction={id => void commandById(String(id)).run(studio)}
    >
      {CHOICES.map(({ id, title, count }) => (
        <MenuItem key={id} id={id} className="menu-item" textValue={title}>
          <span />
          <span>{title}</span>
          <span className="dim tabular">{count(state).toLocaleString('en')}</span>
        </MenuItem>
      ))}
    </Menu>
  )
}
