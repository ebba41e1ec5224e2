import { BANDS } from '../../core/patches/bands'
import {
  type DistributionLevel,
  type DistributionReport,
  distributionGuard,
} from '../../core/patches/distributionGuard'
import { type BandStatistics, standardDeviation } from '../../core/patches/statistics'
import {
  describeTargetStatistics,
  type StatisticsRule,
  targetStatistics,
} from '../../core/patches/targetStatistics'
import { imageStatistics, learnedStatistics, type ModelManifest } from '../../core/rounds/modelManifest'
import type { RoundRecord } from '../../core/rounds/round'

/** One band of two sets of images, the second in units of the first. */
export interface BandRow {
  /** "B10" */
  name: string
  /** "Cirrus" */
  title: string
  unit: string
  /** Mean and population standard deviation, in the band's own unit. */
  source: { mean: number; deviation: number }
  target: { mean: number; deviation: number }
  /** (target mean - source mean) / source deviation. */
  shift: number
  /** Target deviation / source deviation. */
  ratio: number
  level: DistributionLevel
}

/** Every band of a target against a source, as the paper's Figure 2 sets them side by side; none without pixels. */
export function bandRows(source: BandStatistics, target: BandStatistics): BandRow[] {
  const deviations = { source: standardDeviation(source), target: standardDeviation(target) }
  return distributionGuard(target, source).bands.map(({ band, name, level, meanShift, deviationRatio }) => ({
    name,
    title: BANDS[band]?.title ?? name,
    unit: BANDS[band]?.unit.replace(' x ', ' × ') ?? '',
    source: { mean: source.mean[band]!, deviation: deviations.source[band]! },
    target: { mean: target.mean[band]!, deviation: deviations.target[band]! },
    shift: meanShift,
    ratio: deviationRatio,
    level,
  }))
}

/** "1,240 ± 310" with about three digits that count. */
export function meanText({ mean, deviation }: { mean: number; deviation: number }): string {
  const digits = deviation >= 20 ? 0 : deviation >= 2 ? 1 : 2
  const say = (value: number) =>
    value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
  return `${say(mean)} ± ${say(deviation)}`
}

/** "+1.6 σ" */
export function shiftText(shift: number): string {
  return `${shift < 0 ? '−' : '+'}${Math.abs(shift).toFixed(1)} σ`
}

type Both = { source: BandStatistics | null; target: BandStatistics | null }

export interface GuardedModel {
  title: string
  statistics: ModelManifest['statistics']
}

/**
 * By what the target is normalised, in words: of a round as it was, else as the next round and the models that predict
 * would do it; those that say the same are named together.
 */
export function normalisationTexts(
  { source, target }: Both,
  round: Pick<RoundRecord, 'index' | 'normalisation'> | null,
  rule: StatisticsRule,
  models: readonly GuardedModel[],
): { by: string; text: string }[] {
  if (!hasPixels(source) || !hasPixels(target)) return []
  if (round) {
    // Earlier versions had the two plain rules alone, and no record of it beside the configuration.
    const text = round.normalisation ? describeTargetStatistics(round.normalisation) : 'its own statistics'
    return [{ by: `Round ${round.index}`, text }]
  }
  const next = describeTargetStatistics(targetStatistics(target, source, rule))
  const byText = new Map<string, string[]>([[next, ['The next round']]])
  for (const { title, statistics } of models) {
    const text = describeTargetStatistics(imageStatistics({ statistics }, target, rule))
    byText.set(text, [...(byText.get(text) ?? []), title])
  }
  return [...byText].map(([text, names]) => ({ by: names.join(', '), text }))
}

export interface GuardFinding {
  /** "Target against Starter SegFormer tiny, Starter Swin + U-Net tiny" */
  title: string
  report: DistributionReport
}

/** The domains of the project against what each model learned from; what holds no pixel on either side is left out. */
export function guardFindings(project: Both, models: readonly GuardedModel[]): GuardFinding[] {
  const found = models.flatMap(({ title, statistics }) =>
    (['source', 'target'] as const).flatMap(domain => {
      const input = project[domain]
      if (!hasPixels(input)) return []
      const learned = learnedStatistics({ statistics }, input, domain)
      if (!learned) return []
      return [{ domain, model: title, report: distributionGuard(input, learned) }]
    }),
  )
  // Models that learned from the same data say the same: once is enough.
  const same = new Map<string, typeof found>()
  for (const finding of found) {
    const key = `${finding.domain} ${finding.report.message}`
    same.set(key, [...(same.get(key) ?? []), finding])
  }
  return [...same.values()].map(group => {
    const name = group[0]!.domain === 'source' ? 'Source' : 'Target'
    return {
      title: `${name} against ${group.map(({ model }) => model).join(', ')}`,
      report: group[0]!.report,
    }
  })
}

function hasPixels(statistics: BandStatistics | null): statistics is BandStatistics {
  return statistics !== null && statistics.count > 0
}
