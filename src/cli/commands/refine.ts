import { VALUE_SCALES } from '../../core/patches/patch'
import { defaultRoundConfig } from '../../core/rounds/roundConfig'
import { declareCommand, EXIT } from '../command'
import { describeF1 } from '../node/reporting'
import { choice, flag, number, text, whole } from '../optionSpec'
import { PROJECT_EXITS, PROJECT_OPTIONS, PROJECT_REMARKS, projectRequestOf } from '../projectOptions'
import { FLIPS, MASK_THRESHOLD, STATISTICS } from '../sharedOptions'

const { pseudoLabel, stopWhenChangedBelow, targetWeight } = defaultRoundConfig

/** So that the source comes before the target in the help. */
const { source, ...others } = PROJECT_OPTIONS

const ADAPTATION = 'Adaptation:'

export const refineCommand = declareCommand({
  name: 'refine',
  summary: 'Train on a labelled source and adapt to a new event, round by round',
  details:
    'Progressive label refinement: round 1 learns from the labelled source; every later round also learns from the ' +
    'pseudo-labels that the ensemble of the round before gave the target. Scenes, as scarp stack takes them, may be among both. Writes <out>/round-<k>/ (models, ' +
    "metrics.json, pseudo-labels), <out>/masks/*.tif (of a scene one mosaic), <out>/submission.zip where the target is the competition's, " +
    'and report.json. The same seed on the same machine gives the same masks, interrupted and resumed or not.',
  options: {
    source,
    target: text(
      '<path>',
      'patches and scenes of the new event; labels among them are scored, never learned from',
    ).required(),
    targetValueScale: choice('<name>', 'value scale of the target, where it differs', [
      'auto',
      ...VALUE_SCALES,
    ]).otherwise('as --value-scale'),
    rounds: whole('<n>', 'rounds at most', 1, 100).default(2),
    threshold: MASK_THRESHOLD.describe(
      'probability from which a pixel of the final masks is landslide',
    ).otherwise('as chosen on the held-out patches, 0.5 without any'),
    flips: FLIPS,
    stopBelow: number(
      '<share>',
      'stop when fewer of the target pixels change sides in a round; 0: never',
      0,
      1,
    )
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
    oneBatchNorm: flag(
      'one set of running statistics for both domains (no cross-sensor normalisation)',
    ).under(ADAPTATION),
    ...others,
  },
  remarks: PROJECT_REMARKS,
  exits: PROJECT_EXITS,
  async run({ options, fingerprint }, io) {
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
          crossSensor: !options.oneBatchNorm,
          targetWeight: options.targetWeight,
          targetStatistics: options.stats,
          softPseudoLabels: !options.hardLabels,
          testTimeFlips: options.flips,
          stopWhenChangedBelow: options.stopBelow,
          pseudoLabel: {
            high: options.pseudoHigh,
            low: options.pseudoLow,
            binary: options.binaryLabels,
          },
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
