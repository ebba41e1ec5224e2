import { useRef, useState } from 'react'
import {
  Button,
  Header,
  Input,
  ListBox,
  ListBoxItem,
  ListBoxSection,
  SearchField,
} from 'react-aria-components'
import type { Command } from '../../state/commands/command'
import { commandById } from '../../state/commands/commandList'
import { matchText } from '../../state/commands/matchText'
import { COMMAND_GROUPS, commandsOf } from '../../state/commands/menus'
import { isRebindable } from '../../state/commands/rebindKeys'
import { keysOf, mapKeysOf } from '../controls/keysOf'
import { useStudioState } from '../studioContext'
import { StudioDialog } from './StudioDialog'
import { useKeyCapture } from './useKeyCapture'

/** Every command with its keys, by group; Enter on one gives it others. */
export function CheatSheet() {
  const [query, setQuery] = useState('')
  const list = useRef<HTMLDivElement>(null)
  const capture = useKeyCapture(() => list.current?.focus())
  const groups = COMMAND_GROUPS.map(group => ({
    group,
    commands: commandsOf(group).filter(command => matches(command, query)),
  })).filter(({ commands }) => commands.length > 0)
  return (
    <StudioDialog title="Keyboard shortcuts" wide>
      <div className="cheat-head">
        <SearchField
          className="cheat-search"
          aria-label="Find in the shortcuts"
          value={query}
          onChange={setQuery}
        >
          <Input className="text-input" placeholder="Find" />
        </SearchField>
        <p className="hint cheat-hint" role="status">
          {capture.message ?? 'Choose a command to give it other keys.'}
        </p>
        {capture.conflict && (
          <div className="button-row">
            <Button className="button button-primary" autoFocus onPress={capture.swap}>
              Swap
            </Button>
            <Button className="button button-plain" onPress={capture.leave}>
              Leave as it was
            </Button>
          </div>
        )}
        <Button className="button button-quiet" isDisabled={!capture.changed} onPress={capture.resetAll}>
          Reset all keys
        </Button>
      </div>
      <ListBox
        ref={list}
        className="cheat-sheet"
        aria-label="Commands and their keys"
        selectionMode="none"
        renderEmptyState={() => <p className="hint">Nothing is called “{query}”.</p>}
        onAction={id => capture.begin(commandById(String(id)))}
      >
        {groups.map(({ group, commands }) => (
          <ListBoxSection key={group} className="cheat-group">
            <Header className="cheat-title">{group}</Header>
            {commands.map(command => (
              <CheatRow key={command.id} command={command} capturing={capture.command?.id === command.id} />
            ))}
          </ListBoxSection>
        ))}
      </ListBox>
    </StudioDialog>
  )
}

function matches(command: Command, query: string): boolean {
  if (query.trim() === '') return true
  return matchText(query, `${command.title} ${command.group} ${command.description ?? ''}`) >= 0.5
}

function CheatRow({ command, capturing }: { command: Command; capturing: boolean }) {
  const keymap = useStudioState(state => state.keymap)
  const keys = keysOf({ keymap }, command)
  const onMap = mapKeysOf(command)
  const spoken = [...keys, ...onMap.map(key => `${key} on the map`)].join(' or ')
  const name = `${command.title}: ${spoken || 'no key'}`
  return (
    <ListBoxItem
      id={command.id}
      className="cheat-row"
      textValue={command.title}
      aria-label={name}
      isDisabled={!isRebindable(command)}
    >
      <span>{command.title}</span>
      <span className="cheat-keys">
        {capturing ? <em>press keys…</em> : keys.map(key => <kbd key={key}>{key}</kbd>)}
        {!capturing && onMap.length > 0 && (
          <>
            <span className="cheat-place">on the map</span>
            {onMap.map(key => (
              <kbd key={key}>{key}</kbd>
            ))}
          </>
        )}
        {keymap[command.id] && !capturing && <span className="cheat-changed" title="Changed by you" />}
      </span>
    </ListBoxItem>
  )
}
