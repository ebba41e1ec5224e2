import type { Command } from '../../state/commands/command'
import { keyLabel } from '../../state/commands/keyLabel'
import { keysFor } from '../../state/commands/keysFor'
import type { StudioState } from '../../state/studioState'
import { useStudioState } from '../studioContext'

const MAC = typeof navigator === 'object' && /Mac|iPhone|iPad/.test(navigator.platform)

/** The keys of a command in force, as this person's keyboard names them. */
export function keysOf(state: Pick<StudioState, 'keymap'>, command: Command): string[] {
  return [...new Set(keysFor(state, command).map(key => keyLabel(key, MAC)))]
}

/** Its keys that act only while the map holds the focus. */
export function mapKeysOf({ mapKeys = [] }: Command): string[] {
  return mapKeys.map(key => keyLabel(key, MAC))
}

export function useKeysOf(command: Command): string[] {
  const keymap = useStudioState(state => state.keymap)
  return keysOf({ keymap }, command)
}
