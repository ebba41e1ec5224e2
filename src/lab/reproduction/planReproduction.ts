import { join } from 'node:path'
import { AppError } from '../../core/foundation/appError'
import { ENSEMBLE } from '../../core/rounds/ensemble'
import type { NetworkFamily } from '../../core/rounds/networks'
import { completeRoundConfig, presetOf, type RoundConfig } from '../../core/rounds/roundConfig'
import {
  type AblationRow,
  type AblationScales,
  ablationRows,
  changesUpTo,
  roundIndexOf,
} from '../ablation/ablationRows'
import { TRACKS, type Track } from './competitionFolder'

/** What the units of a reproduction follow from: the same on every machine that works on it. */
export interface ReproductionSettings {
  scales: AblationScales
  /** Rounds of each track; 0 leaves its rounds out. */
  rounds: Record<Track, number>
  /** Networks to train; rows without any of them are left out. */
  families: readonly NetworkFamily[]
  /** What all networks share; the rows set the rest. */
  config: Partial<RoundConfig>
}

interface UnitBase {
  /** "validation/round-2/segformer" */
  id: string
  track: Track
  row: AblationRow
  /** 1 for rows that learn from the source only. */
  index: number
  /** Of the row: models, probabilities, records. */
  folder: string
  /** That of the row whose ensemble labels the target; null: none. */
  labels: string | null
  /** Ids of the units that have to be done before. */
  needs: string[]
}

/** One network of one row. */
export interface NetworkUnit extends UnitBase {
  network: NetworkFamily
  config: RoundConfig
  preset: string
  /** The network that this one continues from: the latest of its family; null: it is the first. */
  parent: NetworkUnit | null
}

/** The mean of a round's networks. */
export interface EnsembleUnit extends UnitBase {
  network: typeof ENSEMBLE
  members: NetworkUnit[]
  config: RoundConfig
}

export type Unit = NetworkUnit | EnsembleUnit

/** The rows of one network in Table 1; the ablation has finer ones. */
const SINGLE_ROWS = ['baseline', 'sn', 'csn', 'soft-ce', 'scale']

/**
 * The rows of Tables 1 and 2: those of the ablation, the paper's fourth round, and a figure for the one row of Table 1
 * whose name cannot be read.
 */
export function reproductionRows(scales: AblationScales): AblationRow[] {
  const rows = ablationRows(scales).map(row =>
    row.id === 'csn' ? { ...row, paper: { 'resnet-unet': 'Table 1: 73.20' } } : row,
  )
  const round4: AblationRow = {
    id: 'round-4',
    title: 'round 4: with pseudo-labels of round 3',
    families: ['segformer', 'swin-unet', 'efficientnetv2-unet'],
    changes: {},
    parent: 'round-3',
    pseudoLabels: true,
    optional: false,
    paper: { segformer: 'Table 1: 80.11', 'swin-unet': 'Table 1: 80.34', [ENSEMBLE]: 'Table 1: 80.41' },
  }
  return [...rows, round4]
}

/** F1 in per cent that the paper states for a unit; null where it states none. */
export function paperF1({ track, row, network }: Pick<Unit, 'track' | 'row' | 'network'>): number | null {
  const stated = row.paper[network]
  const table = track === 'validation' ? 'Table 1' : 'Table 2'
  return stated?.startsWith(table) ? Number(stated.split(': ')[1]) : null
}

/**
 * Every network and ensemble in the tables' order; what a unit needs comes before it.
 *
 * @param out output folder.
 * @param tracks that the data has.
 * @throws AppError `bad-argument` where nothing is left to do.
 */
export function planReproduction(
  out: string,
  tracks: readonly Track[],
  settings: ReproductionSettings,
): Unit[] {
  const units: Unit[] = []
  for (const track of TRACKS.filter(name => tracks.includes(name))) {
    units.push(...planTrack(out, track, settings))
  }
  if (units.length > 0) return units
  throw new AppError(
    'bad-argument',
    'No row is left: --families, --rounds and --test-rounds leave nothing to train.',
  )
}

function planTrack(out: string, track: Track, settings: ReproductionSettings): Unit[] {
  const rows = reproductionRows(settings.scales)
  const units: Unit[] = []
  /** The latest network of each family, which the next round continues from. */
  const latest = new Map<NetworkFamily, NetworkUnit>()
  let ensemble: EnsembleUnit | null = null
  const base = (row: AblationRow, network: NetworkFamily | typeof ENSEMBLE) => ({
    id: `${track}/${row.id}/${network}`,
    track,
    row,
    index: roundIndexOf(rows, row),
    folder: join(out, track, row.id),
    labels: row.pseudoLabels ? ensemble!.folder : null,
  })
  const networkUnit = (row: AblationRow, family: NetworkFamily): NetworkUnit => {
    const config = configOf(settings, rows, row, [family])
    const parent = row.parent === null ? null : (latest.get(family) ?? null)
    const needs = [...(row.pseudoLabels ? [ensemble!.id] : []), ...(parent ? [parent.id] : [])]
    return {
      ...base(row, family),
      network: family,
      config,
      preset: presetOf(config, family),
      parent,
      needs,
    }
  }
  const singles = track === 'validation' ? rows.filter(({ id }) => SINGLE_ROWS.includes(id)) : []
  for (const row of singles) {
    for (const family of chosen(row, settings)) units.push(networkUnit(row, family))
  }
  for (let round = 1; round <= settings.rounds[track]; round++) {
    const row = rows.find(({ id }) => id === `round-${round}`)
    const families = row ? chosen(row, settings) : []
    // Without an ensemble there are no labels for the next round.
    if (!row || families.length === 0) break
    const members = families.map(family => networkUnit(row, family))
    for (const member of members) latest.set(member.network, member)
    ensemble = {
      ...base(row, ENSEMBLE),
      network: ENSEMBLE,
      members,
      config: configOf(settings, rows, row, families),
      needs: members.map(({ id }) => id),
    }
    units.push(...members, ensemble)
  }
  return units
}

function chosen(row: AblationRow, { families }: ReproductionSettings): NetworkFamily[] {
  return row.families.filter(family => families.includes(family))
}

function configOf(
  { config }: ReproductionSettings,
  rows: readonly AblationRow[],
  row: AblationRow,
  families: NetworkFamily[],
): RoundConfig {
  const whole = completeRoundConfig(config)
  return {
    ...whole,
    ...changesUpTo(rows, row.id),
    // The ablation's rows have soft pseudo-labels with soft cross-entropy; here they are a choice of their own.
    softPseudoLabels: whole.softPseudoLabels,
    families,
    stopWhenChangedBelow: 0,
  }
}

/**
 * The units that a machine takes: those whose id is or begins with one of the names, or that are of that network.
 * Ensembles are no training, and are always among them.
 *
 * @throws AppError `bad-argument` for a name that fits none.
 */
export function unitsNamed(units: readonly Unit[], names: readonly string[] | null): Unit[] {
  if (names === null) return [...units]
  const fits = ({ id, network, row }: Unit, name: string) =>
    id === name || id.startsWith(`${name}/`) || network === name || row.id === name
  for (const name of names) {
    if (units.some(unit => fits(unit, name))) continue
    throw new AppError(
      'bad-argument',
      `--only takes tracks, rows, networks and units, as "${units[0]!.id}"; nothing here is "${name}".`,
    )
  }
  return units.filter(unit => unit.network === ENSEMBLE || names.some(name => fits(unit, name)))
}
