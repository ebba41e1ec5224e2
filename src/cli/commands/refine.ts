import { type Command, EXIT } from '../command'
import { numberOption, parseOptions, textOption } from '../parseOptions'
import { BACKEND_HELP } from '../startCliEngine'

export const refineCommand: Command = {
  name: 'refine',
  summary: 'Train on a labelled source and adapt to a new event, round by round',
  help: [
    'Usage: scarp refine --source <dir> --target <dir> --out <dir> [options]',
    '',
    'Progressive label refinement: round 1 learns from the labelled source; every later round also learns from the',
    'pseudo-labels that the ensemble of the round before gave the target. Writes <out>/round-<k>/ (models, metrics.json,',
    "pseudo-labels), <out>/masks/*.tif, <out>/submission.zip where the target is the competition's, and report.json.",
    'The same seed on the same machine gives the same masks.',
    '',
    '  --source <dir>         labelled patches',
    '  --target <dir>         patches of the new event; labels among them are scored, never learned from',
    '  --out <dir>            output folder',
    '  --rounds <n>           rounds (default 2)',
    '  --steps <n>            optimiser steps per network and round (default 200)',
    '  --preset <name>        size of the networks (default tiny)',
    '  --families <list>      of segformer, swin-unet, efficientnetv2-unet (the default three), resnet-unet, hrnet-ocr',
    '  --models <dir>         start from these models instead of a seeded initialisation',
    '  --seed <n>             of everything random (default 1)',
    '  --micro-batch <n>      patches per pass (default 8 for tiny, else 4)',
    '  --accumulate <n>       passes per step and domain (default 1 for tiny, else 4)',
    '  --crop <pixels>        side of the training crop (default 64 for tiny, else 128)',
    '  --learning-rate <x>    (default 0.003 for tiny from its initialisation, else 0.001)',
    '  --evaluate-every <n>   steps between scorings of the held-out split (default: a quarter of the steps)',
    '  --held-out <share>     share of the source held out by blocks of ids, never trained on (default 0.2)',
    '  --threshold <p>        of the final masks (default 0.5)',
    '  --resume               continue an interrupted run in --out, given the same options',
    BACKEND_HELP,
    '',
    'Exit codes: 0 done; 1 some inputs were refused, or the work failed; 2 bad usage; 130 interrupted (--resume goes on).',
  ].join('\n'),
  async run(argv, io) {
    const text = { type: 'string' } as const
    const options = parseOptions(argv, {
      source: text,
      target: text,
      out: text,
      rounds: text,
      steps: text,
      preset: text,
      families: text,
      models: text,
      seed: text,
      'micro-batch': text,
      accumulate: text,
      crop: text,
      'learning-rate': text,
      'evaluate-every': text,
      'held-out': text,
      threshold: text,
      backend: text,
      resume: { type: 'boolean' },
    })
    const whole = (name: string, fallback: number, low = 1, high = 1_000_000) =>
      numberOption(options, name, { fallback, low, high, whole: true })
    const steps = whole('steps', 200)
    const preset = textOption(options, 'preset', 'tiny')
    const models = typeof options.values.models === 'string' ? options.values.models : null
    const { roundConfigFor } = await import('../../core/refinement/defaultRoundConfig')
    const defaults = roundConfigFor(preset)
    const learningRate = preset === 'tiny' && models === null ? 3e-3 : defaults.learningRate
    const { parseFamilies } = await import('../parseFamilies')
    const { refineProject } = await import('../refineProject')
    const report = await refineProject(
      {
        source: textOption(options, 'source'),
        target: textOption(options, 'target'),
        out: textOption(options, 'out'),
        models,
        rounds: whole('rounds', 2, 1, 100),
        heldOutShare: numberOption(options, 'held-out', { fallback: 0.2, low: 0, high: 0.9 }),
        threshold: numberOption(options, 'threshold', { fallback: 0.5, low: 0, high: 1 }),
        resume: options.values.resume === true,
        config: {
          steps,
          preset,
          families: parseFamilies(options),
          seed: whole('seed', 1, 0, 0x7fffffff),
          microBatch: whole('micro-batch', defaults.microBatch, 1, 256),
          accumulate: whole('accumulate', defaults.accumulate, 1, 256),
          cropSize: whole('crop', defaults.cropSize, 32, 1024),
          learningRate: numberOption(options, 'learning-rate', {
            fallback: learningRate,
            low: 1e-8,
            high: 1,
          }),
          warmupSteps: Math.max(1, Math.round(steps / 10)),
          evaluateEvery: whole('evaluate-every', Math.max(1, Math.round(steps / 4))),
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
