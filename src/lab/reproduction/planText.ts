import { plural } from '../../core/foundation/text'
import { ENSEMBLE } from '../../core/rounds/ensemble'
import { type CompetitionFolder, OFFICIAL_COUNTS, TRACKS } from './competitionFolder'
import { duration } from './duration'
import { type Expectation, expectedHours, kindOf } from './expectations'
import type { NetworkUnit, Unit } from './planReproduction'
import type { UnitRecord } from './unitRecord'

/** What the folder holds, and whether that is the official split. */
export function describeSplits({ train, targets }: CompetitionFolder): string[] {
  const splits = [['train', train] as const, ...TRACKS.map(track => [track, targets[track]] as const)]
  const counts = splits.map(([name, { images, masks }]) => {
    const labelled = masks.length === 0 ? 'no masks' : plural(masks.length, 'mask')
    return `${name} ${plural(images.length, 'patch', 'patches')} (${labelled})`
  })
  const lines = [`${counts.join(', ')}.`]
  const official = splits.every(([name, { images }]) => images.length === OFFICIAL_COUNTS[name])
  if (!official) {
    const { train: trained, validation, test } = OFFICIAL_COUNTS
    lines.push(
      `The official split has ${trained}, ${validation} and ${test} patches: figures from other sets do not compare with the paper's.`,
    )
  }
  return lines
}

export interface PlanFacts {
  units: readonly Unit[]
  /** Ids of the units that this machine takes. */
  mine: ReadonlySet<string>
  expected: ReadonlyMap<string, Expectation>
  competition: CompetitionFolder
  heldOutShare: number
  /** Bytes that training may take, and that the adapter allows a buffer. */
  memory: number
  largest: number
  records: ReadonlyMap<string, UnitRecord>
  /** Hosts that are at units. */
  holders: ReadonlyMap<string, string>
}

/** The plan as a table: what each network takes of this machine, and what is done. */
export function describePlan(facts: PlanFacts): string[] {
  const { units, expected, memory } = facts
  const networks = units.filter((unit): unit is NetworkUnit => unit.network !== ENSEMBLE)
  const rows = networks.map(unit => {
    const found = expected.get(kindOf(unit))
    const hours = hoursOf(unit, facts)
    return [
      unit.id,
      unit.preset,
      `x${unit.config.scale}`,
      found ? batchText(found) : '',
      found ? gigabytes(found.peakBytes) : '',
      hours === null ? '' : duration(3600 * hours),
      stateOf(unit, facts),
    ]
  })
  const header = ['network', 'size', 'scale', 'batch', 'memory', 'time', 'state']
  return [
    ...aligned([header, ...rows]),
    `Memory is the peak of training, counted before any of it is taken, at that micro-batch (x accumulation); it must stay within ${gigabytes(memory)}, which is --memory, since WebGPU does not say how much an adapter has.`,
    ...refusalText(facts, networks),
    ...timingText(facts, networks),
    totalText(facts, networks),
  ]
}

function batchText({ passes }: Expectation): string {
  return passes ? `${passes.microBatch} x ${passes.accumulate}` : 'does not fit'
}

/** null where nothing was timed. */
function hoursOf(unit: NetworkUnit, { expected, competition, heldOutShare }: PlanFacts): number | null {
  const { train, targets } = competition
  const patches = {
    target: targets[unit.track].images.length,
    heldOut: Math.round(train.images.length * heldOutShare),
  }
  const found = expected.get(kindOf(unit))
  return found ? expectedHours(unit, found, patches) : null
}

function stateOf(unit: NetworkUnit, { records, holders, mine }: PlanFacts): string {
  if (records.has(unit.id)) return 'done'
  const host = holders.get(unit.id)
  if (host !== undefined) return `at ${host}`
  return mine.has(unit.id) ? 'to do' : 'for other machines'
}

/** Why networks do not fit. */
function refusalText({ expected, memory, largest }: PlanFacts, networks: readonly NetworkUnit[]): string[] {
  return [...new Set(networks.map(kindOf))].flatMap(kind => {
    const found = expected.get(kind)
    if (!found || found.passes) return []
    const why =
      found.largestBytes > largest
        ? `a buffer of ${gigabytes(found.largestBytes)}, and this adapter allows ${gigabytes(largest)}`
        : `${gigabytes(found.peakBytes)} of ${gigabytes(memory)}`
    return [`${kind} does not fit: it takes ${why}.`]
  })
}

/** How the times were found: measured whole, or in proportion to something smaller. */
function timingText({ expected }: PlanFacts, networks: readonly NetworkUnit[]): string[] {
  const kinds = [...new Map(networks.map(unit => [kindOf(unit), unit]))]
  const measured = kinds.flatMap(([kind, { config }]) => {
    const { passes, timing } = expected.get(kind) ?? {}
    return passes && timing ? [{ kind, passes, timing, side: config.cropSize }] : []
  })
  if (measured.length === 0) return ['No times: nothing was timed.']
  const parts = measured.filter(
    ({ passes, timing, side }) => timing.side < side || timing.microBatch < passes.microBatch,
  )
  const whole = measured.length - parts.length
  const lines = [
    `Times are from two training steps of each kind of network on this adapter, just now or when this folder was begun: an estimate, which other work on the machine upsets. ${whole} of ${measured.length} kinds of network were timed at full size.`,
  ]
  if (parts.length > 0) {
    const named = parts.map(
      ({ kind, timing }) => `${kind} (${timing.microBatch} of ${timing.side} x ${timing.side} pixels)`,
    )
    lines.push(
      `The others were timed on less, and are estimated by how time grew with the pixels, roughly: ${named.join(', ')}.`,
    )
  }
  return lines
}

function totalText(facts: PlanFacts, networks: readonly NetworkUnit[]): string {
  const { records } = facts
  const left = networks.filter(({ id }) => !records.has(id))
  const hours = left.map(unit => hoursOf(unit, facts))
  const known = hours.filter(value => value !== null)
  const sum = known.reduce((total, value) => total + value, 0)
  const part = known.length < left.length ? ` for the ${known.length} of them that were timed` : ''
  const time = known.length > 0 ? `, about ${duration(3600 * sum)} on this adapter alone${part}` : ''
  return `${plural(networks.length, 'network')}: ${networks.length - left.length} done, ${left.length} left${time}.`
}

function aligned(rows: readonly string[][]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  return rows.map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  )
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toPrecision(2)} GB`
}
