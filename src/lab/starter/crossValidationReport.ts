import { STATISTICS_RULES, type StatisticsRule } from '../../core/patches/targetStatistics'
import { ENSEMBLE } from '../../core/rounds/ensemble'
import {
  addTally,
  calibrationError,
  chooseThreshold,
  emptyTally,
  f1At,
  type ProbabilityTally,
  RELIABILITY_BINS,
  reliability,
} from '../../core/rounds/probabilityTally'
import type { RuleTallies } from './ruleScores'
import type { StarterRecipe } from './starterRecipe'

export interface CrossValidationRun {
  seed: number
  /** 1 for the first. */
  fold: number
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
export function crossValidationReport(runs: readonly CrossValidationRun[], about: About): string {
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
    `Threshold that these patches choose: ${chooseThreshold(auto).toFixed(2)}.`,
    '',
    `Expected calibration error (auto, ensemble, ten bins): ${(100 * calibrationError(auto)).toFixed(2)} %.`,
    '',
    table(['probability', 'pixels', 'mean probability', 'landslide'], reliabilityRows(auto)),
    '',
  ].join('\n')}\n`
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
