import type { StarterRecipe } from '../lab/starter/starterRecipe'
import { number, type ValuesOf, whole } from './optionSpec'
import { PRESET, SCALE, SEED, VALUE_SCALE } from './sharedOptions'
import { AUGMENTATION_OPTIONS, augmentationOf, FAMILIES_OPTION, TRAINING_OPTIONS } from './trainingOptions'

/** What makes a starter: `train-starter` ships it, `crossvalidate` measures it. The defaults are those that shipped. */
export const STARTER_OPTIONS = {
  minutes: number(
    '<m>',
    'stop a network after this long, keeping its best weights',
    0.01,
    Number.POSITIVE_INFINITY,
  ).otherwise('no limit'),
  seed: SEED,
  patches: whole('<n>', 'generated patches to learn from too; 0: none', 0, 100_000).default(0),
  valueScale: VALUE_SCALE.describe('how these patches store their values'),
  realShare: number('<s>', 'share of the real patches among all patches drawn', 0, 1).default(0.5),
  inputLimit: number('<x>', 'cut the input at so many standard deviations; 0: never', 0, 1000).default(0),
  families: FAMILIES_OPTION,
  preset: PRESET,
  scale: SCALE.default(1),
  steps: TRAINING_OPTIONS.steps
    .describe(
      'optimiser steps per network; the best weights of all evaluations are kept, the last where nothing is held out',
    )
    .default(600),
  microBatch: TRAINING_OPTIONS.microBatch.default(8),
  accumulate: TRAINING_OPTIONS.accumulate.default(1),
  crop: TRAINING_OPTIONS.crop.default(64),
  ema: TRAINING_OPTIONS.ema.default(0.99),
  learningRate: TRAINING_OPTIONS.learningRate.default(3e-3),
  evaluateEvery: TRAINING_OPTIONS.evaluateEvery.default(100),
  weightDecay: TRAINING_OPTIONS.weightDecay,
  labelSmoothing: TRAINING_OPTIONS.labelSmoothing,
  ...AUGMENTATION_OPTIONS,
}

export function starterRecipeOf(options: ValuesOf<typeof STARTER_OPTIONS>): StarterRecipe {
  return {
    families: options.families,
    preset: options.preset,
    patches: options.patches,
    realShare: options.realShare,
    inputLimit: options.inputLimit,
    minutes: options.minutes ?? Number.POSITIVE_INFINITY,
    config: {
      ...augmentationOf(options),
      steps: options.steps,
      seed: options.seed,
      microBatch: options.microBatch,
      accumulate: options.accumulate,
      cropSize: options.crop,
      learningRate: options.learningRate,
      scale: options.scale,
      emaDecay: options.ema,
      weightDecay: options.weightDecay,
      labelSmoothing: options.labelSmoothing,
      warmupSteps: Math.max(1, Math.round(options.steps / 20)),
      evaluateEvery: options.evaluateEvery,
    },
  }
}
