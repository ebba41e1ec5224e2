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
