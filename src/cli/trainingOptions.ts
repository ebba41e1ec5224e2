import { ENSEMBLE_FAMILIES, FAMILIES, type NetworkFamily } from '../core/rounds/networks'
import {
  type AugmentationSettings,
  defaultAugmentation,
  defaultRoundConfig,
  type RoundConfig,
  roundConfigFor,
} from '../core/rounds/roundConfig'
import { noFlag, number, type ValuesOf, value, whole } from './optionSpec'
import { PRESET, SCALE, SEED } from './sharedOptions'

/** `--families a,b`, in the order given; the method's three by default. */
export const FAMILIES_OPTION = value<NetworkFamily[]>('<list>', 'one network of each family is trained', {
  accepts: `of ${FAMILIES.join(', ')}`,
  allowed: `${FAMILIES.join(', ')}, each once and separated by commas`,
  read(text) {
    const names = text.split(',').map(name => name.trim())
    const families = FAMILIES.filter(family => names.includes(family))
    // Unknown and repeated names leave fewer families than names.
    return families.length === names.length ? (names as NetworkFamily[]) : undefined
  },
}).default([...ENSEMBLE_FAMILIES])

/** Tiny networks from their seeded initialisation take a higher rate than published ones. */
export const TINY_LEARNING_RATE = 3e-3

const tiny = roundConfigFor('tiny')

/** The default of an option that depends on the preset. */
export const bySizeOfNetworks = (key: 'microBatch' | 'accumulate' | 'cropSize') =>
  `${tiny[key]} for tiny, else ${defaultRoundConfig[key]}`

const OPTIMISER = 'Optimiser:'
const LOSS = 'Loss:'
const AUGMENTATION = 'Augmentation (scarp gallery draws it):'

const augmentation = (
  key: Exclude<keyof AugmentationSettings, 'augment' | 'cropSize'>,
  description: string,
  high: number,
) => number('<x>', description, 0, high).default(defaultAugmentation[key]).under(AUGMENTATION)

/** How training crops are augmented, named as in the configuration. */
export const AUGMENTATION_OPTIONS = {
  landslideShare: augmentation('landslideShare', 'share of crops placed over a landslide', 1),
  rotationDegrees: augmentation('rotationDegrees', 'largest rotation beside the quarter turns, degrees', 45),
  rotationShare: augmentation('rotationShare', 'share of crops that are rotated', 1),
  contrast: augmentation('contrast', 'largest change of contrast', 1),
  brightness: augmentation('brightness', 'largest change of brightness, standard deviations', 10),
  bandJitter: augmentation('bandJitter', 'largest change of one band alone', 1),
  gamma: augmentation('gamma', 'largest bend of the colour curve', 3),
  bandDropout: augmentation('bandDropout', 'probability that a spectral band is dropped', 1),
}

/** Options of a network's training. */
export const TRAINING_OPTIONS = {
  families: FAMILIES_OPTION,
  preset: PRESET,
  seed: SEED,
  scale: SCALE.describe('scale promotion of training and prediction; the paper: 1, 2, 2.5, 4').otherwise(
    'that of the models started from, else 1',
  ),
  steps: whole('<n>', 'optimiser steps per network; the paper: 20000', 1, 1_000_000)
    .default(defaultRoundConfig.steps)
    .under(OPTIMISER),
  microBatch: whole('<n>', 'crops per forward pass', 1, 256)
    .otherwise(bySizeOfNetworks('microBatch'))
    .under(OPTIMISER),
  accumulate: whole('<n>', 'gradient accumulation: forward passes per step and domain', 1, 256)
    .otherwise(bySizeOfNetworks('accumulate'))
    .under(OPTIMISER),
  crop: whole('<pixels>', 'side of the training crop', 32, 1024)
    .otherwise(bySizeOfNetworks('cropSize'))
    .under(OPTIMISER),
  learningRate: number('<x>', 'learning rate after the warm-up', 1e-8, 1)
    .otherwise(`${TINY_LEARNING_RATE} for tiny without --models, else ${defaultRoundConfig.learningRate}`)
    .under(OPTIMISER),
  weightDecay: number('<x>', 'weight decay', 0, 1).default(defaultRoundConfig.weightDecay).under(OPTIMISER),
  warmup: whole('<steps>', 'steps of linear warm-up', 0, 1_000_000)
    .otherwise('a tenth of the steps')
    .under(OPTIMISER),
  gradientClip: number('<x>', 'largest norm of the gradients; 0: no limit', 0, 1e6)
    .default(defaultRoundConfig.gradientClip)
    .under(OPTIMISER),
  ema: number(
    '<decay>',
    'average the weights over steps: 0.99 for short runs, 0.999 for long ones; 0: off',
    0,
    0.999999,
  )
    .default(defaultRoundConfig.emaDecay)
    .under(OPTIMISER),
  evaluateEvery: whole('<n>', 'steps between evaluations on the held-out patches', 1, 1_000_000)
    .otherwise('a quarter of the steps')
    .under(OPTIMISER),
  ohem: noFlag('count every valid pixel in the cross-entropy, not the hard ones alone').under(LOSS),
  ohemThreshold: number('<p>', 'a pixel is hard where its true class has less than this', 0, 1)
    .default(defaultRoundConfig.ohem!.threshold)
    .under(LOSS),
  ohemKeep: number('<share>', 'share of the pixels that are kept at least', 0, 1)
    .default(defaultRoundConfig.ohem!.minKeptShare)
    .under(LOSS),
  ceWeight: number('<x>', 'weight of the cross-entropy', 0, 1000)
    .default(defaultRoundConfig.crossEntropyWeight)
    .under(LOSS),
  lovaszWeight: number('<x>', 'weight of the Lovász loss', 0, 1000)
    .default(defaultRoundConfig.lovaszWeight)
    .under(LOSS),
  labelSmoothing: number('<x>', 'label smoothing', 0, 1)
    .default(defaultRoundConfig.labelSmoothing)
    .under(LOSS),
  auxiliaryWeight: number('<x>', "weight of HRNet's coarser head", 0, 1000)
    .default(defaultRoundConfig.auxiliaryWeight)
    .under(LOSS),
  augment: noFlag('take crops as they are: no flips, turns, rotations, colours').under(AUGMENTATION),
  ...AUGMENTATION_OPTIONS,
}

export function augmentationOf(
  options: ValuesOf<typeof AUGMENTATION_OPTIONS>,
): Omit<AugmentationSettings, 'augment' | 'cropSize'> {
  const { landslideShare, rotationDegrees, rotationShare } = options
  const { contrast, brightness, bandJitter, gamma, bandDropout } = options
  return {
    landslideShare,
    rotationDegrees,
    rotationShare,
    contrast,
    brightness,
    bandJitter,
    gamma,
    bandDropout,
  }
}

/** Warm-up and evaluations where no option sets them. */
export function scheduleOf(steps: number): Pick<RoundConfig, 'warmupSteps' | 'evaluateEvery'> {
  return {
    warmupSteps: Math.max(1, Math.round(steps / 10)),
    evaluateEvery: Math.max(1, Math.round(steps / 4)),
  }
}

/**
 * The configuration that the options give; what they leave undefined is for `completeRoundConfig`.
 *
 * @param fresh whether networks start from their seeded initialisation, which takes a higher learning rate.
 */
export function trainingConfigOf(
  options: ValuesOf<typeof TRAINING_OPTIONS>,
  fresh: boolean,
): Partial<RoundConfig> {
  const { preset, steps } = options
  const schedule = scheduleOf(steps)
  return {
    ...augmentationOf(options),
    augment: options.augment,
    families: options.families,
    preset,
    steps,
    seed: options.seed,
    microBatch: options.microBatch,
    accumulate: options.accumulate,
    cropSize: options.crop,
    scale: options.scale,
    learningRate: options.learningRate ?? (preset === 'tiny' && fresh ? TINY_LEARNING_RATE : undefined),
    weightDecay: options.weightDecay,
    warmupSteps: options.warmup ?? schedule.warmupSteps,
    gradientClip: options.gradientClip,
    emaDecay: options.ema,
    evaluateEvery: options.evaluateEvery ?? schedule.evaluateEvery,
    ohem: options.ohem ? { threshold: options.ohemThreshold, minKeptShare: options.ohemKeep } : null,
    crossEntropyWeight: options.ceWeight,
    lovaszWeight: options.lovaszWeight,
    labelSmoothing: options.labelSmoothing,
    auxiliaryWeight: options.auxiliaryWeight,
  }
}
