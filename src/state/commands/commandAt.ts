import type { ShellSlice } from '../slices/shellSlice'
import type { Command } from './command'
import { COMMANDS } from './commandList'
import { normaliseBinding } from './keyBinding'
import { keysFor } from './keysFor'

let known: { keymap: ShellSlice['keymap']; commands: ReadonlyMap<string, Command> } | null = null

/** The command that a binding (as `bindingsOf` spells it) starts with this person's keys; null: none. */
export function commandAt(keymap: ShellSlice['keymap'], binding: string): Command | null {
  if (known?.keymap !== keymap) known = { keymap, commands: commandsByBinding(keymap) }
  return known.commands.get(binding) ?? null
}

function commandsByBinding(keymap: ShellSlice['keymap']): Map<string, Command> {
  const commands = new Map<string, Command>()
  for (const command of COMMANDS) {
    for (const key of keysFor({ keymap }, command)) {
      const binding = normaliseBinding(key)
      if (binding !== null && !commands.has(binding)) commands.set(binding, command)
    }
  }
  return commands
}
