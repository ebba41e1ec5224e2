import { Toolbar } from 'react-aria-components'
import { VIEW_MODES } from '../../state/commands/viewModeCommands'
import type { ViewMode } from '../../state/slices/viewModeSlice'
import { CommandButton } from '../controls/CommandButton'
import type { IconName } from '../controls/Icon'
import { useStudioState } from '../studioContext'

const ICONS: Readonly<Record<ViewMode, IconName>> = {
  single: 'single',
  swipe: 'swipe',
  'side-by-side': 'sides',
  sheet: 'sheet',
  map: 'map',
}

/** What the stage shows. */
export function ViewModes() {
  const mode = useStudioState(state => state.viewMode)
  return (
    <Toolbar className="view-modes" aria-label="View">
      {VIEW_MODES.map(({ id }) => (
        <CommandButton
          key={id}
          command={`mode-${id}`}
          icon={ICONS[id]}
          iconOnly
          look="quiet"
          pressed={mode === id}
        />
      ))}
    </Toolbar>
  )
}
