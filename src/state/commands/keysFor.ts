import type { StudioState } from '../studioState'
import type { Command } from './command'

/** The keys of a command in force: those that the person chose, else its own. Empty: it has none. */
export function keysFor(state: Pick<StudioState, 'keymap'>, command: Command): readonly string[] {
  return state.keymap[command.id] ?? command.keys
}
