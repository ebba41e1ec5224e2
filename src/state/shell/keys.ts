import { type Command, type CommandGroup, isAvailable } from '../command'
import { COMMANDS, commandById } from '../commandList'
import type { Studio } from '../studio'
import { closeDialog } from './actions'
import type { ShellSlice } from './slice'

/** The parts of a KeyboardEvent that say which key was pressed. */
export type PressedKey = Pick<
  KeyboardEvent,
  'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey' | 'getModifierState'
>

const MODIFIERS = ['$mod', 'Alt', 'Shift'] as const

const NAMED =
  /^(Space|Escape|Enter|Tab|Backspace|Delete|Insert|Home|End|PageUp|PageDown|Arrow(Up|Down|Left|Right)|F([1-9]|1[0-2])|Digit\d)$/

const LETTER = /^\p{L}$/u

/** A press of these alone is the beginning of another, never a binding. */
const MODIFIER_KEYS = new Set(['Control', 'Meta', 'Alt', 'AltGraph', 'Shift', 'CapsLock', 'Dead', 'Process'])

/**
 * A binding in its one spelling: modifiers in the order $mod (Ctrl, or Cmd on a Mac), Alt, Shift; letters small;
 * without Shift where the character itself needs it ("Shift+?" is "?", since keyboards differ in that).
 * Null where the text names no key.
 */
export function normaliseBinding(text: string): string | null {
  const parts = text.endsWith('++') ? [...text.slice(0, -2).split('+'), '+'] : text.split('+')
  const key = text === '+' ? '+' : (parts.pop() ?? '')
  const modifiers = text === '+' ? [] : parts
  if (modifiers.some(name => !(MODIFIERS as readonly string[]).includes(name))) return null
  const single = [...key].length === 1
  if ((!single && !NAMED.test(key)) || key === ' ') return null
  const shifted = modifiers.includes('Shift') && (!single || LETTER.test(key) || modifiers.includes('$mod'))
  return spell(single ? key.toLowerCase() : key, {
    mod: modifiers.includes('$mod'),
    alt: modifiers.includes('Alt'),
    shift: shifted,
  })
}

/**
 * What a press may mean, the likeliest first. Letters go by what the key types, so that a layout's own letters
 * count; on layouts of other scripts, and for shifted digits, by the key's place. AltGr types a character: its
 * Ctrl and Alt are not meant.
 */
export function bindingsOf(event: PressedKey): string[] {
  if (MODIFIER_KEYS.has(event.key)) return []
  const typed = event.getModifierState('AltGraph')
  const held = {
    mod: (event.ctrlKey || event.metaKey) && !typed,
    alt: event.altKey && !typed,
    shift: event.shiftKey,
  }
  const digit = /^Digit\d$/.test(event.code) ? event.code : null
  const place = /^Key([A-Z])$/.exec(event.code)?.[1]?.toLowerCase()
  const found: string[] = []
  if (digit && held.shift) found.push(spell(digit, held))
  const key = event.key === ' ' ? 'Space' : event.key
  if ([...key].length > 1) found.push(spell(key, held))
  else if (!LETTER.test(key)) found.push(spell(key, { ...held, shift: held.shift && held.mod }))
  else if (/^[a-z]$/i.test(key) || !place) found.push(spell(key.toLowerCase(), held))
  else found.push(spell(place, held))
  // Option on a Mac types another character: its place says which letter was meant.
  if (held.alt && place) found.push(spell(place, held))
  if (digit && !held.shift && !typed) found.push(spell(digit.slice(5), held))
  return [...new Set(found)]
}

function spell(key: string, held: { mod: boolean; alt: boolean; shift: boolean }): string {
  return [held.mod && '$mod', held.alt && 'Alt', held.shift && 'Shift', key].filter(Boolean).join('+')
}
const NAMES: Readonly<Record<string, string>> = {
  $mod: 'Ctrl',
  Space: 'Space',
  Escape: 'Esc',
  ArrowDown: '↓',
  ArrowUp: '↑',
  ArrowLeft: '←',
  ArrowRight: '→',
}

/** A binding as a person reads it: "$mod+Shift+z" -> "Ctrl+Shift+Z", on a Mac "⌘⇧Z". */
export function keyLabel(binding: string, mac = false): string {
  const parts = binding.split('+').map(part => {
    if (mac && part === '$mod') return '⌘'
    if (mac && part === 'Shift') return '⇧'
    const name = part.replace(/^Digit/, '')
    return NAMES[name] ?? (name.length === 1 ? name.toUpperCase() : name)
  })
  // A question mark needs Shift on most keyboards; nobody reads it as "Shift+?".
  if (parts.at(-1) === '?') return '?'
  return parts.join(mac ? '' : '+')
}

/** The keys of a command in force: those that the person chose, else its own. Empty: it has none. */
export function keysFor(keymap: Keymap, command: Command): readonly string[] {
  return keymap[command.id] ?? command.keys
}

/** Worked out once for each keymap. */
const commandsOf = new WeakMap<ShellSlice['keymap'], ReadonlyMap<string, Command>>()

/** The command that a binding (as `bindingsOf` spells it) starts with this person's keys; null: none. */
function commandAt(keymap: ShellSlice['keymap'], binding: string): Command | null {
  const commands = commandsOf.get(keymap) ?? commandsByBinding(keymap)
  commandsOf.set(keymap, commands)
  return commands.get(binding) ?? null
}

function commandsByBinding(keymap: ShellSlice['keymap']): Map<string, Command> {
  const commands = new Map<string, Command>()
  for (const command of COMMANDS) {
    for (const key of keysFor(keymap, command)) {
      const binding = normaliseBinding(key)
      if (binding !== null && !commands.has(binding)) commands.set(binding, command)
    }
  }
  return commands
}

type Keymap = ShellSlice['keymap']

/** Keys by which people leave a place, and those that browsers keep for themselves. */
const RESERVED = /^((Shift\+)?(Escape|Tab)|\$mod\+(t|w|n|r|l|q|Shift\+[tnwr])|F5|F11|F12|Alt\+F4)$/

/** Why a binding cannot be given to any command, in words for a person; null: it can. */
export function bindingObstacle(binding: string): string | null {
  if (normaliseBinding(binding) === null) return 'That is no key that a command can have.'
  return RESERVED.test(binding)
    ? 'That key belongs to the browser or to moving about: choose another one.'
    : null
}

/** Escape always stops what runs: the command that has it keeps it. */
export function isRebindable(command: Command): boolean {
  return !command.keys.includes('Escape')
}

/** The other command that has a binding; null: it is free. */
export function bindingConflict(keymap: Keymap, id: string, binding: string): Command | null {
  const other = commandAt(keymap, binding)
  return other && other.id !== id ? other : null
}

/** Gives a command one key in place of those it had. Throws where the key is taken or reserved. */
export function bindTo(keymap: Keymap, id: string, binding: string): Keymap {
  const obstacle = bindingObstacle(binding)
  const conflict = bindingConflict(keymap, id, binding)
  if (obstacle || conflict) throw new RangeError(obstacle ?? `${conflict?.title} has that key.`)
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
  const taken = new Map<string, string>()
  for (const command of COMMANDS) {
    for (const key of keysFor(keymap, command).map(normaliseBinding)) {
      if (key === null) continue
      if ((taken.get(key) ?? command.id) !== command.id) return {}
      taken.set(key, command.id)
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

/** Fields in which letters are text. */
const TYPING =
  'input:not([type=range]):not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]'

/** Keys that the focused control itself answers; Space and arrows stand for all of them. */
const CONTROL_KEYS = /^(Shift\+)?(Space|Enter|Arrow(Up|Down|Left|Right)|Home|End|PageUp|PageDown)$/

const CONTROLS =
  'button, input, a[href], [role=option], [role=row], [role=slider], [role=switch], [role=radio], [role=separator]'

/** Here keys search or choose; a dialog that lets work go on says so with data-keys="pass". */
const OWN_KEYS =
  '[role=menu], [role=listbox].select-list, [role=dialog]:not([data-keys=pass]), [role=alertdialog]'

/**
 * Binds every command's keys, as this person set them, on the window. What is pressed while the project opens runs
 * once it is open, so that no key is lost between the first picture and the records behind it.
 *
 * @returns unbinds them
 */
export function bindKeys(target: Window, studio: Studio): () => void {
  /** Commands that act while their key is held, by the key's place: what it types may change meanwhile. */
  const held = new Map<string, Command>()
  const early: Command[] = []
  const onPress = (event: KeyboardEvent) => press(studio, event, held, early)
  const stopWaiting = studio.store.subscribe(({ session }, before) => {
    if (session.phase !== 'ready' || before.session.phase !== 'opening') return
    // After every other listener has seen the open project.
    queueMicrotask(() => {
      for (const command of early.splice(0)) {
        if (isAvailable(studio.store.getState(), command)) command.run(studio)
      }
    })
  })
  const onRelease = (event: KeyboardEvent) => {
    held.get(event.code)?.release?.(studio)
    held.delete(event.code)
  }
  // A key let go of in another window never reports it.
  const releaseAll = () => {
    for (const command of held.values()) command.release?.(studio)
    held.clear()
  }
  target.addEventListener('keydown', onPress)
  target.addEventListener('keyup', onRelease)
  target.addEventListener('blur', releaseAll)
  return () => {
    stopWaiting()
    target.removeEventListener('keydown', onPress)
    target.removeEventListener('keyup', onRelease)
    target.removeEventListener('blur', releaseAll)
  }
}

/** Groups whose commands neither read the project nor lose what they set when it opens. */
const NEEDS_NO_PROJECT: ReadonlySet<CommandGroup> = new Set(['Window', 'Help'])

/** A verdict or an edit is meant for the patch on screen, and none is yet; a key that acts while held is let go by then. */
function mayWait({ changesProject, group, release }: Command): boolean {
  return !release && (!changesProject || group === 'Project')
}

function press(
  studio: Studio,
  event: KeyboardEvent,
  held: Map<string, Command>,
  /** Takes what must wait for the project. */
  early: Command[],
): void {
  const state = studio.store.getState()
  if (event.defaultPrevented || event.isComposing) return
  if (state.shell.dialog !== null) {
    // A dialog closes itself on Escape while it holds the focus; this is for when nothing does.
    if (event.key === 'Escape') closeDialog(studio)
    return
  }
  const focused = event.target instanceof Element ? event.target : null
  if (focused?.closest(OWN_KEYS)) return
  const typing = focused?.matches(TYPING) ?? false
  for (const binding of bindingsOf(event)) {
    const command = commandAt(state.shell.keymap, binding)
    if (!command) continue
    if (typing && !command.inFields) return
    if (CONTROL_KEYS.test(binding) && focused?.closest(CONTROLS)) return
    if (state.session.phase === 'opening' && !NEEDS_NO_PROJECT.has(command.group)) {
      event.preventDefault()
      if (!event.repeat && mayWait(command)) early.push(command)
      return
    }
    if (!isAvailable(state, command)) return
    event.preventDefault()
    if (command.release) {
      if (event.repeat) return
      held.set(event.code, command)
    }
    command.run(studio)
    return
  }
}
