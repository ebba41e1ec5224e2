import { AppError } from '../../core/foundation/appError'
import { VALUE_SCALES } from '../../core/patches/patch'
import { defaultRoundConfig, type RoundConfig } from '../../core/rounds/roundConfig'
import { declareCommand, EXIT } from '../command'
import type { CommandIo } from '../node/commandIo'
import { describeF1 } from '../node/reporting'
import { choice, flag, number, text, type ValuesOf, whole } from '../optionSpec'
import { PROJECT_EXITS, PROJECT_OPTIONS, PROJECT_REMARKS, projectRequestOf } from '../projectOptions'
import { RUN_FOLDER } from '../runs/options'
import { FLIPS, MASK_THRESHOLD, STATISTICS } from '../sharedOptions'

const { pseudoLabel, stopWhenChangedBelow, targetWeight } = defaultRoundConfig

/** So that the source comes before the target in the help. */
const { source, ...others } = PROJECT_OPTIONS

const ADAPTATION = 'Adaptation:'

const OPTIONS = {
  source,
  target: text(
    '<path>',
    'patches and scenes of the new event; labels among them are scored, never learned from',
  ),
  targetValueScale: choice('<name>', 'value scale of the target, where it differs', [
    'auto',
    ...VALUE_SCALES,
  ]).otherwise('as --value-scale'),
  rounds: whole('<n>', 'rounds at most', 1, 100).default(2),
  threshold: MASK_THRESHOLD.describe(
    'probability from which a pixel of the final masks is landslide',
  ).otherwise('as chosen on the held-out patches, 0.5 without any'),
  flips: FLIPS,
  stopBelow: number('<share>', 'stop when fewer of the target pixels change sides in a round; 0: never', 0, 1)
    .default(stopWhenChangedBelow)
    .under(ADAPTATION),
  pseudoHigh: number('<p>', 'pseudo-labels: landslide from this probability on', 0, 1)
    .default(pseudoLabel.high)
    .under(ADAPTATION),
  pseudoLow: number('<p>', 'background up to this one; ignored between the two', 0, 1)
    .default(pseudoLabel.low)
    .under(ADAPTATION),
  binaryLabels: flag('the rule of the paper: background below --pseudo-high, nothing ignored').under(
    ADAPTATION,
  ),
  hardLabels: flag('pseudo-labels without their probabilities as soft targets').under(ADAPTATION),
  targetWeight: number('<x>', 'weight of the loss on the target', 0, 1000)
    .default(targetWeight)
    .under(ADAPTATION),
  stats: STATISTICS.describe(
    'by what the target is z-scored: its own mean as far as it is known, else that of the source, and its own spread ' +
      'about it (auto); its own statistics whole, as in the paper (self); those of the source, the baseline of the ' +
      'paper (model)',
  ).under(ADAPTATION),
  oneBatchNorm: flag('one set of running statistics for both domains (no cross-sensor normalisation)').under(
    ADAPTATION,
  ),
  ...others,
  run: RUN_FOLDER.describe(
    'train the next round of a run instead, whose shards are predicted: --out is the run after it, planned with the new ' +
      'models; networks, their sizes, statistics and flips are those of its plan, whatever their options say',
  ).under('Runs:'),
  cells: whole('<n>', 'pieces of its results, of 512 x 512 pixels at most, to learn from', 1, 100_000)
    .default(128)
    .under('Runs:'),
  verdicts: text(
    '<file>',
    'project archive that scarp archive drew and an analyst judged in the studio: accepted and corrected masks are labels, ' +
      'rejected and unsure pieces are left out',
  ).under('Runs:'),
  network: text(
    '<name>',
    'train this network of the plan only, in <out>/networks: its family, its number from 0, or task, the number that the ' +
      'scheduler says; others may be trained at the same time, and --join ends the round',
  ).under('Runs:'),
  join: flag(
    'end a round whose networks were trained by --network: score them together and write the plan',
  ).under('Runs:'),
}

export const refineCommand = declareCommand({
  name: 'refine',
  summary: 'Train on a labelled source and adapt to a new event, round by round',
  details:
    'Progressive label refinement: round 1 learns from the labelled source; every later round also learns from the ' +
    'pseudo-labels that the ensemble of the round before gave the target. Scenes, as scarp stack takes them, may be among both. Writes <out>/round-<k>/ (models, ' +
    "metrics.json, pseudo-labels), <out>/masks/*.tif (of a scene one mosaic), <out>/submission.zip where the target is the competition's, " +
    'and report.json. The same seed on the same machine gives the same masks, interrupted and resumed or not.',
  options: OPTIONS,
  remarks: `Give --target, or --run. ${PROJECT_REMARKS}`,
  exits: PROJECT_EXITS,
  async run({ options, fingerprint }, io) {
    if (options.run !== undefined) return nextRound(options.run, options, fingerprint, io)
    refuseWithoutRun(options)
    if (options.target === undefined) throw new AppError('bad-argument', 'Give --target; or --run.')
    const request = projectRequestOf(options, fingerprint)
    const { refineProject } = await import('../refineProject')
    const report = await refineProject(
      {
        ...request,
        target: options.target,
        targetValueScale: options.targetValueScale ?? options.valueScale,
        rounds: options.rounds,
        threshold: options.threshold ?? null,
        config: {
          ...request.config,
          ...adaptationOf(options),
          targetStatistics: options.stats,
          testTimeFlips: options.flips,
          stopWhenChangedBelow: options.stopBelow,
        },
      },
      io,
    )
    for (const { index, ensembleHeldOut, targetScores, seconds } of report.rounds) {
      const target = targetScores ? `, target F1 ${describeF1(targetScores)}` : ''
      io.out(`round ${index}: held-out F1 ${describeF1(ensembleHeldOut)}${target}, ${seconds.toFixed(0)} s`)
    }
    io.out(`${report.masks} masks: ${options.out}/masks`)
    return report.refused.length > 0 ? EXIT.failed : EXIT.ok
  },
})

function adaptationOf({
  oneBatchNorm,
  targetWeight,
  hardLabels,
  pseudoHigh,
  pseudoLow,
  binaryLabels,
}: ValuesOf<typeof OPTIONS>): Partial<RoundConfig> {
  return {
    crossSensor: !oneBatchNorm,
    targetWeight,
    softPseudoLabels: !hardLabels,
    pseudoLabel: { high: pseudoHigh, low: pseudoLow, binary: binaryLabels },
  }
}

function refuseWithoutRun({ verdicts, network, join }: ValuesOf<typeof OPTIONS>): void {
  if (verdicts === undefined && network === undefined && !join) return
  throw new AppError('bad-argument', '--verdicts, --network and --join need --run.')
}

/** What the plan of a run says already. */
const OF_THE_PLAN = ['target', 'targetValueScale', 'models', 'threshold'] as const

async function nextRound(
  folder: string,
  options: ValuesOf<typeof OPTIONS>,
  fingerprint: string,
  io: CommandIo,
): Promise<number> {
  const given = OF_THE_PLAN.filter(name => options[name] !== undefined)
  if (given.length > 0) {
    throw new AppError('bad-argument', `The plan of a run says its ${given.join(', ')}: leave them out.`)
  }
  const { modelsFolder, readRun } = await import('../runs/manifest')
  const { networkOf, planned, refineRun } = await import('../runs/refineRun')
  const { network, join } = options
  if (network !== undefined && join) throw new AppError('bad-argument', 'Give --network or --join, not both.')
  const run = await readRun(folder)
  const request = projectRequestOf({ ...options, models: modelsFolder(run) }, fingerprint)
  const ofPlan = await planned(run)
  const family = network === undefined ? null : networkOf(network, ofPlan.families ?? [])
  const config = { ...request.config, ...adaptationOf(options), ...ofPlan }
  const record = await refineRun(
    run,
    { ...request, config },
    { count: options.cells, verdicts: options.verdicts ?? null, part: family ?? (join ? 'join' : null) },
    io,
  )
  if (!record) {
    io.out(`${family ?? 'The round'} is trained already: ${options.out}`)
    return EXIT.ok
  }
  const { index, ensembleHeldOut, seconds } = record
  if (family) {
    io.out(`round ${index}: ${family} held-out F1 ${describeF1(ensembleHeldOut)}, ${seconds.toFixed(0)} s`)
    return EXIT.ok
  }
  io.out(`round ${index}: held-out F1 ${describeF1(ensembleHeldOut)}, ${seconds.toFixed(0)} s`)
  io.out(`planned: ${options.out}`)
  return EXIT.ok
}
