import type { Command, CommandGroup } from './command'
import { editCommands } from './edit/commands'
import { layerCommands } from './layers/commands'
import { modelCommands } from './models/commands'
import { fileCommands, patchCommands } from './patches/commands'
import { landslideCommands, reviewCommands } from './review/commands'
import { roundCommands } from './rounds/commands'
import { sessionCommands } from './session/commands'
import { cancelCommand, shellCommands } from './shell/commands'
import { viewCommands } from './view/commands'

/** Everything a person can do, in the order in which menus and the cheat sheet list a group. */
export const COMMANDS: readonly Command[] = [
  ...modelCommands,
  ...reviewCommands,
  ...landslideCommands,
  ...patchCommands,
  ...editCommands,
  ...layerCommands,
  ...viewCommands,
  ...fileCommands,
  cancelCommand,
  ...roundCommands,
  ...sessionCommands,
  ...shellCommands,
]

const byId = new Map(COMMANDS.map(command => [command.id, command]))

export function commandById(id: string): Command {
  const command = byId.get(id)
  if (!command) throw new Error(`There is no command "${id}".`)
  return command
}

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
