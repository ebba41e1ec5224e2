import { STATISTICS_RULES, type StatisticsRule } from '../../core/patches/targetStatistics'
import { ENSEMBLE } from '../../core/rounds/ensemble'
import { addConfusion, scores } from '../../core/rounds/metrics'
import {
  addTally,
  calibrationError,
  chooseThreshold,
  countsAt,
  emptyTally,
  f1At,
  type ProbabilityTally,
  RELIABILITY_BINS,
  reliability,
} from '../../core/rounds/probabilityTally'
import { type Calibration, calibrated, fitCalibration, UNCALIBRATED } from './calibration'
import type { RuleTallies } from './ruleScores'
import type { StarterRecipe } from './starterRecipe'

export interface CrossValidationRun {
  seed: number
  /** 1 for the first. */
  fold: number
  /** 1: the recipe; more: rounds of refinement behind it. */
  round: number
  /** Names left out. */
  patches: readonly string[]
  /** The whole fold as one target, then in smaller groups. */
  scores: { size: number; scores: RuleTallies[] }[]
}

const THRESHOLDS = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7]

interface About {
  command: string
  recipe: StarterRecipe
  folds: readonly (readonly string[])[]
}

/** results.md: figures by rule, by threshold, by size of the target, by network, and how far probabilities are true. */
export function crossValidationReport(all: readonly CrossValidationRun[], about: About): string {
  const runs = all.filter(({ round }) => round === 1)
  const seeds = [...new Set(runs.map(({ seed }) => seed))]
  const complete = seeds.filter(seed => runs.filter(run => run.seed === seed).length === about.folds.length)
  const whole = (run: CrossValidationRun) => run.scores.slice(0, 1)
  const pooled = (seed: number, rule: StatisticsRule, network: string, pick = whole) =>
    tallyOfRuns(
      runs.filter(run => run.seed === seed),
      rule,
      network,
      pick,
    )
  const row = (
    rule: StatisticsRule,
    network: string,
    threshold: number,
    pick?: typeof whole,
  ): string | null => {
    const values = complete.map(seed => 100 * f1At(pooled(seed, rule, network, pick), threshold))
    return values.length === 0 ? null : spread(values)
  }
  const table = (head: string[], rows: (string | null)[][]) =>
    [head, head.map(() => '---'), ...rows.map(cells => cells.map(cell => cell ?? ''))]
      .map(cells => `| ${cells.join(' | ')} |`)
      .join('\n')
  const families = [...about.recipe.families, ENSEMBLE]
  const sizes = [...new Set(runs.flatMap(run => run.scores.slice(1).map(({ size }) => size)))]
  const shares = (pick: typeof whole) =>
    mean(
      runs.flatMap(run =>
        pick(run).flatMap(({ scores }) => scores.filter(({ rule }) => rule === 'auto').map(({ own }) => own)),
      ),
    )
  const ofSize = (size: number) => (run: CrossValidationRun) =>
    run.scores.slice(1).filter(score => score.size === size)
  const auto = complete.map(seed => pooled(seed, 'auto', ENSEMBLE)).reduce(addTally, emptyTally())
  return `${[
    '# Cross-validation by blocks of real patches',
    '',
    `\`${about.command}\``,
    '',
    `Folds: ${about.folds.map(fold => fold.join(', ')).join(' | ')}. Seeds complete: ${complete.join(', ') || 'none yet'}.`,
    'F1 of the landslide class in per cent, pooled over the folds, mean over seeds (each seed).',
    '',
    table(
      ['statistics', ...THRESHOLDS.map(threshold => `p >= ${threshold}`)],
      STATISTICS_RULES.map(rule => [rule, ...THRESHOLDS.map(threshold => row(rule, ENSEMBLE, threshold))]),
    ),
    '',
    table(
      ['network', ...STATISTICS_RULES.map(rule => `${rule}, p >= 0.5`)],
      families.map(family => [family, ...STATISTICS_RULES.map(rule => row(rule, family, 0.5))]),
    ),
    '',
    table(
      ['patches in the target', ...STATISTICS_RULES, 'own share of auto'],
      [
        ['a fold', ...STATISTICS_RULES.map(rule => row(rule, ENSEMBLE, 0.5)), percent(shares(whole))],
        ...sizes.map(size => [
          String(size),
          ...STATISTICS_RULES.map(rule => row(rule, ENSEMBLE, 0.5, ofSize(size))),
          percent(shares(ofSize(size))),
        ]),
      ],
    ),
    '',
    `Threshold that these patches choose: ${chooseThreshold(auto, about.folds.flat().length).toFixed(2)}.`,
    '',
    `Expected calibration error (auto, ensemble, ten bins): ${(100 * calibrationError(auto)).toFixed(2)} %.`,
    '',
    table(['probability', 'pixels', 'mean probability', 'landslide'], reliabilityRows(auto)),
    '',
    'Calibrated by the other folds of the same seed (auto, ensemble): F1 of the folds left out, at 0.5 and at the threshold',
    'that the other folds choose.',
    '',
    table(
      ['calibration', 'slope', 'offset', 'p >= 0.5', 'threshold of the others', 'calibration error'],
      CALIBRATIONS.map(({ title, calibrate }) => [title, ...transfer(runs, complete, calibrate)]),
    ),
    '',
    ...roundRows(all, about, table),
  ].join('\n')}\n`
}

/** What rounds of refinement are worth on folds that took part in none of them; nothing where there were none. */
function roundRows(
  all: readonly CrossValidationRun[],
  { recipe, folds }: About,
  table: (head: string[], rows: string[][]) => string,
): string[] {
  const rounds = [...new Set(all.map(({ round }) => round))]
  if (rounds.length < 2) return []
  const seeds = [...new Set(all.map(({ seed }) => seed))].filter(seed =>
    rounds.every(
      round => all.filter(run => run.seed === seed && run.round === round).length === folds.length,
    ),
  )
  if (seeds.length === 0) return []
  const rows = rounds.flatMap(round =>
    [...recipe.families, ENSEMBLE].map(network => [
      String(round),
      network,
      ...STATISTICS_RULES.map(rule =>
        spread(
          seeds.map(seed => {
            const runs = all.filter(run => run.seed === seed && run.round === round)
            return (
              100 *
              f1At(
                tallyOfRuns(runs, rule, network, ({ scores }) => scores.slice(0, 1)),
                0.5,
              )
            )
          }),
        ),
      ),
    ]),
  )
  return [
    `Rounds of refinement behind the recipe, which is round 1 (seeds ${seeds.join(', ')}):`,
    '',
    table(['round', 'network', ...STATISTICS_RULES.map(rule => `${rule}, p >= 0.5`)], rows),
    '',
  ]
}

const CALIBRATIONS: { title: string; calibrate(tally: ProbabilityTally): Calibration }[] = [
  { title: 'none', calibrate: () => UNCALIBRATED },
  { title: 'temperature', calibrate: tally => fitCalibration(tally, 'slope') },
  { title: 'temperature and offset', calibrate: tally => fitCalibration(tally, 'both') },
]

/** Cells of a row: what a calibration and a threshold are worth on a fold that neither was fitted to. */
function transfer(
  runs: readonly CrossValidationRun[],
  seeds: readonly number[],
  calibrate: (tally: ProbabilityTally) => Calibration,
): string[] {
  const found = seeds.flatMap(seed => {
    const ofSeed = runs.filter(run => run.seed === seed)
    const auto = (chosen: readonly CrossValidationRun[]) =>
      tallyOfRuns(chosen, 'auto', ENSEMBLE, run => run.scores.slice(0, 1))
    const folds = ofSeed.map(left => {
      const others = auto(ofSeed.filter(run => run !== left))
      const calibration = calibrate(others)
      const patches = ofSeed.flatMap(run => (run === left ? [] : run.patches)).length
      const threshold = chooseThreshold(calibrated(others, calibration), patches)
      const tally = calibrated(auto([left]), calibration)
      return { calibration, tally, counts: countsAt(tally, threshold), half: countsAt(tally, 0.5) }
    })
    const [f1, half] = (['counts', 'half'] as const).map(
      key => 100 * (scores(folds.map(fold => fold[key]).reduce(addConfusion)).f1 ?? 0),
    ) as [number, number]
    const error = 100 * calibrationError(folds.map(({ tally }) => tally).reduce(addTally))
    return { f1, half, error, calibrations: folds.map(({ calibration }) => calibration) }
  })
  if (found.length === 0) return ['', '', '', '', '']
  const calibrations = found.flatMap(({ calibrations }) => calibrations)
  return [
    mean(calibrations.map(({ slope }) => slope)).toFixed(2),
    mean(calibrations.map(({ offset }) => offset)).toFixed(2),
    spread(found.map(({ half }) => half)),
    spread(found.map(({ f1 }) => f1)),
    `${mean(found.map(({ error }) => error)).toFixed(2)} %`,
  ]
}

function tallyOfRuns(
  runs: readonly CrossValidationRun[],
  wanted: StatisticsRule,
  network: string,
  pick: (run: CrossValidationRun) => CrossValidationRun['scores'],
): ProbabilityTally {
  return runs
    .flatMap(pick)
    .flatMap(({ scores }) => scores.filter(({ rule }) => rule === wanted))
    .map(({ tallies }) => tallies[network] ?? emptyTally())
    .reduce(addTally, emptyTally())
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}

function spread(values: readonly number[]): string {
  const each = values.length > 1 ? ` (${values.map(value => value.toFixed(1)).join(', ')})` : ''
  return `${mean(values).toFixed(1)}${each}`
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`
}

function reliabilityRows(tally: ProbabilityTally): string[][] {
  return [...reliability(tally)].map(({ bin, pixels, probability, share }) => [
    `${(bin / RELIABILITY_BINS).toFixed(1)} to ${((bin + 1) / RELIABILITY_BINS).toFixed(1)}`,
    pixels.toLocaleString('en'),
    pixels > 0 ? probability.toFixed(3) : '',
    pixels > 0 ? share.toFixed(3) : '',
  ])
}
