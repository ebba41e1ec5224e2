/**
 * The name, or the name with "-2", "-3", ... behind it where it is taken, letter case aside: some file systems ignore it.
 *
 * @param taken names in lower case; the result is added.
 */
export function uniqueName(name: string, taken: Set<string>): string {
  let candidate = name
  for (let copy = 2; taken.has(candidate.toLowerCase()); copy++) candidate = `${name}-${copy}`
  taken.add(candidate.toLowerCase())
  return candidate
}

/** Each name once, in their order, so that files named after them never overwrite each other. */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>()
  return names.map(name => uniqueName(name, taken))
}
