import { declareCommand, EXIT } from '../command'
import { flag, list, number, text, whole } from '../optionSpec'
import { BACKEND, OUT_FOLDER, PRESET, SCALE, SEED, VALUE_SCALE } from '../sharedOptions'
import { FAMILIES_OPTION, TRAINING_OPTIONS } from '../trainingOptions'

export const trainStarterCommand = declareCommand({
  name: 'train-starter',
  summary: 'Train the starter ensemble that ships with Scarp',
  details:
    'Trains one network per family from its seeded initialisation on the generated source region, and writes ' +
    '<out>/starter-<family>/ (manifest, weights, golden outputs, model card). Families can be trained one by one. ' +
    'At the end it prints the scores of these families, and of their mean, on patches that none learned from.',
  options: {
    out: OUT_FOLDER.describe('folder of model folders ("models" in the checkout)'),
    minutes: number(
      '<m>',
      'stop a network after this long, keeping its best weights',
      0.01,
      Number.POSITIVE_INFINITY,
    ).otherwise('no limit'),
    seed: SEED,
    patches: whole('<n>', 'generated patches, a sixth of them held out', 6, 100_000).default(288),
    l4s: text('<dir>', 'learn from these labelled Landslide4Sense patches too'),
    valueScale: VALUE_SCALE.describe('how these patches store their values'),
    holdOut: list('<names>', 'those never to train on, separated by commas').otherwise(
      'a sixth, by blocks of ids',
    ),
    realShare: number('<s>', 'share of them among all patches drawn', 0, 1).default(0.2),
    scoreOnly: flag('train nothing, print the scores of the starters in <out>'),
    families: FAMILIES_OPTION,
    preset: PRESET,
    scale: SCALE.default(1),
    steps: TRAINING_OPTIONS.steps
      .describe('optimiser steps per network; the best weights of all evaluations are kept')
      .default(1500),
    microBatch: TRAINING_OPTIONS.microBatch.default(8),
    accumulate: TRAINING_OPTIONS.accumulate.default(1),
    crop: TRAINING_OPTIONS.crop.default(64),
    ema: TRAINING_OPTIONS.ema.default(0.99),
    learningRate: TRAINING_OPTIONS.learningRate.default(5e-3),
    evaluateEvery: TRAINING_OPTIONS.evaluateEvery.default(100),
    backend: BACKEND,
  },
  async run({ options }, io) {
    const { starterScoreLines } = await import('../../lab/starter/scoreStarters')
    const { trainStarter } = await import('../../lab/starter/trainStarter')
    const scores = await trainStarter(
      {
        out: options.out,
        l4s: options.l4s ?? null,
        valueScale: options.valueScale,
        holdOut: options.holdOut ?? null,
        patches: options.patches,
        scoreOnly: options.scoreOnly,
        minutes: options.minutes ?? Number.POSITIVE_INFINITY,
        families: options.families,
        preset: options.preset,
        realShare: options.realShare,
        config: {
          steps: options.steps,
          seed: options.seed,
          microBatch: options.microBatch,
          accumulate: options.accumulate,
          cropSize: options.crop,
          learningRate: options.learningRate,
          scale: options.scale,
          emaDecay: options.ema,
          warmupSteps: Math.max(1, Math.round(options.steps / 20)),
          evaluateEvery: options.evaluateEvery,
        },
      },
      options.backend,
      io,
    )
    for (const line of starterScoreLines(scores)) io.out(line)
    return EXIT.ok
  },
})
