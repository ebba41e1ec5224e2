/**
 * The name, or the name with "-2", "-3", ... behind it where it is taken, letter case and the way that accents are
 * encoded aside: some file systems ignore them.
 *
 * @param taken what the names come to there (`foldedName`); the result is added.
 */
export function uniqueName(name: string, taken: Set<string>): string {
  let candidate = name
  for (let copy = 2; taken.has(foldedName(candidate)); copy++) candidate = `${name}-${copy}`
  taken.add(foldedName(candidate))
  return candidate
}

/** Equal for names that some file system takes for one. */
function foldedName(name: string): string {
  return name.normalize('NFC').toLowerCase()
}

/** Each name once, in their order, so that files named after them never overwrite each other. */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>()
  return names.map(name => uniqueName(name, taken))
}
