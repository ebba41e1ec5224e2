import { useEffect, useRef, useState } from 'react'
import {
  Button,
  Header,
  Input,
  ListBox,
  ListBoxItem,
  ListBoxSection,
  SearchField,
} from 'react-aria-components'
import type { Command } from '../../state/command'
import { COMMAND_GROUPS, commandById, commandsOf } from '../../state/commandList'
import {
  bindingConflict,
  bindingObstacle,
  bindTo,
  isRebindable,
  resetKeys,
  setKeymap,
  swapKeys,
} from '../../state/shell/keymap'
import { bindingsOf, keyLabel } from '../../state/shell/keys'
import { matchText } from '../../state/shell/palette'
import type { ShellSlice } from '../../state/shell/slice'
import { keysOf, mapKeysOf } from '../controls/CommandButton'
import { useStudio, useStudioState } from '../studioContext'
import { StudioDialog } from './StudioDialog'

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
          {capture.message ?? 'Choose a command to change its keys.'}
        </p>
        {capture.conflict && (
          <div className="button-row">
            <Button className="button button-primary" autoFocus onPress={capture.swap}>
              Swap
            </Button>
            <Button className="button button-plain" onPress={capture.leave}>
              Cancel
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
        renderEmptyState={() => <p className="hint">No results for “{query}”</p>}
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

export function matches(command: Command, query: string): boolean {
  if (query.trim() === '') return true
  return matchText(query, `${command.title} ${command.group} ${command.description ?? ''}`) >= 0.5
}

export function CheatRow({ command, capturing }: { command: Command; capturing: boolean }) {
  const keymap = useStudioState(state => state.shell.keymap)
  const keys = keysOf(keymap, command)
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

interface Conflict {
  command: Command
  other: Command
  binding: string
}

/** Waits for the new keys of a command; `done` is called when the question is settled, to bring the focus back. */
function useKeyCapture(done: () => void) {
  const studio = useStudio()
  const keymap = useStudioState(state => state.shell.keymap)
  const [command, setCommand] = useState<Command | null>(null)
  const [conflict, setConflict] = useState<Conflict | null>(null)
  const [said, setSaid] = useState<string | null>(null)

  const change = (next: ShellSlice['keymap'], changed: Command) => {
    setKeymap(studio, next)
    setSaid(`${changed.title} is now ${keysOf(next, changed).join(' or ') || 'without a key'}.`)
  }

  useEffect(() => {
    if (!command) return
    const onKey = (event: KeyboardEvent) => {
      const binding = bindingsOf(event)[0]
      event.preventDefault()
      event.stopPropagation()
      if (binding === undefined) return
      const now = studio.store.getState().shell.keymap
      if (binding === 'Escape') {
        setSaid(null)
      } else if (binding === 'Backspace') {
        const next = resetKeys(now, command.id)
        setKeymap(studio, next)
        setSaid(`${command.title} has its default keys again.`)
      } else {
        const obstacle = bindingObstacle(binding)
        if (obstacle) return setSaid(`${keyLabel(binding)}: ${obstacle}`)
        const other = bindingConflict(now, command.id, binding)
        if (other) setConflict({ command, other, binding })
        else {
          const next = bindTo(now, command.id, binding)
          setKeymap(studio, next)
          setSaid(`${command.title} is now ${keyLabel(binding)}.`)
        }
      }
      setCommand(null)
    }
    const stop = () => setCommand(null)
    window.addEventListener('keydown', onKey, { capture: true })
    window.addEventListener('pointerdown', stop, { capture: true })
    return () => {
      window.removeEventListener('keydown', onKey, { capture: true })
      window.removeEventListener('pointerdown', stop, { capture: true })
    }
  }, [command, studio])

  const settle = () => {
    setConflict(null)
    done()
  }
  return {
    command,
    conflict,
    changed: Object.keys(keymap).length > 0,
    message: conflict
      ? `${keyLabel(conflict.binding)} is already used by ${conflict.other.title}.`
      : command && said === null
        ? `${command.title}: press new keys. Backspace resets them, Escape cancels.`
        : said,
    begin: (next: Command) => {
      setConflict(null)
      setSaid(null)
      setCommand(next)
    },
    swap: () => {
      if (conflict) change(swapKeys(keymap, conflict.command.id, conflict.binding), conflict.command)
      settle()
    },
    leave: settle,
    resetAll: () => {
      setKeymap(studio, {})
      setSaid('All commands have their default keys again.')
      setConflict(null)
    },
  }
}
