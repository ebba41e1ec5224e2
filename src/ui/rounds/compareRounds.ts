import type { RoundConfig, RoundRecord } from '../../core/refinement/round'

export interface Difference {
  name: string
  before: string
  after: string
}

/** Settings that two rounds do not share, by their names in the record. */
export function configDifferences(before: RoundConfig, after: RoundConfig): Difference[] {
  const [a, b] = [flat(before), flat(after)]
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter(name => a[name] !== b[name])
    .sort()
    .map(name => ({ name, before: a[name] ?? '–', after: b[name] ?? '–' }))
}

/** Every setting of a round by its name in the record, as text, in the order of the record. */
export function configEntries(config: RoundConfig): [string, string][] {
  return Object.entries(flat(config))
}

function flat(value: object, prefix = ''): Record<string, string> {
  const out: Record<string, string> = {}
  for (const [name, item] of Object.entries(value)) {
    if (Array.isArray(item)) out[prefix + name] = item.join(', ')
    else if (typeof item === 'object' && item !== null) Object.assign(out, flat(item, `${prefix}${name}.`))
    else out[prefix + name] = item === null ? 'off' : String(item)
  }
  return out
}

/** Families of either round, in the order in which they appear. */
export function familiesOf(before: RoundRecord, after: RoundRecord) {
  return [...new Set([...before.networks, ...after.networks].map(network => network.family))]
}
