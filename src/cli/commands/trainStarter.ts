import { BACKEND_HELP, backendOption } from '../backendOption'
import { type Command, EXIT, numberOption, parseOptions, textOption } from '../command'
import { parseFamilies } from '../trainingOptions'

export const trainStarterCommand: Command = {
  name: 'train-starter',
  summary: 'Train the starter ensemble that ships with Scarp',
  help: [
    'Usage: scarp train-starter --out <dir> [options]',
    '',
    'Trains one network a family from its seeded initialisation on the generated source region, and writes',
    '<out>/starter-<family>/ (manifest, weights, golden outputs, model card). Families can be trained one by one.',
    'In the end prints the scores of the families asked for, and of their mean, on patches that none learned from.',
    '',
    '  --out <dir>           folder of model folders ("models" in the checkout)',
    '  --steps <n>           optimiser steps per network (default 1500); the best scored on the way are kept',
    '  --minutes <m>         stop a network after this long, keeping its best weights (default: no limit)',
    '  --seed <n>            of patches, weights and sampling (default 1)',
    '  --patches <n>         generated patches, a sixth of them held out (default 288)',
    '  --l4s <dir>           learn from these labelled Landslide4Sense patches too',
    '  --hold-out <names>    those never to train on, separated by commas (default: a sixth, by blocks of ids)',
    '  --real-share <s>      share of them among all patches drawn, 0 to 1 (default 0.2)',
    '  --score-only          train nothing, print the scores of the starters in <out>',
    '  --families <list>     of segformer, swin-unet, efficientnetv2-unet (the default three), resnet-unet, hrnet-ocr',
    '  --preset <name>       (default tiny)',
    '  --micro-batch <n>     patches per pass (default 8)',
    '  --accumulate <n>      passes per step (default 1)',
    '  --crop <pixels>       side of the training crop (default 64)',
    '  --scale <s>           scale promotion (default 1)',
    '  --ema <d>             decay of the average of weights, 0 for none (default 0.99)',
    '  --learning-rate <x>   (default 0.005)',
    '  --evaluate-every <n>  steps between scorings of the held-out patches (default 100)',
    BACKEND_HELP,
    '',
    'Exit codes: 0 done; 1 the work failed; 2 bad usage; 130 interrupted.',
  ].join('\n'),
  async run(argv, io) {
    const text = { type: 'string' } as const
    const options = parseOptions(argv, {
      out: text,
      steps: text,
      minutes: text,
      seed: text,
      patches: text,
      l4s: text,
      families: text,
      preset: text,
      'micro-batch': text,
      accumulate: text,
      crop: text,
      'hold-out': text,
      'real-share': text,
      'score-only': { type: 'boolean' },
      scale: text,
      ema: text,
      'learning-rate': text,
      'evaluate-every': text,
      backend: text,
    })
    const whole = (name: string, fallback: number, low = 1, high = 1_000_000) =>
      numberOption(options, name, { fallback, low, high, whole: true })
    const { starterScoreLines } = await import('../../lab/starter/scoreStarters')
    const { trainStarter } = await import('../../lab/starter/trainStarter')
    const steps = whole('steps', 1500)
    const scores = await trainStarter(
      {
        out: textOption(options, 'out'),
        l4s: typeof options.values.l4s === 'string' ? options.values.l4s : null,
        holdOut: options.values['hold-out'] ? textOption(options, 'hold-out').split(',') : null,
        patches: whole('patches', 288, 6, 100_000),
        scoreOnly: options.values['score-only'] === true,
        minutes: numberOption(options, 'minutes', { fallback: Number.POSITIVE_INFINITY, low: 0.01 }),
        families: parseFamilies(options),
        preset: textOption(options, 'preset', 'tiny'),
        realShare: numberOption(options, 'real-share', { fallback: 0.2, low: 0, high: 1 }),
        config: {
          steps,
          seed: whole('seed', 1, 0, 0x7fffffff),
          microBatch: whole('micro-batch', 8, 1, 256),
          accumulate: whole('accumulate', 1, 1, 256),
          cropSize: whole('crop', 64, 32, 1024),
          learningRate: numberOption(options, 'learning-rate', { fallback: 5e-3, low: 1e-8, high: 1 }),
          scale: numberOption(options, 'scale', { fallback: 1, low: 1, high: 8 }),
          emaDecay: numberOption(options, 'ema', { fallback: 0.99, low: 0, high: 0.9999 }),
          warmupSteps: Math.max(1, Math.round(steps / 20)),
          evaluateEvery: whole('evaluate-every', 100),
        },
      },
      backendOption(options),
      io,
    )
    for (const line of starterScoreLines(scores)) io.out(line)
    return EXIT.ok
  },
}
