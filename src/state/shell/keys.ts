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
  Backspace: '⌫',
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
