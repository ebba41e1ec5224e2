import { Group, ToggleButton } from 'react-aria-components'
import { activatePane, paneState } from '../../../state/actions/viewModes'
import { commandById } from '../../../state/commands/commandList'
import type { PaneId } from '../../../state/slices/viewModeSlice'
import type { StudioState } from '../../../state/studioState'
import { useStudio, useStudioState } from '../../studioContext'

const SIDES: readonly { id: PaneId; title: string }[] = [
  { id: 'first', title: 'Left' },
  { id: 'second', title: 'Right' },
]

/** What each view shows, and which of the two the layers panel sets. */
export function PaneChips() {
  const studio = useStudio()
  const mode = useStudioState(state => state.viewMode)
  const active = useStudioState(state => state.activePane)
  const first = useStudioState(state => describePane(state, 'first'))
  const second = useStudioState(state => describePane(state, 'second'))
  const texts = { first, second }
  return (
    <Group className={`pane-chips pane-chips-${mode}`} aria-label="View that the layers panel sets">
      {SIDES.map(({ id, title }) => (
        <ToggleButton
          key={id}
          className={`pane-chip pane-chip-${id}`}
          aria-label={`${title} view: ${texts[id]}`}
          isSelected={active === id}
          onChange={() => activatePane(studio, id)}
        >
          {texts[id]}
        </ToggleButton>
      ))}
    </Group>
  )
}

function describePane(state: StudioState, pane: PaneId): string {
  const view = paneState(state, pane)
  const parts = [commandById(`base-${view.baseLayer}`).title]
  if (view.showProbability) parts.push(view.overlay.replaceAll('-', ' '))
  if (view.showMask) parts.push('mask')
  return parts.join(' + ')
}
