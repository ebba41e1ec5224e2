import type { Command } from '../command'
import { COMMANDS, commandById } from '../commandList'
import type { Studio } from '../studio'
import { normaliseBinding } from './keys'
import type { ShellSlice } from './slice'

type Keymap = ShellSlice['keymap']

/** The current keys of a command: those that the person chose, else its own. Empty: it has none. */
export function keysFor(keymap: Keymap, command: Command): readonly string[] {
  return keymap[command.id] ?? command.keys
}

/** Worked out once for each keymap. */
const commandsOf = new WeakMap<Keymap, ReadonlyMap<string, readonly Command[]>>()

/** The commands that have a binding, as `bindingsOf` spells it: no two of them act in the same place. */
function commandsWith(keymap: Keymap, binding: string): readonly Command[] {
  const commands = commandsOf.get(keymap) ?? commandsByBinding(keymap)
  commandsOf.set(keymap, commands)
  return commands.get(binding) ?? []
}

/**
 * The command that a binding starts with this person's keys; null: none.
 *
 * @param auditing whether a point audit is on the stage, which has keys of its own
 */
export function commandAt(keymap: Keymap, binding: string, auditing = false): Command | null {
  const commands = commandsWith(keymap, binding)
  const inAudit = commands.find(({ where }) => where !== undefined)
  const inStudio = commands.find(({ where }) => where !== 'audit')
  return (auditing ? (inAudit ?? inStudio) : inStudio) ?? null
}

/** Whether two commands may act at the same time, so that their keys have to differ. */
function meet(one: Command, other: Command): boolean {
  return one.where === other.where || one.where === 'everywhere' || other.where === 'everywhere'
}

function commandsByBinding(keymap: Keymap): Map<string, Command[]> {
  const commands = new Map<string, Command[]>()
  for (const command of COMMANDS) {
    for (const key of keysFor(keymap, command)) {
      const binding = normaliseBinding(key)
      if (binding === null) continue
      const others = commands.get(binding) ?? []
      if (!others.some(other => meet(other, command))) commands.set(binding, [...others, command])
    }
  }
  return commands
}

/** Keys by which people leave a place, and those that browsers keep for themselves. */
const RESERVED = /^((Shift\+)?(Escape|Tab)|\$mod\+(t|w|n|r|l|q|Shift\+[tnwr])|F5|F11|F12|Alt\+F4)$/

/** Why a binding cannot be given to any command, in words for a person; null: it can. */
export function bindingObstacle(binding: string): string | null {
  if (normaliseBinding(binding) === null) return "That key can't be a shortcut."
  return RESERVED.test(binding)
    ? 'That key is reserved by the browser or for navigation: choose another.'
    : null
}

/** Escape always stops what runs: the command that has it keeps it. */
export function isRebindable(command: Command): boolean {
  return !command.keys.includes('Escape')
}

/** The other command that has a binding; null: it is free. */
export function bindingConflict(keymap: Keymap, id: string, binding: string): Command | null {
  const command = commandById(id)
  return commandsWith(keymap, binding).find(other => other.id !== id && meet(command, other)) ?? null
}

/** Gives a command one key instead of those it had. Throws where the key is taken or reserved. */
export function bindTo(keymap: Keymap, id: string, binding: string): Keymap {
  const obstacle = bindingObstacle(binding)
  const conflict = bindingConflict(keymap, id, binding)
  if (obstacle || conflict) throw new RangeError(obstacle ?? `${conflict?.title} already uses that key.`)
  return withKeys(keymap, id, [binding])
}

/** Gives a command the key of another one, which gets what this one had in its place. */
export function swapKeys(keymap: Keymap, id: string, binding: string): Keymap {
  const other = bindingConflict(keymap, id, binding)
  if (!other) return bindTo(keymap, id, binding)
  const mine = keysFor(keymap, commandById(id))
  const theirs = keysFor(keymap, other).filter(key => normaliseBinding(key) !== binding)
  return withKeys(withKeys(keymap, other.id, [...theirs, ...mine]), id, [binding])
}

/** Back to a command's own keys; another that has one of them meanwhile loses it. */
export function resetKeys(keymap: Keymap, id: string): Keymap {
  const own = commandById(id).keys.map(normaliseBinding)
  let next: Keymap = keymap
  for (const binding of own) {
    const other = binding === null ? null : bindingConflict(next, id, binding)
    if (!other) continue
    next = withKeys(
      next,
      other.id,
      keysFor(next, other).filter(key => normaliseBinding(key) !== binding),
    )
  }
  const { [id]: _, ...rest } = next
  return rest
}

/** Gives commands these keys; what is not sound of them is left out. */
export function setKeymap({ store }: Pick<Studio, 'store'>, keymap: Keymap): void {
  store.change({ shell: { keymap: soundKeymap(keymap) } })
}

/** What of a stored keymap is sound: commands that exist, keys that may be given, no key twice. */
export function soundKeymap(stored: Keymap): Keymap {
  let keymap: Keymap = {}
  for (const command of COMMANDS) {
    const keys = stored[command.id]
    if (!keys || !isRebindable(command)) continue
    const sound = keys.map(normaliseBinding).filter(key => key !== null)
    if (sound.length < keys.length) continue
    if (sound.every(key => bindingObstacle(key) === null)) keymap = { ...keymap, [command.id]: sound }
  }
  // A swap makes sense as a whole only: conflicts are looked for once every entry is in.
  const taken = new Map<string, Command[]>()
  for (const command of COMMANDS) {
    for (const key of keysFor(keymap, command).map(normaliseBinding)) {
      if (key === null) continue
      const others = taken.get(key) ?? []
      if (others.some(other => other.id !== command.id && meet(other, command))) return {}
      taken.set(key, [...others, command])
    }
  }
  return keymap
}

function withKeys(keymap: Keymap, id: string, keys: readonly string[]): Keymap {
  const own = commandById(id).keys.map(normaliseBinding)
  const same = own.length === keys.length && keys.every(key => own.includes(normaliseBinding(key)))
  if (!same) return { ...keymap, [id]: [...keys] }
  const { [id]: _, ...rest } = keymap
  return rest
}
