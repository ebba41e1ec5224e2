import { canChange } from '../selectors'
import type { StudioState } from '../studioState'
import type { Command } from './command'

/** Whether a command may run now: the one question that keys, buttons, menus and the palette ask. */
export function isAvailable(state: StudioState, command: Command): boolean {
  return command.isEnabled(state) && (!command.changesProject || canChange(state))
}
