/** The names, those that occurred before with "-2", "-3" behind them, as file systems tell them apart. */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>()
  return names.map(name => {
    let candidate = name
    for (let count = 2; taken.has(candidate.toLowerCase()); count++) candidate = `${name}-${count}`
    taken.add(candidate.toLowerCase())
    return candidate
  })
}
