import type { Command } from '../../state/commands/command'
import { keyLabel } from '../../state/commands/keyLabel'

const MAC = typeof navigator === 'object' && /Mac|iPhone|iPad/.test(navigator.platform)

/** The keys of a command as this person's keyboard names them. */
export function keysOf(command: Command): string[] {
  return [...new Set(command.keys.map(key => keyLabel(key, MAC)))]
}
