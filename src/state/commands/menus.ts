import type { Command, CommandGroup } from './command'
import { COMMANDS } from './commandList'

export interface CommandMenu {
  title: string
  /** One section of the menu each. */
  groups: readonly CommandGroup[]
}

export const MENUS: readonly CommandMenu[] = [
  { title: 'Project', groups: ['Project'] },
  { title: 'Edit', groups: ['Edit', 'Tools'] },
  { title: 'View', groups: ['Layers', 'View', 'Window'] },
  { title: 'Review', groups: ['Review', 'Patches'] },
  { title: 'Rounds', groups: ['Rounds'] },
  { title: 'Help', groups: ['Help'] },
]

/** In the order of the menus. */
export const COMMAND_GROUPS: readonly CommandGroup[] = MENUS.flatMap(menu => menu.groups)

/** Commands that a menu or the palette can run: not those that act only while their key is held. */
export function pressable(command: Command): boolean {
  return command.release === undefined
}

export function commandsOf(group: CommandGroup): Command[] {
  return COMMANDS.filter(command => command.group === group)
}
