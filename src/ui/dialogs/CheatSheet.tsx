import type { CommandGroup } from '../../state/commands/command'
import { COMMANDS } from '../../state/commands/commandList'
import { keysOf } from '../controls/keysOf'
import { useStudioState } from '../studioContext'
import { StudioDialog } from './StudioDialog'

const GROUPS: readonly CommandGroup[] = ['Review', 'Tools', 'View', 'Patches', 'Project']

export function CheatSheet() {
  const keymap = useStudioState(state => state.keymap)
  return (
    <StudioDialog title="Keyboard shortcuts" wide>
      <div className="cheat-sheet">
        {GROUPS.map(group => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {COMMANDS.filter(command => command.group === group && command.keys.length > 0).map(command => (
                <div key={command.id}>
                  <dt>{command.title}</dt>
                  <dd>
                    {keysOf({ keymap }, command).map(key => (
                      <kbd key={key}>{key}</kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </StudioDialog>
  )
}
