import { CommandButton } from '../controls/CommandButton'
import { SaveState } from '../session/SaveState'
import { useStudioState } from '../studioContext'
import { EngineBadge } from './EngineBadge'
import { FileInputs } from './FileInputs'
import { MenuBar } from './MenuBar'

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
      <FileInputs />
      <MenuBar />
      <span className="project-name">{name}</span>
      {!empty && <SaveState />}
      <span className="spacer" />
      <EngineBadge />
      <CommandButton command="palette" icon="search" iconOnly look="quiet" />
      <CommandButton command="cheat-sheet" icon="keyboard" iconOnly look="quiet" />
      <ColumnButton id="patches" />
      <ColumnButton id="panels" />
      <CommandButton command="export" icon="export" />
    </header>
  )
}

/** Drawn as where the column is; on while it is to be seen. */
function ColumnButton({ id }: { id: 'patches' | 'panels' }) {
  const shown = useStudioState(({ narrow, drawer, hiddenColumns }) =>
    narrow ? drawer === id : !hiddenColumns.includes(id),
  )
  return (
    <CommandButton command={`toggle-${id}`} icon={`${id}-column`} iconOnly look="quiet" pressed={shown} />
  )
}
