import { CommandButton } from '../controls/CommandButton'
import { useStudioState } from '../studioContext'
import { EngineBadge } from './EngineBadge'
import { OpenButtons } from './OpenButtons'
import { SaveState } from './SaveState'

export function TopBar() {
  const name = useStudioState(state => state.project?.name ?? '')
  const empty = useStudioState(state => state.patches.length === 0)
  return (
    <header className="top-bar">
      <svg className="mark" viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
        <path className="mark-ridge" d="M2 19 9 5l4 6 3-3 6 11z" />
        <path className="mark-scarp" d="M9 5c2 4 1 7 3.500 9.500S15 18 15 19H8.500C8.500 14 7.500 10 9 5z" />
      </svg>
      <h1>Scarp</h1>
      <span className="project-name">{name}</span>
      {!empty && <SaveState />}
      <span className="spacer" />
      {!empty && <OpenButtons />}
      <EngineBadge />
      <CommandButton command="cheat-sheet" icon="keyboard" iconOnly look="quiet" />
      <CommandButton command="export" icon="export" />
    </header>
  )
}
