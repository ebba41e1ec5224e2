import type { Command } from './command'
import { editCommands } from './editCommands'
import { landslideCommands } from './landslideCommands'
import { layerCommands } from './layerCommands'
import { projectCommands } from './projectCommands'
import { queueCommands } from './queueCommands'
import { reviewCommands } from './reviewCommands'
import { roundCommands } from './roundCommands'
import { sessionCommands } from './sessionCommands'
import { shellCommands } from './shellCommands'
import { toolCommands } from './toolCommands'
import { viewCommands } from './viewCommands'
import { viewModeCommands } from './viewModeCommands'

/** Everything a person can do, in the order of the cheat sheet. */
export const COMMANDS: readonly Command[] = [
  ...reviewCommands,
  ...queueCommands,
  ...landslideCommands,
  ...toolCommands,
  ...editCommands,
  ...viewCommands,
  ...layerCommands,
  ...viewModeCommands,
  ...projectCommands,
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
