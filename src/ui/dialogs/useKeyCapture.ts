import { useEffect, useState } from 'react'
import type { Command } from '../../state/commands/command'
import { bindingsOf } from '../../state/commands/keyBinding'
import { keyLabel } from '../../state/commands/keyLabel'
import {
  bindingConflict,
  bindingObstacle,
  bindTo,
  resetKeys,
  swapKeys,
} from '../../state/commands/rebindKeys'
import type { ShellSlice } from '../../state/slices/shellSlice'
import { keysOf } from '../controls/keysOf'
import { useStudio, useStudioState } from '../studioContext'

interface Conflict {
  command: Command
  other: Command
  binding: string
}

/** Waits for the new keys of a command; `done` is called when the question is settled, to bring the focus back. */
export function useKeyCapture(done: () => void) {
  const studio = useStudio()
  const keymap = useStudioState(state => state.keymap)
  const [command, setCommand] = useState<Command | null>(null)
  const [conflict, setConflict] = useState<Conflict | null>(null)
  const [said, setSaid] = useState<string | null>(null)

  const change = (next: ShellSlice['keymap'], changed: Command) => {
    studio.store.setState({ keymap: next })
    setSaid(`${changed.title} has ${keysOf({ keymap: next }, changed).join(' or ') || 'no key'} now.`)
  }

  useEffect(() => {
    if (!command) return
    const onKey = (event: KeyboardEvent) => {
      const binding = bindingsOf(event)[0]
      event.preventDefault()
      event.stopPropagation()
      if (binding === undefined) return
      const now = studio.store.getState().keymap
      if (binding === 'Escape') {
        setSaid(null)
      } else if (binding === 'Backspace') {
        const next = resetKeys(now, command.id)
        studio.store.setState({ keymap: next })
        setSaid(`${command.title} has its own keys again.`)
      } else {
        const obstacle = bindingObstacle(binding)
        if (obstacle) return setSaid(`${keyLabel(binding)}: ${obstacle}`)
        const other = bindingConflict(now, command.id, binding)
        if (other) setConflict({ command, other, binding })
        else {
          const next = bindTo(now, command.id, binding)
          studio.store.setState({ keymap: next })
          setSaid(`${command.title} has ${keyLabel(binding)} now.`)
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
      ? `${keyLabel(conflict.binding)} belongs to ${conflict.other.title}.`
      : command && said === null
        ? `${command.title}: press its new keys. Backspace gives back its own, Escape leaves it.`
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
      studio.store.setState({ keymap: {} })
      setSaid('Every command has its own keys again.')
      setConflict(null)
    },
  }
}
