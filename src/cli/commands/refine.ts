import { BACKEND_HELP } from '../backendOption'
import { type Command, EXIT, numberOption, parseOptions, textOption } from '../command'
import {
  MEMORY_HELP,
  parseFamilies,
  TRAINING_HELP,
  TRAINING_OPTIONS,
  trainingConfigOf,
} from '../trainingOptions'

export const refineCommand: Command = {
  name: 'refine',
  summary: 'Train on a labelled source and adapt to a new event, round by round',
  help: [
    'Usage: scarp refine --source <dir> --target <dir> --out <dir> [options]',
    '',
    'Progressive label refinement: round 1 learns from the labelled source; every later round also learns from the',
    'pseudo-labels that the ensemble of the round before gave the target. Writes <out>/round-<k>/ (models, metrics.json,',
    "pseudo-labels), <out>/masks/*.tif, <out>/submission.zip where the target is the competition's, and report.json.",
    'The same seed on the same machine gives the same masks, interrupted and resumed or not.',
    '',
    '  --source <dir>         labelled patches',
    '  --target <dir>         patches of the new event; labels among them are scored, never learned from',
    '  --out <dir>            output folder',
    '  --rounds <n>           rounds at most (default 2)',
    '  --stop-below <share>   stop when fewer of the target pixels change sides in a round (default 0.001; 0: never)',
    '  --preset <name>        size of the networks (default tiny)',
    '  --families <list>      of segformer, swin-unet, efficientnetv2-unet (the default three), resnet-unet, hrnet-ocr',
    '  --models <dir>         start from these models instead of a seeded initialisation',
    '  --held-out <share>     share of the source held out by blocks of ids, never trained on (default 0.2)',
    '  --threshold <p>        of the final masks (default 0.5)',
    '  --pseudo-high <p>, --pseudo-low <p>',
    '                         pseudo-labels: landslide from, background up to, ignored between (default 0.7, 0.3)',
    '  --binary-labels        the rule of the paper: background below --pseudo-high, nothing ignored',
    '  --hard-labels          pseudo-labels without their probabilities as soft targets',
    '  --target-weight <x>    of the loss on the target (default 0.5)',
    '  --flips                predict as the mean over the 8 flips and quarter turns',
    '  --one-normalisation    z-score the target by the statistics of the source (the baseline of the paper)',
    '  --one-batch-norm       one set of running statistics for both domains (no cross-sensor normalisation)',
    ...TRAINING_HELP,
    ...MEMORY_HELP,
    '  --checkpoint-every <s> seconds between checkpoints of the network under way (default 30)',
    '  --resume               continue an interrupted run in --out, given the same options',
    BACKEND_HELP,
    '',
    'Ctrl-C writes a checkpoint and ends; a second one ends at once.',
    'Exit codes: 0 done; 1 some inputs were refused, or the work failed; 2 bad usage; 130 interrupted (--resume goes on).',
  ].join('\n'),
  async run(argv, io) {
    const text = { type: 'string' } as const
    const flag = { type: 'boolean' } as const
    const options = parseOptions(argv, {
      ...TRAINING_OPTIONS,
      source: text,
      target: text,
      out: text,
      rounds: text,
      'stop-below': text,
      preset: text,
      families: text,
      models: text,
      'held-out': text,
      threshold: text,
      'pseudo-high': text,
      'pseudo-low': text,
      'binary-labels': flag,
      'hard-labels': flag,
      'target-weight': text,
      flips: flag,
      'one-normalisation': flag,
      'one-batch-norm': flag,
      memory: text,
      'checkpoint-every': text,
      backend: text,
      resume: flag,
    })
    const share = (name: string, fallback: number) =>
      numberOption(options, name, { fallback, low: 0, high: 1 })
    const preset = textOption(options, 'preset', 'tiny')
    const models = typeof options.values.models === 'string' ? options.values.models : null
    const { refineProject } = await import('../refineProject')
    const report = await refineProject(
      {
        source: textOption(options, 'source'),
        target: textOption(options, 'target'),
        out: textOption(options, 'out'),
        models,
        rounds: numberOption(options, 'rounds', { fallback: 2, low: 1, high: 100, whole: true }),
        heldOutShare: numberOption(options, 'held-out', { fallback: 0.2, low: 0, high: 0.9 }),
        threshold: share('threshold', 0.5),
        resume: options.values.resume === true,
        checkpointEvery: numberOption(options, 'checkpoint-every', { fallback: 30, low: 0, high: 86_400 }),
        config: {
          ...trainingConfigOf(options, preset, models === null),
          preset,
          families: parseFamilies(options),
          crossSensor: options.values['one-batch-norm'] !== true,
          targetWeight: numberOption(options, 'target-weight', { fallback: 0.5, low: 0, high: 1000 }),
          separatedNormalisation: options.values['one-normalisation'] !== true,
          softPseudoLabels: options.values['hard-labels'] !== true,
          testTimeFlips: options.values.flips === true,
          stopWhenChangedBelow: share('stop-below', 0.001),
          pseudoLabel: {
            high: share('pseudo-high', 0.7),
            low: share('pseudo-low', 0.3),
            binary: options.values['binary-labels'] === true,
          },
        },
      },
      options,
      io,
    )
    const shown = (metrics: { f1: number | null } | null) => metrics?.f1?.toFixed(4) ?? 'undefined'
    for (const { index, ensembleHeldOut, targetScores, seconds } of report.rounds) {
      const target = targetScores ? `, target F1 ${shown(targetScores)}` : ''
      io.out(`round ${index}: held-out F1 ${shown(ensembleHeldOut)}${target}, ${seconds.toFixed(0)} s`)
    }
    io.out(`${report.masks} masks: ${textOption(options, 'out')}/masks`)
    return report.refused.length > 0 ? EXIT.failed : EXIT.ok
  },
}
